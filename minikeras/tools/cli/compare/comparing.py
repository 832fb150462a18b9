"""`compare_script`: runs a script on both backends, aligns the runs, and repeats the step in which they diverge."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from minikeras.tools.cli.compare.alignment import place_of
from minikeras.tools.cli.compare.comparison import Comparison
from minikeras.tools.cli.compare.origin import (
    ROUNDING,
    details,
    find,
    noise_comes_in,
    noise_variables,
    pair_entries,
    states_that_part,
    step_to_look_at,
)
from minikeras.tools.cli.compare.processes import NO_TENSORFLOW, run_observed, tensorflow_is_missing
from minikeras.tools.cli.compare.recording import Run
from minikeras.tools.cli.compare.redoing import redo

# Both sides draw the same random numbers, so they differ by the rounding of float32 (1e-7), which training amplifies
# to 1e-4 in some hundred steps of ordinary models. A difference in a formula or a setting shows in the third digit.
TOLERANCE = 1e-3
# One sample whose two best classes tie to the last digit moves the accuracy on 100 samples by 1e-2.
METRIC_TOLERANCE = 2e-2
CLOSE_LOOKS = 3  # the second and third ignore variables that turned out to be noise, or to follow from it

EVENTS_WITH_LAYERS = ("evaluate", "test_on_batch", "predict", "predict_on_batch", "call")  # see `observer/detail.py`

MODES = {"steps": "step by step", "detail": "one step layer by layer", "times": "with nothing but the clock"}


class CompareError(Exception):
    """The comparison cannot be made; the message gives the reason and the remedy."""


def existing(path):
    """The `Path` of a script or notebook; a CompareError if it is not there."""
    if not Path(path).is_file():
        raise CompareError(f"There is no script or notebook {str(path)!r}.")
    return Path(path)


def require_tensorflow():
    """Raise a CompareError if it is not installed."""
    if tensorflow_is_missing():
        raise CompareError(NO_TENSORFLOW.format(python=sys.executable))


def compare_script(
    path,
    args=(),
    *,
    seed=0,
    tolerance=TOLERANCE,
    metric_tolerance=METRIC_TOLERANCE,
    copy_weights=False,
    look_closely=True,
    in_float64=True,
    measure_times=False,
    timeout=None,
    report_progress=lambda text: None,
):
    """Run a script on TensorFlow and on minikeras, and compare the runs.

    Args:
        path: a script, which runs in the current folder, or a notebook, which runs in its own; unchanged, and each
            time in a separate process.
        args: its command line.
        seed: of Python's, NumPy's and the backend's generators before the script begins; None to leave them alone. A
            script that sets a seed itself overrides it.
        tolerance: the relative deviation up to which losses, weights and outputs agree.
        metric_tolerance: the same for metrics that are not losses, if larger.
        copy_weights: start minikeras from TensorFlow's initial weights, where they have the same shapes.
        look_closely: if the runs differ, run the step in question again on both sides, with every layer recorded.
        in_float64: also run it in double precision then, which tells rounding from a real difference; "always": even
            if the runs agree, for the step in which the deviation grows most.
        measure_times: run both sides once more with only a clock. Times of observed runs exclude the observer's own
            work, but Keras computes the metrics of each batch for it.
        timeout: seconds for each run.
        report_progress: called with a line of text before each run, to report progress.

    Returns:
        A `Comparison`.

    Raises:
        CompareError: TensorFlow is not installed, or there is no such script.
    """
    path = existing(path)
    require_tensorflow()
    with tempfile.TemporaryDirectory(prefix="minikeras_compare_") as folder:
        runs = Runs(path, args, Path(folder), timeout, seed, copy_weights, report_progress)
        first = runs.run("tensorflow")
        second = runs.run("minikeras") if not first.failed else _not_run("minikeras")
        result = Comparison(str(path), first, second, tolerance, metric_tolerance, failure_of(first, second))
        if result.failure is None and look_closely:
            result = _looked_at_closely(result, runs, in_float64)
        if result.failure is None and result.agree and in_float64 == "always":
            _redo_where_it_grows(result, runs)
        if result.failure is None and measure_times:
            result.times = {run.backend: run for run in (first, second)}
            result.times = {backend: runs.run(backend, mode="times") for backend in result.times}
        return result


class Runs:
    """The runs of one script, all with the same arguments, in numbered folders."""

    def __init__(self, path, args, folder, timeout, seed, copy_weights, report_progress):
        self.path, self.args, self.folder, self.timeout = path, args, folder, timeout
        self.seed, self.copy_weights, self.report_progress = seed, copy_weights, report_progress
        self.count = 0
        self.folders = []  # of the recordings, in order

    def run(self, backend, mode="steps", target=None, **options):
        """One more run. `options`: see `observer/options.py`."""
        self.count += 1
        self.report_progress(f"run {self.count}: {backend}, {MODES[mode]}")
        folder = self.folder / f"{self.count}_{backend}_{mode}"
        if self.copy_weights and backend == "minikeras" and self.folders:
            options = {"copy_weights": self.folders[0], **options}
        options = {"seed": self.seed, "mode": mode, "target": target, **options}
        run = run_observed(backend, self.path, self.args, folder, self.timeout, **options)
        self.folders.append(str(folder))
        return run

    def run_in_detail(self, target, **options):
        """A step, or an event, on both sides: (TensorFlow's run, ours)."""
        return tuple(self.run(backend, "detail", target, **options) for backend in ("tensorflow", "minikeras"))


def _not_run(backend):
    return Run(backend, 0, "", "", facts={"not run": True})


def failure_of(first, second):
    """The reason why there is nothing to compare, or None."""
    if first.failed:
        return f"The script failed on {first.backend}, so it was not run on {second.backend}: {first.error}"
    if second.failed:
        return f"The script failed on {second.backend}: {second.error}"
    if not any(event["kind"] != "fit" for event in first.events + second.events):
        return "Nothing was observed: the script neither trains, evaluates nor predicts with Keras or an optimizer."
    return None


def _looked_at_closely(result, runs, in_float64):
    for _ in range(CLOSE_LOOKS):
        target, described = _target(result)
        if target is None:
            return result
        first, second = runs.run_in_detail(target)
        state = runs.folders[-2]
        if "detail" not in first.facts or "detail" not in second.facts:
            return result  # the step does not occur again: the script does not always do the same
        entries, alone = pair_entries(first, second)
        all_noise = noise_variables(first, second, entries)
        noise = (all_noise & _parting(result)) - result.noise
        result = replace(
            result, looked_at=described, noise=result.noise | noise, details=details(first, entries, alone)
        )
        known = _known_before(result, target)
        if noise_comes_in(first, entries, result.noise):
            # The differences in this step may result from the noise, so no layer can be named as their cause.
            noise = states_that_part(first, entries) - result.noise
            result = replace(result, noise=result.noise | noise)
        else:
            result.finding = find(first, second, entries, result.noise | all_noise, known)
        if result.finding is not None or not noise:
            if result.finding is None and not result.noise:
                result.only_compiled = _jumping(result, target, known)
            if in_float64 and not result.only_compiled:
                result.recomputed, _ = redo(runs, target, (first, second), state, result.noise | all_noise)
                result.details = details(first, entries, alone, result.recomputed)
            return result
    return result


def _redo_where_it_grows(result, runs):
    """Examine the step of agreeing runs in which the deviation grows most, in float32 and in float64."""
    step = step_to_look_at(result.pairs, result.series, None, result.noise)
    if step is None:
        return
    target = ["step", *step]
    single = runs.run_in_detail(target)
    state = runs.folders[-2]
    if all("detail" in run.facts for run in single):
        entries, alone = pair_entries(*single)
        result.looked_at = place_of(tuple(target))
        result.recomputed, _ = redo(runs, target, single, state, noise_variables(*single, entries))
        result.details = details(single[0], entries, alone, result.recomputed)


def _parting(result):
    """Paths of variables that differ at any time; none if gradients and steps are both mere rounding."""
    return {pair.path for pair in result.pairs if max([pair.final, *pair.steps.values()]) > result.tolerance / 10}


def _target(result):
    """(the target to run again in detail, its text for people); (None, "") if the runs agree or began unequal."""
    first = result.first_difference
    if first is None or first.kind in ("initial weight", "missing") or result.follows_step_without_data:
        return None, ""
    before = [(e["optimizer"], e["iteration"]) for e in result.first.events[: first.order + 1] if e["kind"] == "step"]
    parted_in_event = first.key is not None and first.key[0] in EVENTS_WITH_LAYERS
    if parted_in_event and not _weights_part_before(result, before):
        kind, model, *_, number = first.key
        return ["event", kind, _number_of_kind(result.first, kind, model, number)], place_of(first.key)
    step = step_to_look_at(result.pairs, result.series, before[-1] if before else None, result.noise)
    if step is None:
        return None, ""
    return ["step", *step], place_of(("step", *step))


def _known_before(result, target):
    """{path: deviation} of the variables at the start of the target, that is after the last step before it."""
    if target[0] == "step":
        events = result.first.events
        position = next(i for i, e in enumerate(events) if result.first.steps.get(tuple(target[1:])) is e)
    else:
        events = [e for e in result.first.events if e["kind"] in ("step", target[1])]
        position = [i for i, e in enumerate(events) if e["kind"] == target[1]][target[2]]
    steps = [(e["optimizer"], e["iteration"]) for e in events[:position] if e["kind"] == "step"]
    return {pair.path: pair.steps.get(steps[-1], pair.initial) if steps else pair.initial for pair in result.pairs}


def _jumping(result, target, known):
    """The variable furthest beyond rounding after the step in the first runs, if none was before the step; else ""."""
    if target[0] != "step" or max(known.values(), default=0.0) > ROUNDING:
        return ""
    after = {pair.path: pair.steps.get(tuple(target[1:]), 0.0) for pair in result.pairs}
    path = max(after, key=after.get, default="")
    return path if path and after[path] > ROUNDING else ""


def _weights_part_before(result, steps):
    """Whether a weight is beyond a tenth of the tolerance after the last of the steps: then one is the cause."""
    if not steps:
        return False
    return any(
        pair.steps.get(steps[-1], 0.0) > result.tolerance / 10 for pair in result.pairs if pair.path not in result.noise
    )


def _number_of_kind(run, kind, model, number):
    """The index, among all events of the kind, of the model's `number`-th one."""
    found = [event for event in run.events if event["kind"] == kind]
    positions = [place for place, event in enumerate(found) if event.get("model") == model]
    return positions[number]
