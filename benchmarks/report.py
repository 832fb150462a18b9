"""The results of benchmarks as a text table and as benchmarks/RESULTS.md, which a run with --write-results renews.

Rows of earlier runs stay until their benchmark runs again; benchmarks/results.json keeps the numbers behind the table.
"""

import datetime
import importlib.metadata
import json
import os
import platform
from pathlib import Path

FOLDER = Path(__file__).parent
DATA, TABLE = FOLDER / "results.json", FOLDER / "RESULTS.md"
LIBRARIES = ("numpy", "numba", "tensorflow", "keras")


def record(family, group, best, medians, threads):
    """One row: the minimum and the median of the seconds per call of each side, ours first."""
    return {"family": family, "group": group, "best": best, "median": medians, "threads": threads, **_circumstances()}


def ratios(row):
    """(ratio of minima, ratio of medians): the other side's time divided by ours, or None without another side."""
    names = list(row["best"])
    if len(names) < 2:
        return None, None
    return tuple(row[kind][names[1]] / row[kind][names[0]] for kind in ("best", "median"))


def text_table(records):
    """Lines for the terminal."""
    yield f"{'':60} {'minikeras':>12} {'TensorFlow':>12} {'ratio':>7} {'of medians':>11}"
    for row in records:
        times = [_duration(seconds) for seconds in row["best"].values()]
        best, median = (f"{ratio:.2f}" if ratio else "" for ratio in ratios(row))
        other = times[1] if len(times) > 1 else ""
        yield f"{row['group']:60} {times[0]:>12} {other:>12} {best:>7} {median:>11}"


def renew(records):
    """Writes results.json and RESULTS.md with these rows in place of older ones of the same name; returns the path."""
    rows = json.loads(DATA.read_text()) if DATA.exists() else []
    table = {(row["family"], row["group"]): row for row in rows}
    table.update({(row["family"], row["group"]): row for row in records})
    rows = [
        table[key] for key in sorted(table, key=lambda key: key[0])
    ]  # stable: groups stay in the order of their file
    DATA.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    TABLE.write_text("\n".join(markdown(rows)) + "\n")
    return TABLE


def markdown(rows):
    """Lines of RESULTS.md: one table per file of benchmarks, and the machines and versions they were measured on."""
    yield "# minikeras and TensorFlow side by side"
    yield ""
    yield "Written by `python -m pytest benchmarks --write-results`. Both sides do the same work, checked to give the"
    yield "same result, on the same number of threads; their rounds alternate. Kernels stand against TensorFlow's eager"
    yield "ops. Times are the minimum over the rounds; the ratio is TensorFlow's time divided by ours (above 1: we are"
    yield "faster), of the minima and of the medians."
    measured_on = []
    for family in dict.fromkeys(row["family"] for row in rows):
        yield from ("", f"## {family}", "", "| | minikeras | TensorFlow | ratio | of medians | measured |")
        yield "|---|---:|---:|---:|---:|---|"
        for row in (row for row in rows if row["family"] == family):
            circumstances = (row["machine"], row["versions"], row["threads"])
            if circumstances not in measured_on:
                measured_on.append(circumstances)
            times = [_duration(seconds) for seconds in row["best"].values()]
            best, median = (f"{ratio:.2f}" if ratio else "" for ratio in ratios(row))
            when = f"{row['date']} [{measured_on.index(circumstances) + 1}]"
            cells = (
                row["group"],
                times[0],
                times[1] if len(times) > 1 else "",
                f"**{best}**" if best else "",
                median,
                when,
            )
            yield f"| {' | '.join(cells)} |"
    yield ""
    for number, (machine, versions, threads) in enumerate(measured_on, start=1):
        yield f"[{number}] {machine}, {threads} of them used; {versions}"
        yield ""


def _duration(seconds):
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _circumstances():
    versions = [f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": ", ".join(versions),
    }


def _processor():
    """The processor's name where Linux tells it, else its architecture."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
