"""Plans ask the rest of the library by public protocols: a new op, layer or metric needs no edit in `plans/`."""

import ast
from pathlib import Path

import pytest

PLANS = Path(__file__).parents[2] / "minikeras" / "plans"
OWN = {"self", "cls"}
OF_TUPLES = {"_fields", "_replace", "_asdict"}  # what a `NamedTuple` has in public


def reaches(source):
    """The private attributes in a module's text that are not read from `self`, and those named by strings."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            if not (isinstance(node.value, ast.Name) and node.value.id in OWN):
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("attrgetter", "getattr"):
            names = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            found += [name for name in names if any(map(is_private, name.split(".")))]
        elif isinstance(node, ast.ImportFrom):
            found += [alias.name for alias in node.names if is_private(alias.name)]
    return found


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name not in OF_TUPLES


@pytest.mark.parametrize("path", sorted(PLANS.rglob("*.py")), ids=lambda path: str(path.relative_to(PLANS)))
def test_plans_read_no_private_attribute_of_others(path):
    assert not reaches(path.read_text(encoding="utf-8"))


def test_each_form_is_seen():
    source = "from a import _b\nx._c\nx.y._d()\ngetattr(x, '_e', 1)\noperator.attrgetter('y._f')\n"
    harmless = "self._g\ncls._h\nx.__class__\ngetattr(x, '__self__')\nT._fields\n"
    assert sorted(reaches(source + harmless)) == ["_b", "_e", "x._c", "x.y._d", "y._f"]
