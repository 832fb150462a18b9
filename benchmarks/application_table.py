"""The table of the networks of `keras.applications` in benchmarks/README.md, made of the rows in results.json.

python -m benchmarks.application_table    # writes it again; `--write-results` of a measurement does so too
"""

import json
from pathlib import Path

from benchmarks.figures import short
from benchmarks.report import RESULTS_FILE, amount, goal_of, ratio

FOLDER = Path(__file__).parent
BEGIN, END = "<!-- applications: begin (python -m benchmarks.application_table) -->", "<!-- applications: end -->"
FAMILY = "applications"
OTHERS = {"cold": "without kernels on disk", "pytorch": "PyTorch", "onnxruntime": "ONNX Runtime"}


def lines(results):
    """Of the table: a row for what is measured, a column for each network."""
    rows = [row for row in results["rows"] if row["family"] == FAMILY]
    cells = {}  # what is measured: {network: row}
    for row in rows:
        network, _, what = row["name"].partition(": ")
        cells.setdefault(what, {})[network] = row
    networks = list(dict.fromkeys(row["name"].partition(": ")[0] for row in rows))
    for number in sorted({row["run"] for row in rows}):
        run = results["runs"][number]
        yield f"{run['date']}: {run['machine']}, {run['threads']} threads. {run['versions']}."
    yield ""
    yield f"| | {' | '.join(networks)} | goal |"
    yield f"| --- |{' ---: |' * (len(networks) + 1)}"
    for what, measured in cells.items():
        goals = [goal_of(measured[network]) if network in measured else None for network in networks]
        goal = ", ".join(f"{goal:g}" if goal else "–" for goal in goals) if any(goals) else ""
        found = [_cell(measured[network]) if network in measured else "" for network in networks]
        yield f"| {what} | {' | '.join(found)} | {goal} |"


def _cell(row):
    """TensorFlow's time, ours, the ratio, and the times of the others."""
    best, ours = row["best"], amount(row["best"]["minikeras"], row)
    value = ratio(row)
    first = f"{amount(best['tensorflow'], row)} / {ours} = **{short(value)}**" if value else ours
    others = [f"{name} {amount(best[side], row)}" for side, name in OTHERS.items() if side in best]
    return "; ".join([first, *others])


def write(folder, results):
    """Replace the table in the folder's README.md, if it has one and there are rows. Returns whether it did."""
    page = Path(folder, "README.md")
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    if BEGIN not in text or all(row["family"] != FAMILY for row in results["rows"]):
        return False
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    page.write_text("\n".join([before, *lines(results), after]), encoding="utf-8")
    return True


if __name__ == "__main__":
    write(FOLDER, json.loads((FOLDER / RESULTS_FILE).read_text(encoding="utf-8")))
