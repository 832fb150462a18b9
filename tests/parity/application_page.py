"""Tables of docs/applications.md that separate commands generate: each between two marks, a row for each network."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "applications.md"


class Table:
    """A table of the page.

    Args:
        name: in its marks.
        module: that makes it, by `python -m`.
        head: its first two lines.
        networks: in the order of the rows.
    """

    def __init__(self, name, module, head, networks):
        self.begin, self.end = f"<!-- {name}: begin (python -m {module}) -->", f"<!-- {name}: end -->"
        self.head, self.networks = head, networks

    def rows(self):
        """{network: row} of the page."""
        text = PAGE.read_text(encoding="utf-8").partition(self.begin)[2].partition(self.end)[0]
        return {match[1]: match[0] for match in re.finditer(r"^\| (\w+) \| .*\d.*\|$", text, re.MULTILINE)}

    def text(self, rows):
        """The table between its marks."""
        return "\n".join([self.begin, *self.head, *(rows[name] for name in self.networks if name in rows), self.end])

    def write(self, new_rows):
        """Replace these rows of the page."""
        text = PAGE.read_text(encoding="utf-8")
        before, after = text[: text.index(self.begin)], text[text.index(self.end) + len(self.end) :]
        PAGE.write_text(before + self.text(self.rows() | new_rows) + after, encoding="utf-8")
