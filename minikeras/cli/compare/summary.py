"""The tables of a report as rows of text, the same for the terminal and for the HTML page."""

from dataclasses import dataclass

SIDES = {"tensorflow": "TensorFlow", "minikeras": "minikeras"}
MOST_ROWS = 40  # of a table: the worst are shown


@dataclass(frozen=True)
class Table:
    """Title, headings, and rows whose last cell may be a (text, good or bad)."""

    title: str
    headings: tuple
    rows: list


def tables(comparison):
    """All tables of the report that have rows."""
    candidates = [_epochs(comparison), _batches(comparison), _results(comparison), _outputs(comparison)]
    candidates += [_weights(comparison), _times(comparison)]
    return [table for table in candidates if table.rows]


def _number(value):
    return "" if value is None else f"{value:.6g}"


def _amount(value, tolerance):
    return (f"{value:.1e}" if value else "0", "bad" if value > tolerance else "good")


def _limit(comparison, series):
    return comparison.tolerance if series.is_loss else max(comparison.tolerance, comparison.metric_tolerance)


def _epochs(comparison):
    rows = [
        (f"{place}: {series.name}", _number(one), _number(other), _amount(amount, _limit(comparison, series)))
        for series in comparison.series
        if series.kind == "epoch"
        for place, (one, other), amount in zip(series.places, series.values, series.deviations, strict=True)
    ]
    return Table("Epochs", ("", *SIDES.values(), "deviation"), _worst(rows))


def _batches(comparison):
    rows = []
    for series in comparison.series:
        if series.kind == "step":
            amounts = series.deviations
            worst = max(range(len(amounts)), key=amounts.__getitem__)
            limit = _limit(comparison, series)
            parted = next((place for place, amount in zip(series.places, amounts, strict=True) if amount > limit), "–")
            name = f"{series.name} {series.group}".strip()
            rows.append((name, len(amounts), parted, series.places[worst], _amount(amounts[worst], limit)))
    return Table("Steps", ("", "steps", "parts at", "worst at", "largest deviation"), rows)


def _results(comparison):
    rows = [
        (f"{place}: {series.name}", _number(one), _number(other), _amount(amount, _limit(comparison, series)))
        for series in comparison.series
        if series.kind not in ("epoch", "step")
        for place, (one, other), amount in zip(series.places, series.values, series.deviations, strict=True)
    ]
    return Table("Results", ("", *SIDES.values(), "deviation"), _worst(rows))


def _outputs(comparison):
    rows = [(where, str(shape), _amount(value, comparison.tolerance)) for where, shape, value in comparison.outputs]
    return Table("Predictions", ("", "shape", "deviation"), _worst(rows))


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
    headings = ("", "shape", "first", "last", "last (l2)")
    return Table("Weights: largest relative difference", headings, _worst(rows))


def _times(comparison):
    rows = []
    for name, attribute, unit in (
        ("wall time", "wall_seconds", "s"),
        ("import time", "import_seconds", "s"),
        ("time to first step", "first_step_seconds", "s"),
        ("time per step", "step_seconds", "ms"),
        ("peak memory", "peak_memory", "MB"),
    ):
        values = [comparison.measured(side, attribute) for side in SIDES]
        if any(value is not None for value in values):
            ratio = comparison.ratio(attribute)
            rows.append((name, *(_measured(value, unit) for value in values), f"{ratio:.2f}" if ratio else ""))
    title = "Time and memory" + ("" if comparison.times else " (observed runs, without the observer's own work)")
    return Table(title, ("", *SIDES.values(), "ratio"), rows)


def _measured(value, unit):
    if value is None:
        return "–"
    return f"{value * {'s': 1, 'ms': 1e3, 'MB': 1e-6}[unit]:.{0 if unit == 'MB' else 2}f} {unit}"


def _worst(rows):
    """At most `MOST_ROWS`, those with the largest deviation, in their order."""
    if len(rows) <= MOST_ROWS:
        return rows
    chosen = sorted(range(len(rows)), key=lambda i: -float(rows[i][-1][0]))[:MOST_ROWS]
    return [rows[i] for i in sorted(chosen)]
