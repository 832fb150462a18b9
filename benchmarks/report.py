"""The measured rows: as a text table, and as benchmarks/results.json, from which the page and the plots are made.

Rows of earlier runs stay until their benchmark runs again. Each has a reference to its run: date, machine, versions.
"""

import datetime
import importlib.metadata
import json
import platform
from pathlib import Path

from benchmarks.peaks import better

RESULTS_FILE = "results.json"
COMPILERS = ("numpy", "numba")  # with the option --compilers
SIDES = ("minikeras", "tensorflow", "pytorch")
NAMES = {
    "numpy": "NumPy",
    "numba": "Numba",
    "minikeras": "minikeras",
    "tensorflow": "TensorFlow",
    "pytorch": "PyTorch",
}
LIBRARIES = ("numpy", "numba", "tensorflow", "keras", "torch")


def record(family, name, best, medians, goals, unit, work):
    """One row.

    Attributes:
        family: the benchmark's file.
        best, median: {side: seconds (or bytes) per unit}, ours first.
        goals: of `goals.Goal`, as lists.
        operations, bytes: of one unit; 0 where not counted.
    """
    operations, moved = work
    return {
        "family": family,
        "name": name,
        "best": best,
        "median": medians,
        "goals": [list(goal) for goal in goals],
        "unit": unit,
        "operations": operations,
        "bytes": moved,
    }


def ratio(row, kind="best", ours="minikeras", theirs="tensorflow"):
    """The time of `theirs` divided by that of `ours`; None if one of them was not measured."""
    times = row[kind]
    return times[theirs] / times[ours] if ours in times and theirs in times else None


def text_table(records):
    """Lines for the terminal."""
    measured = {side for row in records for side in row["best"]}
    sides = [*[side for side in COMPILERS if side in measured], *SIDES]
    lines = [("", *[NAMES[side] for side in sides], "ratio", "of medians", "goal", "")]
    for row in records:
        times = [amount(row["best"][side], row) if side in row["best"] else "" for side in sides]
        ratios = [f"{value:.2f}" if value else "" for value in (ratio(row), ratio(row, "median"))]
        goal = goal_of(row)
        verdict = "below" if goal and ratio(row) and ratio(row) < goal else ""
        lines.append((title(row), *times, *ratios, f"{goal:g}" if goal else "", verdict))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for name, *cells in lines:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        yield "  ".join([name.ljust(widths[0]), *padded]).rstrip()


def goal_of(row):
    """The ratio that our time shall reach against TensorFlow's, the highest of several; None without one."""
    return max((wanted for _, wanted, *sides in row["goals"] if sides == ["minikeras", "tensorflow"]), default=None)


def title(row):
    """The row's name and of what its times are."""
    return row["name"] if row["unit"] in ("", "bytes") else f"{row['name']}, per {row['unit']}"


def renewed(folder, records, threads, peaks, complete):
    """Puts the records in place of older rows of the same name in results.json. Returns all that it holds.

    Args:
        peaks: of this machine, see `peaks.measured`.
        complete: whether whole files ran, so that older rows of these families are gone for good.
    """
    path = Path(folder, RESULTS_FILE)
    results = json.loads(path.read_text()) if path.exists() else {"runs": [], "rows": []}
    run = _run(results["runs"], circumstances(threads), peaks)
    for row in records:
        row["run"] = run
    table = {(row["family"], row["name"]): row for row in results["rows"]}
    measured = {(row["family"], row["name"]): row for row in records}
    families = {family for family, _ in measured}
    if complete:
        table = {key: row for key, row in table.items() if key[0] not in families}
    table.update(measured)
    results["rows"] = list(table.values())
    _drop_unused_runs(results)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    return results


def _run(runs, now, peaks):
    """The number of the run among `runs`, which it joins if it is not there."""
    for number, run in enumerate(runs):
        if {**run, "peaks": None} == {**now, "peaks": None}:
            run["peaks"] = better(run["peaks"], peaks)
            return number
    runs.append({**now, "peaks": peaks})
    return len(runs) - 1


def _drop_unused_runs(results):
    used = sorted({row["run"] for row in results["rows"]})
    results["runs"] = [results["runs"][i] for i in used]
    for row in results["rows"]:
        row["run"] = used.index(row["run"])


def amount(value, row):
    """A measured value with its unit: a time, or for rows of bytes a size."""
    if row["unit"] == "bytes":
        return f"{value / 2**20:.0f} MB"
    if value < 1e-3:
        return f"{value * 1e6:.1f} µs"
    return f"{value * 1e3:.2f} ms" if value < 1 else f"{value:.2f} s"


def circumstances(threads):
    """When and where: date, machine, number of threads, versions."""
    versions = [f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{_processor()}, {platform.system()}",
        "threads": threads,
        "versions": ", ".join(versions),
    }


def _processor():
    """The processor's name where Linux reports it, else its architecture."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
