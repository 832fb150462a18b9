"""Core ops (scatter, slices, segments, loops, casts) against the live keras.ops."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from minikeras.autodiff import GradientTape, KerasTensor, Tensor  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, assert_close, assert_same_nested  # noqa: E402


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def f32(values):
    return np.array(values, "float32")


def i32(values):
    return np.array(values, "int32")


def gradients(keras_like, run, inputs):
    """Outputs and gradients on one side. `run(ops, *inputs)` gives a tensor or a nest of them."""
    ours = keras_like is minikeras
    tensors = [(Tensor if ours else tf.constant)(x) for x in inputs]
    floats = [t for t, x in zip(tensors, inputs, strict=True) if x.dtype.kind == "f"]
    tape = (GradientTape if ours else tf.GradientTape)()
    with tape:
        for x in floats:
            tape.watch(x)
        outputs = run(keras_like.ops, *tensors)
        flat = keras_like.tree.flatten(outputs)
        weights = [np.random.default_rng(1).normal(size=y.shape).astype("float32") for y in flat]
        total = [y * w for y, w in zip(flat, weights, strict=True) if "float" in str(y.dtype)]
    found = tape.gradient(total, floats) if total and floats else []
    return [np.asarray(y) for y in flat], [None if g is None else np.asarray(keras_like.ops.convert_to_tensor(g))
                                           for g in found]  # fmt: skip


X = normal(3, 4)
IDS = i32([0, 2, 0, -1, 4, 2])
TIED = f32([[1, 2], [1, 1], [1, 3], [0, 0], [2, 2], [1, 1]])

CASES = {
    "scatter": (lambda ops, v: ops.scatter([[0], [0], [2]], v, (4,)), [normal(3)]),
    "scatter rows": (lambda ops, v: ops.scatter([[1], [1]], v, (3, 4)), [normal(2, 4)]),
    "scatter ints": (lambda ops, v: ops.scatter([[1, 1], [1, 2]], v, (3, 4)), [i32([4, 5])]),
    **{
        f"scatter_update {reduction}": (
            lambda ops, x, u, reduction=reduction: ops.scatter_update(x, [[0, 0], [0, 0], [2, 1]], u, reduction),
            [X, normal(3, seed=1)],
        )
        for reduction in (None, "add", "max", "min", "mul")
    },
    "scatter_update rows": (lambda ops, x, u: ops.scatter_update(x, [[2], [0]], u, "add"), [X, normal(2, 4, seed=1)]),
    "scatter_update ties": (
        lambda ops, x, u: ops.scatter_update(x, [[0, 0], [0, 0], [1, 1]], u, "max"),
        [f32([[0, 1], [2, 5]]), f32([0, 0, 5])],
    ),
    "slice": (lambda ops, x: ops.slice(x, (1, 0), (2, -1)), [X]),
    "slice by tensor": (lambda ops, x, start: ops.slice(x, start, (1, 2)), [X, i32([2, 1])]),
    # integers, since TensorFlow has no gradient for its slice_update
    "slice_update": (lambda ops, x, u: ops.slice_update(x, (1, 1), u), [i32(X * 9), i32([[1, 2]])]),
    "slice_update over the edge": (lambda ops, x, u: ops.slice_update(x, (2, -1), u), [i32(X * 9), i32([[1], [2]])]),
    **{
        f"{name} {n}": (lambda ops, x, name=name, n=n: getattr(ops, name)(x, IDS, n), [TIED])
        for name in ("segment_sum", "segment_max", "segment_min", "segment_prod")
        for n in (5, 7)
    },
    # Keras counts the distinct numbers and fails if there is a gap between them
    "segment_sum of unknown number": (lambda ops, x: ops.segment_sum(x, i32([0, 2, 0, 1, 3, 2])), [TIED]),
    "segment_max sorted": (lambda ops, x: ops.segment_max(x, i32([0, 0, 2, 2, 2, 5]), sorted=True), [TIED]),
    "segment_sum ints": (lambda ops, x: ops.segment_sum(x, i32([0, 1, 0]), 4), [i32([1, 2, 3])]),
    "cond": (lambda ops, x: ops.cond(x[0, 0] > 0, lambda: x * 2, lambda: x * 3), [X]),
    "switch": (lambda ops, x: ops.switch(7, [lambda x: x, lambda x: x * x], x), [X]),
    "while_loop": (
        lambda ops, x: ops.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * x), (0, x), maximum_iterations=2),
        [X],
    ),
    "fori_loop": (lambda ops, x: ops.fori_loop(1, 4, lambda i, y: y * x, x), [X]),
    "scan": (lambda ops, c, x: ops.scan(lambda c, x: (c * x, c + x), c, x), [normal(4), X]),
    "scan in reverse": (lambda ops, c, x: ops.scan(lambda c, x: (c * x, c + x), c, x, reverse=True), [normal(4), X]),
    "scan without xs": (lambda ops, c: ops.scan(lambda c, _: (c * 2, c), c, length=3), [normal(4)]),
    "associative_scan": (lambda ops, x: ops.associative_scan(lambda a, b: a * b, x, axis=1), [normal(2, 7)]),
    "associative_scan nested in reverse": (
        lambda ops, x, y: ops.associative_scan(lambda a, b: (a[0] + b[0], a[1] * b[1]), (x, y), reverse=True),
        [normal(6), normal(6, seed=1)],
    ),
    "map": (lambda ops, x: ops.map(lambda row: row * row[0], x), [X]),
    "map nested": (lambda ops, x, y: ops.map(lambda xy: (xy[0] + xy[1], xy[0]), (x, y)), [X, normal(3, 4, seed=1)]),
    "vectorized_map": (lambda ops, x: ops.vectorized_map(lambda row: row * ops.sum(row), x), [X]),
    "vectorized_map of one and many": (
        lambda ops, x, y: ops.vectorized_map(lambda xy: xy[0] + xy[1], (x, y)),
        [i32(X * 9), i32([[1, 2, 3, 4]])],
    ),
    "unstack": (lambda ops, x: ops.unstack(x, axis=1), [X]),
    "rearrange": (lambda ops, x: ops.rearrange(x, "a (b c) -> (c a) b", b=2), [X]),
    "rearrange patches": (
        lambda ops, x: ops.rearrange(x, "b (h p) (w q) c -> b h w (p q c)", p=2, q=3),
        [normal(2, 4, 6, 3)],
    ),
    **{
        f"saturate_cast {dtype}": (
            lambda ops, x, dtype=dtype: ops.saturate_cast(x, dtype),
            [f32([-1e10, -300, -1.5, 0, 1.7, 300, 70000, 1e10, np.inf])],
        )
        for dtype in ("uint8", "int8", "int16", "float16", "bool", "float64")  # to int32 Keras lets 1e10 wrap around
    },
    "saturate_cast of integers": (lambda ops, x: ops.saturate_cast(x, "uint8"), [i32([-5, 5, 500])]),
    "cast": (lambda ops, x: ops.cast(x, "int32"), [X * 10]),
    **{name: (lambda ops, x, name=name: getattr(ops, name)(x), [normal(50)]) for name in ("erf", "erfc")},
    "erfinv": (lambda ops, x: ops.erfinv(x), [np.tanh(normal(50))]),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name):
    run, inputs = CASES[name]
    ours, theirs = gradients(minikeras, run, inputs), gradients(keras, run, inputs)
    assert [y.dtype for y in ours[0]] == [y.dtype for y in theirs[0]]
    assert_same_nested("ops: core", ours, theirs, SAME_FORMULA, name)


REFUSED = {
    "scatter beyond the end": lambda ops: ops.scatter([[4]], [1.0], (4,)),
    "scatter before the start": lambda ops: ops.scatter([[-1]], [1.0], (4,)),
    "scatter_update beyond the end": lambda ops: ops.scatter_update(X, [[3, 0]], [1.0]),
    "unknown reduction": lambda ops: ops.scatter_update(X, [[0, 0]], [1.0], reduction="mean"),
    "slice over the edge": lambda ops: ops.slice(X, (1, 1), (3, 2)),
    "segment beyond the end": lambda ops: ops.segment_sum(f32([1, 2]), i32([0, 5]), 3),
    "segments in a matrix": lambda ops: ops.segment_sum(f32([[1, 2]]), i32([[0, 1]]), 3),
    "sorted segments with their number": lambda ops: ops.segment_sum(f32([1, 2]), i32([0, 1]), 3, sorted=True),
    "scan without steps": lambda ops: ops.scan(lambda c, x: (c, c), f32(0)),
    "scan of a number": lambda ops: ops.scan(3, f32(0), f32([1])),
    "scan unrolled 0 times": lambda ops: ops.scan(lambda c, x: (c, c), f32(0), f32([1]), unroll=0),
    "scan with another length": lambda ops: ops.scan(lambda c, x: (c, c), f32(0), f32([1, 2]), length=3),
    "associative_scan of two lengths": lambda ops: ops.associative_scan(
        lambda a, b: (a[0] + b[0], a[1]), (f32([1, 2]), f32([1]))
    ),
    "map of nothing": lambda ops: ops.map(lambda x: x, np.zeros((0, 2), "float32")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse(name):
    with pytest.raises((ValueError, IndexError, TypeError)):
        REFUSED[name](minikeras.ops)
    with pytest.raises((ValueError, TypeError, tf.errors.OpError)):
        REFUSED[name](keras.ops)


SYMBOLIC = {
    "scatter": lambda ops, K: ops.scatter(K((3, 1), "int32"), K((3,)), (4,)),
    "scatter_update": lambda ops, K: ops.scatter_update(K((3, 4)), K((2, 1), "int32"), K((2, 4))),
    "slice": lambda ops, K: ops.slice(K((None, 4)), (0, 1), (2, 2)),
    "slice_update": lambda ops, K: ops.slice_update(K((3, 4)), (0, 1), K((1, 1))),
    "segment_sum": lambda ops, K: ops.segment_sum(K((4, 2)), K((4,), "int32"), 3),
    "segment_max of unknown number": lambda ops, K: ops.segment_max(K((None, 2)), K((None,), "int32")),
    "cond": lambda ops, K: ops.cond(K((), "bool"), lambda: K((2,)), lambda: K((2,))),
    "switch": lambda ops, K: ops.switch(K((), "int32"), [lambda x: x, lambda x: x + 1], K((2,))),
    "while_loop": lambda ops, K: ops.while_loop(lambda i: i < 3, lambda i: i + 1, K((2,))),
    "fori_loop": lambda ops, K: ops.fori_loop(0, 3, lambda i, v: v * 2, K((2,))),
    "scan": lambda ops, K: ops.scan(lambda c, x: (c + x, c), K((2,)), K((4, 2))),
    "associative_scan": lambda ops, K: ops.associative_scan(lambda a, b: a + b, K((4, 2))),
    "map": lambda ops, K: ops.map(lambda x: x * 2, K((None, 4))),
    "vectorized_map": lambda ops, K: ops.vectorized_map(lambda x: x * 2, K((None, 4))),
    "unstack": lambda ops, K: ops.unstack(K((None, 3)), axis=1),
    "rearrange": lambda ops, K: ops.rearrange(K((2, 4, 6)), "a b (c d) -> (a c) d b", d=2),
    "saturate_cast": lambda ops, K: ops.saturate_cast(K((None, 4)), "uint8"),
    **{
        f"nothing of axis 1 by {part}": lambda ops, K, part=part: K((None, 3))[:, part]
        for part in (slice(3, None), slice(5, None), slice(2, 1), slice(None, -3))
    },
    "differences of differences until nothing is left": lambda ops, K: ops.diff(K((None, 3)), n=4)[..., None],
}


@pytest.mark.parametrize("name", SYMBOLIC)
def test_symbolic_shapes(name):
    run = SYMBOLIC[name]
    ours = minikeras.tree.flatten(run(minikeras.ops, KerasTensor))
    theirs = keras.tree.flatten(run(keras.ops, keras.KerasTensor))
    assert [(y.shape, y.dtype) for y in ours] == [(tuple(y.shape), y.dtype) for y in theirs]
    operations = [side[0]._keras_history.operation for side in (ours, theirs)]
    names = [getattr(operation, "class_name", type(operation).__name__) for operation in operations]
    assert names[0] == names[1], "files name the class"


REALS = (1, 1.5, True, [1, 2], [1.0, 2], np.float64(3), np.int64(3), np.arange(3), [[True]], np.zeros(2, "float16"))


@pytest.mark.parametrize("dtype", [None, "float32", "int32", "bool"])
def test_convert_to_tensor(dtype):
    for x in REALS:
        ours = minikeras.ops.convert_to_tensor(x, dtype)
        theirs = keras.ops.convert_to_tensor(x, dtype)
        assert ours.dtype == theirs.dtype.name, x
        assert_close("ops: core", ours, theirs, 0, f"convert_to_tensor({x}, {dtype})")


@pytest.mark.parametrize("value", ["aé", b"a", ["a", "bc"], [["a"], ["b"]], np.array(["a", "bcd"])], ids=repr)
def test_convert_strings_to_tensors(value):
    ours, theirs = minikeras.ops.convert_to_tensor(value), keras.ops.convert_to_tensor(value)
    assert ours.dtype == theirs.dtype.name == "string"
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert np.array_equal(ours.numpy(), theirs.numpy())
