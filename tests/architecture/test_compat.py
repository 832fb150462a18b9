"""`compat` is a namespace shim: its files are short, and no list of names stands twice."""

import ast
from functools import cache
from itertools import combinations

from tests.architecture.test_layering import MODULES, is_in

COMPAT = [module for module in MODULES if is_in(module, "minikeras.compat")]


@cache
def trees():
    """The syntax trees of COMPAT."""
    return {module: ast.parse(MODULES[module].read_text(encoding="utf-8")) for module in COMPAT}


LONGEST_FILE = 370  # lines: the list of names of `tf` itself
SHARED_NAMES = 12  # that two lists of exports may have in common: `tf.math` and `keras.backend` have namesakes


def exports(tree):
    """The names in a list `__all__` that is written out."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", None) == "__all__" for target in node.targets):
            elements = getattr(node.value, "elts", ())
            return {element.value for element in elements if isinstance(element, ast.Constant)}
    return set()


def test_there_are_modules_to_check():
    assert len(trees()) > 100


def test_files_are_short():
    lines = {module: len(MODULES[module].read_text(encoding="utf-8").splitlines()) for module in COMPAT}
    assert not {module: count for module, count in lines.items() if count > LONGEST_FILE}


def test_no_list_of_exports_stands_twice():
    lists = {module: exports(ast.parse(MODULES[module].read_text(encoding="utf-8"))) for module in MODULES}
    shared = {
        (module, other): sorted(lists[module] & lists[other])
        for module, other in combinations(COMPAT, 2)
        if len(lists[module] & lists[other]) >= SHARED_NAMES
    }
    below = [module for module in MODULES if module not in COMPAT]
    copies = {
        (module, other): sorted(lists[module])
        for module in COMPAT
        for other in below
        if len(lists[module]) >= SHARED_NAMES and lists[module] <= lists[other]
    }
    assert not shared, f"derive one of them from the other: {shared}"
    assert not copies, f"derive them from the lists below: {copies}"
