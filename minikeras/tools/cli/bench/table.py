"""The table of ratios, for terminal and page, and one record per row for the history."""

import datetime
import platform

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from minikeras.base.quantities import readable_size, readable_time
from minikeras.base.release import __version__
from minikeras.tools.cli.version import library_version, processor_name

LIBRARIES = ("numpy", "tensorflow", "keras")
HEADINGS = ("", "TensorFlow", "minikeras", "ratio", "of medians", "GFLOP/s", "of peak", "deviation")
ONLY_WHERE_WIDE = ("of medians", "deviation")
WIDE = 110  # columns of a terminal


def row(measurement, machine):
    """The cells of one row; the ratio is a pair (text, good or bad)."""
    if measurement.trouble:
        return (measurement.workload.name, (measurement.trouble, "bad"), *[""] * (len(HEADINGS) - 2))
    ratio, of_medians = measurement.ratio(), measurement.ratio("median")
    ours, unit = measurement.best("minikeras"), measurement.workload.unit
    share = share_of_peak(measurement, machine)
    return (
        measurement.workload.name,
        amount(measurement.best("tensorflow"), unit),
        amount(ours, unit),
        (f"{ratio:.2f}", "good" if ratio >= 1 else "bad") if ratio else "",
        f"{of_medians:.2f}" if of_medians else "",
        f"{measurement.operations / ours / 1e9:.1f}" if measurement.operations else "",
        f"{share:.0%}" if share else "",
        "" if measurement.deviation is None else f"{measurement.deviation:.0e}",
    )


def share_of_peak(measurement, machine):
    """The time that the roofline allows divided by ours: 1 is the best that this machine can do. None of processes.

    Above 1 for convolutions by Winograd's method, which need fewer multiplications than are counted, and for arrays
    that stay in the cache, which is faster than memory.
    """
    limit = machine.attainable(measurement.operations, measurement.workload.bytes)
    return limit / measurement.best("minikeras") or None


def amount(value, unit):
    """A time or a size in memory with its unit."""
    if value is None:
        return ""
    return readable_size(value) if unit == "bytes" else readable_time(value)


def circumstances():
    """{name: text}: the date, processor and versions of a measurement."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "processor": processor_name(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "minikeras": __version__,
        **{name: library_version(name) for name in LIBRARIES},
    }


def described(machine):
    """Sentences about the date and machine of the measurement, and the machine's peaks."""
    known = circumstances()
    versions = [f"{name} {known[name]}" for name in ("python", "minikeras", *LIBRARIES) if known[name]]
    return (
        f"{known['date']}, {known['processor']}; {', '.join(versions)}. "
        f"{machine.threads} threads; measured peaks: {machine.gflops:.0f} GFLOP/s (float32 matrix product), "
        f"{machine.bandwidth:.0f} GB/s (memory). Ratio: TensorFlow's time / minikeras's."
    )


def print_table(measurements, machine):
    """Print all rows; in a narrow terminal without the columns that `ONLY_WHERE_WIDE` names."""
    styles = {"good": "green", "bad": "red"}
    console = Console(highlight=False)
    wide = console.width >= WIDE
    shown = [i for i, heading in enumerate(HEADINGS) if wide or heading not in ONLY_WHERE_WIDE]
    table = Table(box=SIMPLE, pad_edge=False, collapse_padding=True)
    for i in shown:
        table.add_column(Text(HEADINGS[i]), justify="right" if i else "left", no_wrap=bool(i), overflow="fold")
    for measurement in measurements:
        if measurement.trouble:
            table.add_row(Text(f"{measurement.workload.name} ({measurement.trouble})", styles["bad"]))
            continue
        cells = row(measurement, machine)
        table.add_row(
            *(Text(c[0], styles[c[1]]) if isinstance(c, tuple) else Text(c) for c in map(cells.__getitem__, shown))
        )
    console.print(table)
    console.print(Text(described(machine)))


def record(measurements, machine):
    """One entry of the history: when, where, and all times."""
    return {
        **circumstances(),
        "threads": machine.threads,
        "gflops": machine.gflops,
        "bandwidth": machine.bandwidth,
        "rows": [
            {
                "name": m.workload.name,
                "family": m.workload.family,
                "unit": m.workload.unit,
                "best": {backend: m.best(backend) for backend in m.seconds},
                "median": {backend: m.median(backend) for backend in m.seconds},
                "ratio": m.ratio(),
                "operations": m.operations,
                "bytes": m.workload.bytes,
                "share_of_peak": None if m.trouble else share_of_peak(m, machine),
                "deviation": m.deviation,
                "trouble": m.trouble,
            }
            for m in measurements
        ],
    }
