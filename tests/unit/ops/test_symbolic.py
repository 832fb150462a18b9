"""Every op on symbolic tensors: inferred shapes and dtypes are those of the eager result, which the graph computes."""

import numpy as np
import pytest

from minikeras import Input, ops, tree
from minikeras.autodiff import KerasTensor, Tensor
from minikeras.autodiff.composed import ComposedOp
from minikeras.autodiff.function import Function
from tests.gradients.harness import Row, distinct
from tests.gradients.test_numpy_ops import ROWS as DIFFERENTIABLE

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

F = (2, 3)


def integers(*shape):
    return lambda rng: rng.integers(0, 4, shape).astype("int32")


def booleans(*shape):
    return lambda rng: rng.integers(0, 2, shape).astype(bool)


def f32(*shape):
    return lambda rng: rng.normal(size=shape).astype("float32")


ONE = (
    "floor ceil round trunc signbit isnan isinf isfinite isposinf isneginf isreal logical_not any all argmax argmin "
    "count_nonzero argsort size nanargmax nanargmin zeros_like ones_like empty_like exp sqrt sum mean max sort cumsum "
    "prod median std square abs negative"
)
TWO = (
    "equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor isclose allclose isin "
    "add divide power maximum matmul"
)
OTHERS = [
    *[Row(f"{name} of {kind}", getattr(ops, name), (spec,)) for name in ONE.split()
      for kind, spec in (("float32", f32(2, 3)), ("int32", integers(2, 3)), ("bool", booleans(2, 3)))
      if (name, kind) not in (("negative", "bool"),)],
    *[Row(f"{name} of {kind}", getattr(ops, name), specs) for name in TWO.split()
      for kind, specs in (("float32", (f32(3, 3), f32(3, 3))), ("int32 and float32", (integers(3, 3), f32(3, 3))),
                          ("int32", (integers(3, 3), integers(3, 3))))],
    *[Row(f"{name} of int32", getattr(ops, name), (integers(2, 3), integers(3))) for name in
      ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "left_shift",
       "right_shift", "gcd", "lcm")],
    *[Row(f"{name} of int32", getattr(ops, name), (integers(2, 3),)) for name in ("bitwise_not", "bitwise_invert")],
    Row("floor_divide", ops.floor_divide, (f32(3, 3), f32(3, 3))),
    Row("floor_divide of int32", lambda x, y: ops.floor_divide(x, y * 2 + 1), (integers(3, 3), integers(3, 3))),
    Row("argmax axis", lambda x: ops.argmax(x, axis=1, keepdims=True), (f32(2, 3),)),
    Row("count_nonzero axis", lambda x: ops.count_nonzero(x, axis=(0, 1)), (f32(2, 3),)),
    Row("argpartition", lambda x: ops.argpartition(x, 1), (distinct((2, 5)),)),
    Row("searchsorted", ops.searchsorted, (lambda rng: np.sort(rng.normal(size=5)), F)),
    Row("digitize", lambda x: ops.digitize(x, [0.0, 1.0]), (F,)),
    Row("in_top_k", lambda t, p: ops.in_top_k(t, p, 2), (integers(5), distinct((5, 4)))),
    Row("bincount", lambda x: ops.bincount(x, minlength=4), (integers(2, 3),)),
    Row("bincount weights", ops.bincount, (integers(3), f32(3))),
    Row("histogram", lambda x: ops.histogram(x, 4), (f32(9),)),
    Row("nonzero", ops.nonzero, (integers(2, 3),)),
    Row("unique", lambda x: ops.unique(x, return_inverse=True, return_counts=True), (integers(2, 3),)),
    Row("unique size", lambda x: ops.unique(x, size=3, return_index=True), (integers(2, 3),)),
    Row("unravel_index", lambda x: ops.unravel_index(x, (3, 4)), (integers(2, 3),)),
    Row("matrix_rank", ops.matrix_rank, ((2, 3, 4),)),
    Row("view", lambda x: ops.view(x, "int16"), (f32(2, 3),)),
    Row("take_along_axis of a tensor", lambda x, i: ops.take_along_axis(x, i, axis=1), ((2, 4), integers(2, 3))),
    Row("take of a tensor", lambda x, i: ops.take(x, i, axis=1), ((2, 4), integers(2, 3))),
    Row("where of tensors", ops.where, (booleans(2, 3), f32(2, 3), integers(2, 3))),
    Row("full_like dtype", lambda x: ops.full_like(x, 2, dtype="int8"), (F,)),
    Row("add a number", lambda x: ops.add(x, 2.5), (integers(2, 3),)),
    Row("number first", lambda x: ops.subtract(1, x), (f32(2, 3),)),
    Row("eig dtypes", ops.eig, ((2, 3, 3),)),
    Row("sum of int8", ops.sum, (lambda rng: np.ones((2, 3), "int8"),)),
    Row("sum of uint8", ops.sum, (lambda rng: np.ones((2, 3), "uint8"),)),
    Row("einsum of int8", lambda x: ops.einsum("ij->j", x), (lambda rng: np.ones((2, 3), "int8"),)),
    Row("mean of float16", ops.mean, (lambda rng: np.ones((2, 3), "float16"),)),
]  # fmt: skip

