"""The table of packages in `docs/architecture.md`: `python -m tests.architecture.floor_plan` writes it.

It has a row for each package, the top of the architecture first; the text is the first sentence of its docstring.
"""

import ast

from tests.architecture.test_layering import LAYERS, PACKAGE

PAGE = PACKAGE.parent / "docs" / "architecture.md"
BEGIN = "<!-- layers: begin (python -m tests.architecture.floor_plan) -->\n"
END = "<!-- layers: end -->"


def first_sentence(name):
    """The beginning of a package's docstring, as far as its first full stop."""
    path = next(p for p in (PACKAGE / name / "__init__.py", PACKAGE / f"{name}.py") if p.exists())
    paragraph = " ".join(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".")


def table():
    """The rows of all packages, as Markdown."""
    lines = ["| layer | package | contents |", "| ---: | --- | --- |"]
    for number, packages in reversed(list(enumerate(LAYERS, 1))):
        for package in packages:
            if package not in ("minikeras", "__main__"):
                lines.append(f"| {number} | `{package}` | {first_sentence(package)} |")
    return "\n".join(lines) + "\n"


def page():
    """The whole text of the page, with a new table."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
