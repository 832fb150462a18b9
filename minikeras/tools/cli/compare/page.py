"""The report as one self-contained HTML file, with the curves of both runs in the same charts."""

from html import escape

from minikeras.tools.cli import html_page, terminal_text
from minikeras.tools.cli.compare.summary import MAX_ROWS, SIDES, every_batch, legend, tables
from minikeras.utils.plotting import charts


def as_html(comparison):
    """The text of the page."""
    css_class = "good" if comparison.agree else "bad"
    parts = [f'<p class="{css_class}">{escape(comparison.verdict)}</p>', f"<p>{escape(settings(comparison))}</p>"]
    if comparison.failure is None:
        parts.append(f'<div class="charts">{"".join(curves(comparison))}</div>')
        for table in [*tables(comparison), every_batch(comparison)]:
            if not table.rows:
                continue
            content = html_page.table(table.headings, table.rows, table.texts)
            if len(table.rows) > MAX_ROWS or table.title == "Every step":
                content = f"<details><summary>{len(table.rows)} rows</summary>{content}</details>"
            parts.append(f"<h2>{escape(table.title)}</h2>{content}")
        parts.append(f"<h2>Legend</h2>{definitions(legend(comparison))}")
    for run in comparison.runs.values():
        for stream, text in (("output", run.stdout), ("errors", run.stderr if run.failed else "")):
            if text.strip():
                shown = terminal_text.as_html(text).rstrip()
                parts.append(f"<h2>{SIDES[run.backend]}: {stream}</h2><pre>{shown}</pre>")
    return html_page.page(f"{comparison.script} on TensorFlow and on minikeras", *parts)


def definitions(terms):
    """A list of (term, meaning)."""
    return f"<dl>{''.join(f'<dt>{escape(term)}</dt><dd>{escape(meaning)}</dd>' for term, meaning in terms)}</dl>"


def settings(comparison):
    """Versions and tolerances in a sentence."""
    theirs, ours = (run.facts.get("keras") or "(version unknown)" for run in (comparison.first, comparison.second))
    return (
        f"Keras {theirs} on TensorFlow, minikeras {ours}. Tolerance {comparison.tolerance:g}, "
        f"for metrics that count samples {comparison.metric_tolerance:g}."
    )


def curves(comparison):
    """A chart per series of batches or epochs, one of the weights, and one of the deviations."""
    for series in comparison.series:
        if series.kind in ("step", "epoch"):
            first, second = zip(*series.values, strict=True)
            title = f"{series.name} per {series.kind} {series.group}".rstrip()
            yield charts.line_chart(title, dict(zip(SIDES.values(), (first, second), strict=True)))
    largest = {}
    for pair in comparison.pairs:
        for step, amount in pair.steps.items():
            largest[step] = max(amount, largest.get(step, 0.0))
    if largest:
        amounts = [largest[step] for step in sorted(largest, key=lambda step: (step[1], step[0]))]
        yield charts.line_chart("largest deviation of a variable per step", {"deviation": amounts}, log=True)
