"""Reports of titled tables, in the terminal and as one HTML file; one sentence for a file that cannot be read."""

import sys
from contextlib import contextmanager
from html import escape
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from minikeras.tools.cli import html_page

LONGEST = 2000  # rows that are shown; a file may hold millions of names
WIDEST = 400  # characters in a cell; a name may have millions


class Part:
    """A part of a report.

    Attributes:
        title: above it.
        headings, rows: of the table, which is left out if it has no rows.
        texts: the number of leading columns that are texts, aligned to the left.
        sentence: above the table, or in place of it.
    """

    def __init__(self, title, headings, rows, texts=1, sentence=""):
        self.title, self.headings, self.texts, self.sentence = title, headings, texts, sentence
        self.rows = [[printable(cell) for cell in row] for row in rows[:LONGEST]]
        if len(rows) > LONGEST:
            self.sentence = f"{sentence} The first {LONGEST} of {len(rows)} rows.".strip()


def printable(cell):
    """Text shortened if too long, without characters that would control the terminal: names come from files."""
    text = str(cell)
    text = text if len(text) <= WIDEST else f"{text[:WIDEST]}…"
    return "".join(c if c.isprintable() else "�" for c in text)


def show(title, parts, page=None):
    """Print a report, and write it to the HTML file `page` if that is given."""
    parts = [part for part in parts if part.rows or part.sentence]
    title = printable(title)
    _print(title, parts)
    if page is not None:
        content = [
            f"<h2>{escape(part.title)}</h2>{_paragraph(part.sentence)}"
            + (html_page.table(part.headings, part.rows, part.texts) if part.rows else "")
            for part in parts
        ]
        Path(page).write_text(html_page.page(title, *content), encoding="utf-8")
        print(f"\nWritten to {page}.")


def _paragraph(sentence):
    return f"<p>{escape(sentence)}</p>" if sentence else ""


def _print(title, parts):
    console = Console(highlight=False)
    console.print(Text(title, "bold"), soft_wrap=True)
    for part in parts:
        console.print()
        console.print(Text(part.title, "bold"))
        if part.sentence:
            console.print(Text(part.sentence), soft_wrap=True)
        if not part.rows:
            continue
        table = Table(show_header=any(part.headings), header_style="bold", box=None, pad_edge=False)
        for i, heading in enumerate(part.headings):
            table.add_column(heading, justify="left" if i < part.texts else "right", overflow="fold")
        for row in part.rows:
            table.add_row(*map(Text, row))
        console.print(table)


class Outcome:
    """The exit status of a command."""

    status = 0


@contextmanager
def in_one_sentence(status=1):
    """A context that prints an error of a file and gives the `Outcome` this exit status."""
    outcome = Outcome()
    try:
        yield outcome
    except (OSError, ValueError, TypeError) as error:  # what readers of files raise
        print(printable((str(error).splitlines() or [type(error).__name__])[0]), file=sys.stderr)
        outcome.status = status
