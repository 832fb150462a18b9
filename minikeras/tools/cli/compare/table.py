"""The report in the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from minikeras.tools.cli.compare.summary import SIDES, tables
from minikeras.tools.cli.compare.summary import Table as SummaryTable

STYLES = {"good": "green", "bad": "bold red"}


def print_report(comparison, show_output=False, console=None):
    """Print verdict, tables, and the scripts' output if requested or if they failed.

    Args:
        comparison: a `Comparison`.
        show_output: whether to show the scripts' output of sides that ended well.
        console: a `rich.console.Console`; one for standard output if None.
    """
    console = console or Console(highlight=False)
    for run in comparison.runs.values():
        if run.failed or show_output:
            _print_output(console, run)
    style = STYLES["good" if comparison.agree else "bad"]
    for summary in () if comparison.failure else map(SummaryTable.shortened, tables(comparison)):
        table = Table(title=Text(summary.title), title_justify="left")
        for number, heading in enumerate(summary.headings):
            table.add_column(Text(heading), justify="left" if number < summary.texts else "right", overflow="fold")
        for row in summary.rows:
            table.add_row(*(_text(cell) for cell in row))
        console.print(table)
    console.print(Text(comparison.verdict, style=style))


def _text(cell):
    return Text(cell[0], STYLES[cell[1]]) if isinstance(cell, tuple) else Text(str(cell))


def _print_output(console, run):
    name = SIDES[run.backend]
    for stream, text in (("output", run.stdout), ("errors", run.stderr)):
        if text.strip():
            console.rule(f"{name}: {stream}", align="left")
            console.print(text.rstrip(), markup=False, soft_wrap=True)
    console.rule()
