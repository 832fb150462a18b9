"""`compare_step`: one training step on both backends, op by op, in float32 and in float64; for `trace --compare`."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from minikeras.tools.cli.compare.comparing import CompareError, Runs, existing, failure_of, require_tensorflow
from minikeras.tools.cli.compare.op_pairs import op_rows
from minikeras.tools.cli.compare.origin import NOT_SHOWN, ROUNDING, details, name_of, noise_variables, pair_entries
from minikeras.tools.cli.compare.redoing import redo


def compare_step(path, args, number, report_progress=lambda text: None, ends=False):
    """Compare one training step of a script on both backends, whether the runs agree or not.

    Args:
        path, args, report_progress: as for `compare_script`.
        number: of the step, counted from 0.
        ends: whether the runs end after the step, not at the script's end.

    Returns:
        {"summary", "first", "rounding", "rows", "ops", "alone"}: "first" is the first difference or None. A row is an
        output, gradient or weight, with "what", "name", "shape", the norms "ours" and "theirs", and "deviation". "ops":
        see `op_rows`. Both have the deviations in float64 if it could be run. "alone": entries of one side only.

    Raises:
        CompareError: TensorFlow is not installed, there is no such script, a side failed, or the step did not occur.
    """
    path = existing(path)
    require_tensorflow()
    with tempfile.TemporaryDirectory(prefix="minikeras_compare_") as folder:
        runs = Runs(path, args, Path(folder), None, 0, False, report_progress)
        target = ["step", 0, number + 1]
        single = runs.run_in_detail(target, ops=True, ends=ends)
        failure = failure_of(*single)
        if failure is None and not all("detail" in run.facts for run in single):
            failure = f"Step {number} was not seen on both sides."
        if failure is not None:
            raise CompareError(failure)
        entries, alone = pair_entries(*single)
        noise = noise_variables(*single, entries)
        recomputed, double = redo(runs, target, single, runs.folders[0], noise, ops=True, ends=ends)
        rows = _rows_of_step(single, entries, recomputed)
        ops = op_rows(single, None if recomputed.failure else double)
    largest = max((row["deviation"] for row in rows), default=0.0)
    summary = (
        f"{len(rows)} arrays of step {number} and {len(ops)} results of ops in it; the largest deviation of an array "
        f"is {largest:.2g}. {recomputed.text}"
    )
    return _finite(
        {
            "summary": summary,
            "first": _first(rows, ops, noise),
            "rounding": ROUNDING,
            "rows": rows,
            "ops": ops,
            "alone": _alone(single[0], alone),
        }
    )


def _rows_of_step(single, entries, recomputed):
    first, second = single
    rows = details(first, entries, [], recomputed)
    shown = [(a, b) for a, b, _ in entries if a["what"] not in NOT_SHOWN]
    for row, (a, b) in zip(rows, shown, strict=True):
        row["theirs"], row["ours"] = _norm(first, a), _norm(second, b)
        row["shape"] = list(row["shape"])
    return rows


def _norm(run, entry):
    return float(np.linalg.norm(np.asarray(run.array(entry["array"]), np.float64)))


def _alone(first, alone):
    """Entries of one side only: "output of m/lstm/lstm_cell, 12 times, on tensorflow", as a fused loop calls none."""
    counts = Counter((entry["what"], name_of(first, entry), backend) for entry, backend in alone)
    return [
        f"{what} of {name}{f', {count} times' if count > 1 else ''}, on {backend}"
        for (what, name, backend), count in counts.items()
        if what not in NOT_SHOWN
    ]


def _first(rows, ops, noise):
    """The first array that differs, and the first op in its layer whose result TensorFlow does not have; or None."""
    beyond = [row for row in rows if row["deviation"] > ROUNDING and row["name"] not in noise]
    if not beyond:
        return None
    text = f"{beyond[0]['what']} {beyond[0]['name']}".strip()
    wanted = beyond[0]["what"] in ("output gradient", "gradient")
    inside = (
        op for op in ops if op["backward"] == wanted and op["layer"] and beyond[0]["name"].startswith(op["layer"])
    )
    op = next((op for op in inside if op["deviation"] is None or op["deviation"] > ROUNDING), None)
    return text if op is None else f"{text}, there in the result of {op['op']} {tuple(op['shape'])}"


def _finite(thing):
    """The same for JSON: text in place of infinite numbers and NaN."""
    if isinstance(thing, dict):
        return {key: _finite(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_finite(value) for value in thing]
    if isinstance(thing, float):
        return thing if np.isfinite(thing) else str(thing)
    return thing


def with_events(comparison, step):
    """The same with the "event" of each op: its number in a `StepRecord` of the same step, if it has one."""
    counts, numbers = Counter(), {}
    for event in step.events:
        if event.kind in ("op", "gradient"):
            key = event.name, event.layer, event.kind == "gradient"
            numbers[(*key, counts[key])] = event.number
            counts[key] += 1
    ops = []
    for op in comparison["ops"]:
        around, _, inner = op["layer"].partition("/")  # the recording leaves the outermost layer out of paths
        key = op["op"], inner or around, op["backward"], op["call"]
        event = step.events[numbers[key]] if key in numbers else None
        known = event is not None and op["output"] < len(event.outputs) and event.outputs[op["output"]] is not None
        fits = known and list(step.values[event.outputs[op["output"]]].shape) == list(op["shape"])
        ops.append({**op, "event": event.number} if fits else op)
    return {**comparison, "ops": ops}
