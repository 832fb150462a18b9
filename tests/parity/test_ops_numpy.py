"""The NumPy half of ops against the live keras.ops: values, dtypes, TensorFlow's gradients, also at corners.

Left out, since minikeras differs on purpose: `rot90` by two quarter turns and the `dtype` of `prod`, which Keras on
TensorFlow gets wrong, and gradients of `hypot` where |x1| = |x2|, of `cbrt` and `sinc` at 0.
"""

import numpy as np
import pytest

from tests.parity.numpy_cases import (
    ALL_CASES,
    ELEMENTWISE,
    GRADIENTS_AT_CORNERS,
    INDEXING,
    NO_NODE_IN_KERAS,
    OTHER_NODE,
    PRODUCTS,
    REDUCTIONS,
    SHAPING,
    check,
)

pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from tests.parity.comparing import LAYER, SAME_FORMULA, assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow


@pytest.mark.one_in(2)
@pytest.mark.parametrize("function, inputs", ELEMENTWISE)
def test_elementwise(function, inputs):
    check("ops: elementwise", function, inputs)


@pytest.mark.parametrize("function, inputs", GRADIENTS_AT_CORNERS)
def test_corners(function, inputs):
    check("ops: ties, zeros, bounds", function, inputs)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("function, inputs", REDUCTIONS)
def test_reductions(function, inputs):
    check("ops: reductions", function, inputs, LAYER)


@pytest.mark.parametrize("function, inputs", SHAPING)
def test_shaping(function, inputs):
    check("ops: shaping", function, inputs)


@pytest.mark.parametrize("function, inputs", INDEXING)
def test_indexing(function, inputs):
    check("ops: indexing, sorting", function, inputs)


@pytest.mark.parametrize("function, inputs", PRODUCTS)
def test_linear_algebra(function, inputs):
    check("ops: linear algebra", function, inputs, LAYER)


def serialized_operation(package, function, inputs):
    """What a file of the model says about the last operation of a symbolic call."""
    symbols = [package.Input(batch_shape=x.shape, dtype=x.dtype.name) for x in inputs]
    output = package.tree.flatten(function(package.ops, *symbols))[0]
    return package.utils.serialize_keras_object(output._keras_history.operation)


def plain(value):
    """Tuples as lists, as they are in a file; without names, which count on."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "name"}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.one_in(4)
@pytest.mark.parametrize("function, inputs", [c for c in ALL_CASES if c.id not in NO_NODE_IN_KERAS | OTHER_NODE])
def test_graph_nodes_are_written_as_keras_writes_them(function, inputs):
    ours, theirs = serialized_operation(minikeras, function, inputs), serialized_operation(keras, function, inputs)
    assert plain(ours) == plain(theirs)
    again = minikeras.utils.deserialize_keras_object(theirs)
    assert plain(minikeras.utils.serialize_keras_object(again)) == plain(theirs)


CREATION = [
    *[(name, arguments, {"dtype": dtype}) for dtype in (None, "int32", "float64", "bool")
      for name, arguments in (("zeros", ((2, 3),)), ("ones", ((2,),)), ("empty", ((0, 3),)), ("eye", (3, 4, 1)),
                              ("tri", (3, 4, -1)), ("identity", (3,)), ("full", ((2,), 7)), ("array", ([1, 2],)))],
    *[("arange", arguments, {}) for arguments in ((5,), (5.0,), (1, 7, 2), (0, 1, 0.3), (5, 0, -2))],
    ("arange", (4,), {"dtype": "float16"}),
    *[("linspace", (0, 10, 5), keywords) for keywords in (
        {}, {"dtype": "int32"}, {"retstep": True}, {"endpoint": False}, {"dtype": "float64"})],
    *[("linspace", (2, 3, n), {}) for n in (0, 1)],
    ("logspace", (0, 2, 5), {}),
    ("logspace", (0, 2, 5), {"base": 2, "endpoint": False}),
    ("geomspace", (1, 1000, 4), {}),
    *[(name, (n,), {}) for name in ("bartlett", "blackman", "hamming", "hanning") for n in (1, 3, 7)],
    *[("kaiser", (n, 5.0), {}) for n in (1, 7)],
    ("array", ([1.5, 2],), {}),
    ("array", (np.arange(3.0),), {}),
    ("full", ((2,), True), {}),
]  # fmt: skip


@pytest.mark.parametrize("case", CREATION, ids=str)
def test_creation(case):
    name, arguments, keywords = case
    ours, theirs = (getattr(package.ops, name)(*arguments, **keywords) for package in (minikeras, keras))
    for y, expected in zip(minikeras.tree.flatten(ours), keras.tree.flatten(theirs), strict=True):
        y, expected = np.asarray(y), np.asarray(expected)
        assert y.dtype == expected.dtype
        # Windows and spaced numbers come rounded once from float64 here, while TensorFlow computes them in float32.
        assert_close("ops: creation", y, expected, SAME_FORMULA, name)
