"""The tables of a report as rows of text, for both the terminal and the HTML page."""

from dataclasses import dataclass, replace

import numpy as np

from minikeras.base.quantities import readable_size, readable_time
from minikeras.tools.cli.compare.origin import ROUNDING

SIDES = {"tensorflow": "TensorFlow", "minikeras": "minikeras"}
IN_FLOAT64 = {"theirs_off": "TF vs. float64", "ours_off": "ours vs. float64", "in_float64": "in float64"}
MAX_ROWS = 40  # of a table in the terminal


@dataclass(frozen=True)
class Table:
    """Title, headings, and rows whose last cell may be a (text, good or bad).

    Attributes:
        texts: how many leading columns hold text; the others hold numbers.
        main: if not all rows fit, the row to show with those around it; None for the rows that deviate most.
    """

    title: str
    headings: tuple
    rows: list
    texts: int = 1
    main: int | None = None

    def shortened(self):
        """The table with at most `MAX_ROWS` rows, in order; the title tells how many are left out."""
        count = len(self.rows)
        if count <= MAX_ROWS:
            return self
        if self.main is not None:
            start = min(max(self.main - MAX_ROWS // 2, 0), count - MAX_ROWS)
            chosen, which = range(start, start + MAX_ROWS), "around the first difference"
        else:
            chosen = sorted(sorted(range(count), key=lambda i: -float(self.rows[i][-1][0]))[:MAX_ROWS])
            which = "that deviate most"
        title = f"{self.title} (the {MAX_ROWS} of {count} rows {which})"
        return replace(self, title=title, rows=[self.rows[i] for i in chosen])


def tables(comparison):
    """All tables of the report that have rows."""
    candidates = [_epochs(comparison), _batches(comparison), _results(comparison), _outputs(comparison)]
    candidates += [_weights(comparison), _details(comparison), _times(comparison)]
    return [table for table in candidates if table.rows]


def legend(comparison):
    """[(term, meaning)] for the report."""
    tolerance, other = comparison.tolerance, max(comparison.tolerance, comparison.metric_tolerance)
    terms = [
        (
            "deviation",
            "|a − b| / max(|a|, |b|) of numbers, ‖a − b‖ / max(‖a‖, ‖b‖) of arrays (l2 norms): 1e-7 is the rounding of "
            f"one float32 operation, up to {ROUNDING:g} that of a layer; 1 means no agreement at all",
        ),
        (
            "green, red",
            f"within the tolerance ({tolerance:g} for losses, weights and predictions, {other:g} for metrics that "
            "count samples), and beyond it",
        ),
    ]
    if any(run.facts.get("optimizers") for run in comparison.runs.values()):
        terms.append(
            ("differs from, worst at", "the first step beyond the tolerance; the one with the largest deviation")
        )
    if comparison.recomputed is not None and comparison.recomputed.failure is None:
        terms.append(
            (
                "vs. float64, in float64",
                "how far each side's float32 results are from its float64 results from the same weights; how far the "
                "float64 results of the two sides are from each other",
            )
        )
    if comparison.ends_without_data:
        terms.append(("of other batches", "a mean over an epoch that tf.keras ended with a step without data"))
    if comparison.noise:
        terms.append(("noise", "a variable whose gradient is zero except for rounding, or that depends on such a one"))
    terms.append(("ratio", "TensorFlow's value divided by minikeras's: above 1, minikeras needed less"))
    return terms


def every_batch(comparison):
    """Losses and metrics of each step on both sides: too long for a terminal."""
    return Table("Every step", ("", *SIDES.values(), "deviation"), _rows_of(comparison, lambda kind: kind == "step"))


def _number(value):
    return "" if value is None else f"{value:.6g}"


def _amount(value, tolerance):
    return (f"{value:.1e}" if value else "0", "bad" if value > tolerance else "good")


def _limit(comparison, series):
    return comparison.tolerance if series.is_loss else max(comparison.tolerance, comparison.metric_tolerance)


def _rows_of(comparison, wanted):
    """(place and name, value, value, deviation) of all series of the kinds that are wanted, in order of time."""
    rows = []
    for series in comparison.series:
        if wanted(series.kind):
            limit = _limit(comparison, series)
            columns = series.orders, series.positions, series.values, series.deviations, series.comparable
            for order, place, (one, other), amount, comparable in zip(*columns, strict=True):
                name = f"{place}: {series.name}" + ("" if comparable else " (of other batches)")
                shown = _amount(amount, limit if comparable else np.inf)
                rows.append((order, (name, _number(one), _number(other), shown)))
    return [cells for _, cells in sorted(rows, key=lambda row: row[0])]


def _epochs(comparison):
    return Table("Epochs", ("", *SIDES.values(), "deviation"), _rows_of(comparison, lambda kind: kind == "epoch"))


def _batches(comparison):
    rows = []
    for series in comparison.series:
        if series.kind == "step":
            amounts, steps = series.deviations, [iteration for _, _, iteration in series.keys]
            worst = max(range(len(amounts)), key=amounts.__getitem__)
            limit = _limit(comparison, series)
            differs = next((step for step, amount in zip(steps, amounts, strict=True) if amount > limit), "–")
            name = f"{series.name} {series.group}".strip()
            values = map(_number, series.values[worst])
            rows.append((name, len(amounts), differs, steps[worst], *values, _amount(amounts[worst], limit)))
    return Table("Steps", ("", "steps", "differs from", "worst at", *SIDES.values(), "deviation"), rows)


def _results(comparison):
    rows = _rows_of(comparison, lambda kind: kind not in ("epoch", "step"))
    return Table("Results", ("", *SIDES.values(), "deviation"), rows)


def _outputs(comparison):
    rows = [(where, str(shape), _amount(value, comparison.tolerance)) for where, shape, value in comparison.outputs]
    return Table("Predictions", ("", "shape", "deviation"), rows)


def _weights(comparison):
    rows = []
    for pair in comparison.pairs:
        rows.append(
            (
                pair.path + (" (noise)" if pair.path in comparison.noise else ""),
                str(pair.shape),
                f"{pair.largest_initial:.1e}" if pair.largest_initial else "0",
                f"{pair.largest_final:.1e}" if pair.largest_final else "0",
                _amount(pair.final, float("inf") if pair.path in comparison.noise else comparison.tolerance),
            )
        )
    headings = ("", "shape", "after build", "at end", "at end (l2)")
    return Table("Weights: largest difference relative to the largest weight, and l2 norms", headings, rows)


def _details(comparison):
    """The step or event that was run again, layer by layer."""
    rows, main = [], None
    recomputed = comparison.recomputed is not None and comparison.recomputed.failure is None
    for entry in comparison.details:
        amount = np.inf if entry["deviation"] is None else entry["deviation"]
        if amount > ROUNDING and main is None:
            main = len(rows)
        what = entry["what"] + (" (on one side only)" if entry["deviation"] is None else "")
        double = [_off(entry.get(name)) for name in IN_FLOAT64] if recomputed else []
        rows.append((what, entry["name"], str(tuple(entry["shape"])), *double, _amount(amount, ROUNDING)))
    headings = ("", "of", "shape", *(IN_FLOAT64.values() if recomputed else ()), "deviation")
    return Table(f"In detail: {comparison.looked_at}", headings, rows, 2, main or 0)


def _off(amount):
    return "–" if amount is None else f"{amount:.1e}" if amount else "0"


def _times(comparison):
    rows = []
    for name, attribute, readable in (
        ("wall time", "wall_seconds", readable_time),
        ("import time", "import_seconds", readable_time),
        ("time to first step", "first_step_seconds", readable_time),
        ("time per step", "step_seconds", readable_time),
        ("peak memory", "peak_memory", readable_size),
    ):
        values = [comparison.measured(side, attribute) for side in SIDES]
        if any(value is not None for value in values):
            ratio = comparison.ratio(attribute)
            shown = ["–" if value is None else readable(value) for value in values]
            rows.append((name, *shown, f"{ratio:.2f}" if ratio else ""))
    title = "Time and memory" + ("" if comparison.times else " (observed runs, without the observer's own work)")
    return Table(title, ("", *SIDES.values(), "ratio"), rows)
