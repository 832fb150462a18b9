"""`docs/architecture.md` draws the packages as they are."""

from tests.architecture.floor_plan import PAGE, page, table
from tests.architecture.test_layering import LAYERS, PACKAGE


def test_the_page_has_the_packages_of_today():
    assert PAGE.read_text(encoding="utf-8") == page(), "Run `python -m tests.architecture.floor_plan`"


def test_every_entry_of_the_root_is_in_the_table():
    entries = {path.stem for path in entries_of_root()} - {"__init__", "__main__"}
    assert entries == {package for packages in LAYERS for package in packages} - {"minikeras", "__main__"}
    assert all(f"| `{entry}` |" in table() for entry in entries)


def entries_of_root():
    return [p for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()]