# What Keras infers for them is not the shape of the result; minikeras infers the same.
SHAPE_AS_IN_KERAS = {"corrcoef", "slogdet"}
ROWS = [row for row in [*DIFFERENTIABLE, *OTHERS] if row.name not in SHAPE_AS_IN_KERAS]

# Their results have as many parts as an axis is long, or as there are distinct values: symbolic lengths are not enough.
LENGTH_DEPENDS_ON_VALUES = {"nonzero", "unique", "bincount", "bincount weights"}
# Their first axis cannot be unknown, or not in both inputs: they are made from or split along it, or squeeze it.
NEEDS_THE_FIRST_LENGTH = {
    *(
        "unstack",
        "array_split",
        "squeeze",
        "cross of 2",
        "correlate valid",
        "qr square",
        "qr wide",
        "eig",
        "eig complex",
    ),
    *("fft2", "ifft2", "searchsorted"),  # the last infers int64 for a sequence of unknown length, as Keras
    *("solve for a vector", "solve_triangular", "cholesky_inverse", "cholesky_inverse upper"),
}


def symbolic(x, unknown_batch=False):
    shape = (None, *x.shape[1:]) if unknown_batch and x.ndim else x.shape
    return Input(batch_shape=shape, dtype=x.dtype.name)


def agrees(spec, y, exactly):
    """Whether an inferred shape and dtype fit a result."""
    if len(spec.shape) != len(y.shape) or spec.dtype != y.dtype:
        return False
    return all(a == b or (a is None and not exactly) for a, b in zip(spec.shape, y.shape, strict=True))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_inferred_shapes_and_dtypes_are_those_of_the_result(row):
    inputs = row.draw()
    eager = tree.flatten(row.function(*[Tensor(x) for x in inputs]))
    inferred = tree.flatten(row.function(*[symbolic(x) for x in inputs]))
    assert len(eager) == len(inferred)
    for spec, y in zip(inferred, eager, strict=True):
        assert agrees(spec, y, row.name not in LENGTH_DEPENDS_ON_VALUES), f"inferred {spec}, result {y.shape} {y.dtype}"


@pytest.mark.parametrize("row", [row for row in ROWS if row.name not in NEEDS_THE_FIRST_LENGTH], ids=str)
def test_an_unknown_first_axis_is_inferred_as_unknown_or_right(row):
    inputs = row.draw()
    eager = tree.flatten(row.function(*[Tensor(x) for x in inputs]))
    inferred = tree.flatten(row.function(*[symbolic(x, unknown_batch=True) for x in inputs]))
    for spec, y in zip(inferred, eager, strict=True):
        assert agrees(spec, y, exactly=False), f"inferred {spec}, result {y.shape} {y.dtype}"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_graph_computes_the_eager_result(row):
    inputs = row.draw()
    symbols = [symbolic(x) for x in inputs]
    outputs = row.function(*symbols)
    if not all(isinstance(y, KerasTensor) for y in tree.flatten(outputs)):
        pytest.skip("the result does not depend on the inputs")
    graph = Function(symbols, outputs)
    eager = tree.flatten(row.function(*[Tensor(x) for x in inputs]))
    for y, expected in zip(tree.flatten(graph([Tensor(x) for x in inputs])), eager, strict=True):
        np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_operations_are_rebuilt_from_their_configs(row):
    inputs = row.draw()
    outputs = tree.flatten(row.function(*[symbolic(x) for x in inputs]))
    for y in outputs:
        operation = y._keras_history.operation
        config = operation.get_config()
        if isinstance(operation, ComposedOp):
            copy = ComposedOp.from_config(config, class_name=operation.class_name)
        else:
            copy = type(operation).from_config(config)
        assert copy.get_config() == config
        assert copy.name == operation.name
