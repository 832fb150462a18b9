"""All quantities in which two aligned runs differ by more than the tolerance, in order of time."""

from dataclasses import dataclass

import numpy as np

from minikeras.tools.cli.compare import alignment, deviation

BEFORE, AFTER = -1, 10**9  # orders of initial weights and of final ones


@dataclass(frozen=True)
class Difference:
    """One quantity that differs, at its first difference.

    Attributes:
        order: position in the first run's events.
        kind: "initial weight", "weight", "final weight", "loss", "metric", "output" or "missing".
        name: of the variable, series or output.
        where: "step 3", "epoch 1", "predict 1 of sequential", …
        deviation: relative.
        key: of the event, see `alignment.numbered`; None before and after all of them.
    """

    order: int
    kind: str
    name: str
    where: str
    deviation: float
    key: tuple | None = None

    def __str__(self):
        if self.kind == "missing":
            return f"{self.where} happened on one side only ({self.name})"
        return f"{self.kind} {self.name} at {self.where}: relative deviation {self.deviation:.2g}"


@dataclass(frozen=True)
class VariablePair:
    """A variable on both sides, with its deviations before the first step, after each, and at the end."""

    numbers: tuple
    path: str
    shape: tuple
    trainable: bool
    initial: float
    final: float
    largest_initial: float
    largest_final: float
    steps: dict  # {(optimizer, iteration): deviation}


def variable_pairs(first, second):
    """A `VariablePair` for each variable of both runs."""
    pairs = []
    for one, other in alignment.paired_variables(first, second):
        about = first.variables[one], second.variables[other]
        values = {
            when: (first.array(about[0].get(when)), second.array(about[1].get(when))) for when in ("initial", "final")
        }
        here, there = alignment.digests(first, one), alignment.digests(second, other)
        pairs.append(
            VariablePair(
                (one, other),
                about[0]["path"],
                tuple(about[0]["shape"]),
                about[0]["trainable"],
                *(_deviation(values[when], deviation.of_arrays) for when in ("initial", "final")),
                *(_deviation(values[when], deviation.largest_of_arrays) for when in ("initial", "final")),
                {step: deviation.of_digests(here[step], there[step]) for step in here if step in there},
            )
        )
    return pairs


def _deviation(values, measure):
    return 0.0 if values[0] is None or values[1] is None else measure(*values)  # None: not visible


def unpaired_variables(first, second, pairs):
    """[(path, backend)] of variables that have no counterpart of the same path, or order and shape."""
    for place, run in enumerate((first, second)):
        known = {pair.numbers[place] for pair in pairs}
        for number, about in enumerate(run.variables):
            if number not in known:
                yield f"{about['path']} {tuple(about['shape'])}", run.backend


def all_differences(first, second, pairs, tolerance, metric_tolerance, ignored=()):
    """`Difference`s in order; `ignored` are paths of variables to ignore."""
    paired, alone = alignment.paired_events(first, second)
    found = list(_of_variables(first, pairs, tolerance, ignored))
    for path, backend in unpaired_variables(first, second, pairs):
        found.append(Difference(BEFORE, "missing", f"only on {backend}", f"variable {path}", np.inf))
    found += _of_series(alignment.series_of(paired), tolerance, metric_tolerance)
    found += _of_outputs(first, second, paired, tolerance)
    positions = {key: position for run in (first, second) for key, position, _ in alignment.numbered(run.events)}
    for key, backend in alone:
        where = alignment.place_of(key)
        found.append(Difference(positions[key], "missing", f"only on {backend}", where, np.inf, key))
    return sorted(found, key=lambda difference: difference.order)


def _of_variables(first, pairs, tolerance, ignored):
    orders = {(e["optimizer"], e["iteration"]): i for i, e in enumerate(first.events) if e["kind"] == "step"}
    for pair in pairs:
        if pair.path in ignored:
            continue
        if pair.initial > tolerance:
            yield Difference(BEFORE, "initial weight", pair.path, "the beginning", pair.initial)
            continue
        step = next((step for step in sorted(pair.steps, key=orders.get) if pair.steps[step] > tolerance), None)
        if step is not None:
            key = ("step", *step)
            yield Difference(orders[step], "weight", pair.path, alignment.place_of(key), pair.steps[step], key)
        elif pair.final > tolerance:
            yield Difference(AFTER, "final weight", pair.path, "the end", pair.final)


def _of_series(all_series, tolerance, metric_tolerance):
    for series in all_series:
        limit = tolerance if series.is_loss else max(tolerance, metric_tolerance)
        rows = zip(series.orders, series.keys, series.deviations, series.comparable, strict=True)
        for order, key, amount, comparable in rows:
            if comparable and amount > limit:
                kind = "loss" if series.is_loss else "metric"
                yield Difference(order, kind, series.name, alignment.place_of(key), amount, key)
                break


def _of_outputs(first, second, paired, tolerance):
    for key, position, one, other in paired:
        parts = [event.get("outputs", ()) for event in (one, other)]
        where = alignment.place_of(key)
        if len(parts[0]) != len(parts[1]):
            yield Difference(position, "output", f"{len(parts[0])} against {len(parts[1])} arrays", where, np.inf, key)
            continue
        for place, (a, b) in enumerate(zip(*parts, strict=True)):
            amount = output_deviation(first, second, a, b)
            if amount > tolerance:
                yield Difference(position, "output", f"array {place + 1}", where, amount, key)
                break


def output_deviation(first, second, a, b):
    """The deviation of two kept arrays."""
    if a["shape"] != b["shape"]:
        return np.inf
    return deviation.of_arrays(first.array(a["array"]), second.array(b["array"])) if a["array"] else 0.0
