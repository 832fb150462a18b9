"""`Comparison`: where two runs of one script agree, and where they differ."""

from dataclasses import dataclass, field
from functools import cached_property

from minikeras.tools.cli.compare import alignment, differences
from minikeras.tools.cli.compare.differences import AFTER, BEFORE, all_differences, variable_pairs
from minikeras.tools.cli.compare.origin import ROUNDING, Finding
from minikeras.tools.cli.compare.recording import Run
from minikeras.tools.cli.compare.redoing import Recomputed

AGREE, DIFFER, FAILED = 0, 1, 2


@dataclass
class Comparison:
    """The two runs and all results derived from them.

    Attributes:
        script: its path.
        first, second: the `Run`s of TensorFlow and of minikeras.
        tolerance: the relative deviation up to which losses, weights and outputs agree.
        metric_tolerance: the same for metrics that count samples, such as accuracy.
        failure: why there is nothing to compare, or None.
        looked_at: the step or event that was run again in detail, for people; "" if none was.
        finding: the first quantity in it that differs, or None.
        noise: paths of variables whose gradients are rounding noise, and of those that follow them; they are left out.
        only_compiled: the variable that jumps in the examined step, if none does when the step runs layer by layer.
        details: everything in that step, a dict each with what, name, shape and deviation.
        recomputed: the same step in float64, if it was run again so.
        times: {backend: `Run`} of further runs with only the clock, if requested.
    """

    script: str
    first: Run
    second: Run
    tolerance: float
    metric_tolerance: float
    failure: str | None = None
    looked_at: str = ""
    finding: Finding | None = None
    noise: frozenset = frozenset()
    only_compiled: str = ""
    details: list = field(default_factory=list)
    recomputed: Recomputed | None = None
    times: dict = field(default_factory=dict)

    @property
    def runs(self):
        """{"tensorflow": run, "minikeras": run}."""
        return {run.backend: run for run in (self.first, self.second)}

    @property
    def timed_runs(self):
        """The runs whose times are shown: the unobserved ones, if there are any."""
        return {**self.runs, **self.times}

    @cached_property
    def pairs(self):
        """A `VariablePair` for each variable of both."""
        return variable_pairs(self.first, self.second)

    @cached_property
    def series(self):
        """All numbers that both runs reported: losses and metrics, by batch, by epoch, by evaluate."""
        return alignment.series_of(alignment.paired_events(self.first, self.second)[0])

    @property
    def all_differences(self):
        """`Difference`s beyond the tolerance, in order of time."""
        return all_differences(self.first, self.second, self.pairs, self.tolerance, self.metric_tolerance, self.noise)

    @property
    def first_difference(self):
        """The first `Difference` of the runs, or None."""
        return next(iter(self.all_differences), None)

    @property
    def agree(self):
        """Whether both sides ended well and no quantity deviates by more than the tolerance."""
        return self.failure is None and self.first_difference is None

    @property
    def exit_status(self):
        """0 the runs agree, 1 they differ, 2 a side failed or there is nothing to compare."""
        if self.failure is not None:
            return FAILED
        return AGREE if self.agree else DIFFER

    @property
    def deviation(self):
        """{"loss", "metric", "output", "initial weight", "final weight": largest relative deviation}, where known."""
        found = {}

        def add(kind, amount):
            found[kind] = max(amount, found.get(kind, 0.0))

        for series in self.series:
            for amount, comparable in zip(series.deviations, series.comparable, strict=True):
                if comparable:
                    add("loss" if series.is_loss else "metric", amount)
        for _, _, amount in self.outputs:
            add("output", amount)
        for pair in self.pairs:
            if pair.path not in self.noise:
                add("initial weight", pair.initial)
                add("final weight", pair.final)
        return found

    @property
    def outputs(self):
        """[(where, shape, deviation)] of each array that predict and predict_on_batch returned on both sides."""
        found = []
        for key, _, one, other in alignment.paired_events(self.first, self.second)[0]:
            for a, b in zip(one.get("outputs", ()), other.get("outputs", ()), strict=False):
                amount = differences.output_deviation(self.first, self.second, a, b)
                found.append((alignment.place_of(key), tuple(a["shape"]), amount))
        return found

    def measured(self, backend, name):
        """`name` (such as "wall_seconds") of the unobserved run if it was measured there, else of the observed one."""
        value = getattr(self.timed_runs[backend], name)
        return getattr(self.runs[backend], name) if value is None else value

    def ratio(self, name):
        """TensorFlow's `name` divided by ours; None if one is unknown or 0."""
        ours, theirs = (self.measured(backend, name) for backend in ("minikeras", "tensorflow"))
        return theirs / ours if ours and theirs else None

    @property
    def ends_without_data(self):
        """[(position, place)] of the epochs at whose end tf.keras began a step without data."""
        paired = alignment.paired_events(self.first, self.second)[0]
        return [
            (position, alignment.place_of(key))
            for key, position, one, other in paired
            if alignment.had_step_without_data(one, other)
        ]

    @property
    def follows_step_without_data(self):
        """Whether the runs differ only after such an epoch, which explains it."""
        first, ends = self.first_difference, self.ends_without_data
        return bool(first and ends and first.order > ends[0][0])

    @property
    def verdict(self):
        """A few sentences: what agrees, what differs first and by how much, and whether that is rounding."""
        if self.failure is not None:
            return self.failure
        first = self.first_difference
        text = self._agreement() if first is None else self._disagreement(first)
        if first is None and self.recomputed is not None:
            text += f" Of {self.looked_at}, in which it grows most: {self.recomputed.text}"
        if self.ends_without_data:
            text += (
                " With data of unknown length, tf.keras finds the end by starting one more step, which the optimizer "
                "counts, which draws random numbers and, with a fixed batch size, lowers the mean loss of the epoch; "
                "minikeras does not. So training means over such epochs are not compared. With "
                "`dataset.apply(tf.data.experimental.assert_cardinality(batches))` both do the same."
            )
        if self.noise:
            text += (
                f" Left out: {', '.join(sorted(self.noise))}. A gradient that is zero except for rounding, like that "
                "of a bias before a normalization, leads to steps of ordinary size if an optimizer divides by it."
            )
        return text

    def _agreement(self):
        text = f"The runs agree: no loss, metric, weight or prediction deviates by more than {self.tolerance:g}."
        found = {kind: amount for kind, amount in self.deviation.items() if kind != "metric"}
        if not found or not max(found.values()):
            return f"{text} All that were compared are equal." if found else text
        kind = max(found, key=found.get)
        text += f" The largest deviation, of a {kind}, is {found[kind]:.2g}"
        return f"{text}: rounding." if found[kind] <= ROUNDING else f"{text}: more than one step's rounding."

    def _disagreement(self, first):
        steps = sum(event["kind"] == "step" for event in self.first.events[: max(first.order, 0)])
        text = "The runs differ."
        if first.kind != "initial weight" and first.order > BEFORE:
            count = f" and the first {steps} step{'s' if steps > 1 else ''}" if steps else ""
            text += f" The initial weights{count} agree within {self.tolerance:g}."
        recomputed = "" if self.recomputed is None else self.recomputed.text
        return f"{text} The first difference: {first}. {self._cause(first)} {recomputed}".rstrip()

    def _cause(self, first):
        if self.follows_step_without_data:
            return f"It comes after the end of {self.ends_without_data[0][1]}, which explains it."
        if first.kind == "initial weight":
            return "The initializer gives different values; with --copy-weights both start from TensorFlow's weights."
        if self.finding is not None:
            more = "" if self.recomputed is not None and self.recomputed.is_rounding else "That is more than rounding. "
            return f"{more}Run again layer by layer, {self.looked_at}: {self.finding.text}"
        if self.looked_at and self.noise:
            return "It comes from rounding errors in gradients, which the optimizer turns into steps."
        if self.only_compiled:
            return (
                f"Run again layer by layer, {self.looked_at} agrees in every output, gradient and update. Run as a "
                "graph or plan (`compile(run_eagerly=True)` turns that off) it deviates, most in "
                f"{self.only_compiled}."
            )
        if self.looked_at:
            return (
                "It is rounding that has grown during training, as every small difference does: run again layer by "
                f"layer, {self.looked_at} deviates only by rounding in every output, gradient and update. Fewer "
                "steps or a lower learning rate would show whether there is more."
            )
        return ""


__all__ = ["AFTER", "AGREE", "BEFORE", "DIFFER", "FAILED", "Comparison"]
