"""`compat` is a namespace shim: a module in it defines no mathematics and no file format.

Computations, algorithms and formats are in the packages below, which work without it. What a shim does with arrays is
to convert arguments; so the functions of NumPy that it may call are listed, and it multiplies, divides and raises
nothing. `test_layering.py` has a test that it defines no ops.
"""

import ast
from functools import cache
from itertools import combinations

import pytest

from tests.architecture.test_layering import MODULES, is_in

COMPAT = [module for module in MODULES if is_in(module, "minikeras.compat")]


@cache
def trees():
    """The syntax trees of COMPAT."""
    return {module: ast.parse(MODULES[module].read_text(encoding="utf-8")) for module in COMPAT}


# Python's modules for formats and mathematics, and libraries of formats.
FORBIDDEN_IMPORTS = {
    "array", "base64", "binascii", "bisect", "bz2", "cmath", "csv", "gzip", "h5py", "hashlib", "heapq", "json", "lzma",
    "PIL", "pickle", "scipy", "statistics", "struct", "tarfile", "zipfile", "zlib",
}  # fmt: skip
# Arrays made, converted and described; dtypes; constants; the number of elements of a static shape.
ALLOWED_FUNCTIONS = {
    "math.prod", "np.arange", "np.array", "np.asarray", "np.atleast_1d", "np.bool_", "np.broadcast_shapes",
    "np.broadcast_to", "np.dtype", "np.errstate", "np.eye", "np.finfo", "np.float32", "np.float64", "np.floating",
    "np.full", "np.generic", "np.iinfo", "np.inf", "np.int32", "np.integer", "np.moveaxis", "np.ndarray", "np.number",
    "np.object_", "np.shape", "np.zeros",
}  # fmt: skip
SHORT = {"numpy": "np", "math": "math"}
ARITHMETIC = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
LONGEST_FILE = 370  # lines: the list of names of `tf` itself
SHARED_NAMES = 12  # that two lists of exports may have in common: `tf.math` and `keras.backend` have namesakes

# (module, what it calls): reason
EXCEPTIONS = {
    ("minikeras.compat.keras.backend.random_numbers", "np.random"): "Keras draws default seeds from NumPy's generator",
    ("minikeras.compat.keras_src.testing", "np.testing"): "assertions of Keras's TestCase over NumPy's",
    ("minikeras.compat.tensorflow.test", "np.random"): "`tf.test.TestCase` seeds NumPy's generator too",
    ("minikeras.compat.tensorflow.test", "np.testing"): "assertions of `tf.test.TestCase` over NumPy's",
    ("minikeras.compat.tensorflow.test", "np.linalg"): "`assertArrayNear` compares norms",
    ("minikeras.compat.tensorflow.test", "np.unique"): "`assertItemsEqual` and its like compare sets",
    ("minikeras.compat.tensorflow.test", "np.min"): "`assertAllInRange` and its like",
    ("minikeras.compat.tensorflow.test", "np.max"): "`assertAllInRange` and its like",
}


def imported(tree):
    """The top-level packages that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def calls_of_mathematics(tree):
    """ "np.sqrt", "math.log" for every function or constant that is used, or imported by its name."""
    bound = dict(names_of_mathematics(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in bound:
            name = f"{bound[node.value.id]}.{node.attr}"
            if name not in ALLOWED_FUNCTIONS:
                yield name
        elif isinstance(node, ast.ImportFrom) and (short := SHORT.get((node.module or "").split(".")[0])):
            yield from (f"{short}.{alias.name}" for alias in node.names)


def names_of_mathematics(tree):
    """Pairs (name in the module, "np" or "math") of what `import` binds: `import numpy.linalg as la` too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                package, _, rest = alias.name.partition(".")
                if package in SHORT:
                    yield (
                        alias.asname or package,
                        f"{SHORT[package]}.{rest}" if rest and alias.asname else SHORT[package],
                    )


def is_repetition(node):
    """Whether `*` or `%` is that of a list, a tuple or text: `[0] * n`, `"%s" % name`."""
    return any(
        isinstance(side, (ast.List, ast.Tuple, ast.JoinedStr))
        or (isinstance(side, ast.Constant) and isinstance(side.value, (str, bytes)))
        for side in (getattr(node, "left", None), getattr(node, "right", None))
    )


def arithmetic(tree):
    """The products, quotients, remainders and powers of a module, as text."""
    for node in ast.walk(tree):
        if isinstance(getattr(node, "op", None), ARITHMETIC) and not is_repetition(node):
            yield ast.unparse(node)


def exports(tree):
    """The names in a list `__all__` that is written out."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", None) == "__all__" for target in node.targets):
            elements = getattr(node.value, "elts", ())
            return {element.value for element in elements if isinstance(element, ast.Constant)}
    return set()


def in_compat(find):
    """{module: what is found in it and is no exception}."""
    found = {
        module: sorted({what for what in find(tree) if (module, what) not in EXCEPTIONS})
        for module, tree in trees().items()
    }
    return {module: wrong for module, wrong in found.items() if wrong}


def test_there_are_modules_to_check():
    assert len(trees()) > 100


def test_it_imports_no_formats():
    wrong = in_compat(lambda tree: FORBIDDEN_IMPORTS.intersection(imported(tree)))
    assert not wrong, f"move what needs these modules to a package below `compat`: {wrong}"


def test_it_only_converts_arrays():
    wrong = in_compat(calls_of_mathematics)
    assert not wrong, f"move these computations to a package below `compat`: {wrong}"


def test_it_has_no_formulas():
    wrong = in_compat(arithmetic)
    assert not wrong, f"move these formulas to a package below `compat`: {wrong}"


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


def test_exceptions_are_needed():
    found = {(module, what) for module, tree in trees().items() for what in calls_of_mathematics(tree)}
    assert not set(EXCEPTIONS) - found, "take these off EXCEPTIONS"


PROGRAMS = {
    "import struct": "import struct",
    "a format inside a function": "def f():\n    from zipfile import ZipFile",
    "a submodule": "import PIL.Image",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_imports_are_seen(name):
    assert FORBIDDEN_IMPORTS & set(imported(ast.parse(PROGRAMS[name])))


FORMULAS = {
    "import numpy as np\nnp.sqrt(x)": ["np.sqrt"],
    "import numpy as xp\nxp.sqrt(x)": ["np.sqrt"],
    "import numpy.linalg as la\nla.inv(x)": ["np.linalg.inv"],
    "from numpy.linalg import inv": ["np.inv"],
    "def f(x):\n    import math\n    return math.log(x)": ["math.log"],
    "x * y": ["x * y"],
    "x /= 2": ["x /= 2"],
    "lambda x: x ** 2 @ y": ["x ** 2 @ y", "x ** 2"],
    "[0] * n": [],
    "'%s' % name": [],
    "import numpy as np\nnp.asarray(x, np.float32)": [],
    "x + y": [],
}


@pytest.mark.parametrize("source", FORMULAS)
def test_formulas_are_seen(source):
    tree = ast.parse(source)
    assert [*calls_of_mathematics(tree), *arithmetic(tree)] == FORMULAS[source]
