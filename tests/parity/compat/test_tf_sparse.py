"""`tf.sparse` of the shim against the live one: positions, values, shapes, and gradients of the values."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.namespaces import namespace_shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402

ROUNDING = 1e-6  # of sums of a few float32 numbers

POSITIONS = [[0, 1], [0, 3], [2, 0], [2, 2]]
OTHER = [[0, 1], [1, 1], [2, 3]]


def a(t):
    return t.SparseTensor(POSITIONS, t.constant([1.0, -2.0, 3.0, 4.0]), [3, 4])


def b(t):
    return t.SparseTensor(OTHER, t.constant([5.0, 6.0, -3.0]), [3, 4])


CALLS = {
    "add": lambda t: t.sparse.add(a(t), b(t)),
    "add with a threshold": lambda t: t.sparse.add(a(t), b(t), 3.5),
    "add a dense one": lambda t: t.sparse.add(a(t), t.ones((3, 4))),
    "map_values": lambda t: t.sparse.map_values(t.square, a(t)),
    "reduce_sum": lambda t: t.sparse.reduce_sum(a(t)),
    "reduce_sum of rows": lambda t: t.sparse.reduce_sum(a(t), 1),
    "reduce_sum, kept": lambda t: t.sparse.reduce_sum(a(t), 0, keepdims=True),
    "reduce_sum, sparse": lambda t: t.sparse.reduce_sum(a(t), 1, output_is_sparse=True),
    "reduce_max": lambda t: t.sparse.reduce_max(a(t), -1),
    "concat": lambda t: t.sparse.concat(1, [a(t), b(t)]),
    "concat of rows": lambda t: t.sparse.concat(0, [a(t), b(t)]),
    "slice": lambda t: t.sparse.slice(a(t), [0, 1], [3, 2]),
    "reshape": lambda t: t.sparse.reshape(a(t), [2, -1]),
    "transpose": lambda t: t.sparse.transpose(a(t)),
    "retain": lambda t: t.sparse.retain(a(t), [True, False, False, True]),
    "fill_empty_rows": lambda t: t.sparse.fill_empty_rows(a(t), 9.0),
}


def arrays(result):
    if isinstance(result, (list, tuple)):
        return [array for part in result for array in arrays(part)]
    if hasattr(result, "dense_shape"):
        return [part.numpy() for part in (result.indices, result.values, result.dense_shape)]
    return [result.numpy()]


def test_calls():
    for name, call in CALLS.items():
        expected = arrays(call(tf))
        with tensor_attributes_installed():
            actual = arrays(call(shim))
        assert len(actual) == len(expected), name
        for ours, theirs in zip(actual, expected, strict=True):
            assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape), name
            np.testing.assert_allclose(ours, theirs, rtol=ROUNDING, atol=ROUNDING, err_msg=name)


def test_gradients_of_values():
    def gradient(t):
        values = t.constant([1.0, -2.0, 3.0, 4.0])
        with t.GradientTape() as tape:
            tape.watch(values)
            x = t.SparseTensor(POSITIONS, values, [3, 4])
            y = t.reduce_sum(t.square(t.sparse.add(x, b(t)).values))
        return tape.gradient(y, values).numpy()

    with tensor_attributes_installed():
        actual = gradient(shim)
    np.testing.assert_allclose(actual, gradient(tf), rtol=ROUNDING, atol=ROUNDING)


def unsorted(t):
    return t.SparseTensor([[0, 2], [0, 1]], t.constant([1.0, 2.0]), [3, 4])


def wider(t):
    return t.SparseTensor([[0, 1]], t.constant([1.0]), [3, 5])


WRONG = {
    "to_dense, out of order": lambda t: t.sparse.to_dense(unsorted(t)),
    "to_dense, a place outside": lambda t: t.sparse.to_dense(t.SparseTensor([[0, 7]], t.constant([1.0]), [3, 4])),
    "add": lambda t: t.sparse.add(a(t), wider(t)),
    "map_values": lambda t: t.sparse.map_values(t.add, a(t), b(t)),
    "map_values of none": lambda t: t.sparse.map_values(t.abs, t.constant(1.0)),
    "sparse_dense_matmul": lambda t: t.sparse.sparse_dense_matmul(a(t), t.ones((3, 2))),
    "concat": lambda t: t.sparse.concat(0, [a(t), wider(t)]),
    "reshape": lambda t: t.sparse.reshape(a(t), [5, 5]),
    "union": lambda t: t.sets.union(t.constant([[1, 2]]), t.constant([[[1, 2]]])),
    "retain": lambda t: t.sparse.retain(a(t), [True]),
    "transpose": lambda t: t.sparse.transpose(a(t), [0]),
    "reduce_sum": lambda t: t.sparse.reduce_sum(a(t), axis=5),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_raise_what_tensorflow_raises(name):
    errors = []
    for module in (namespace_shim("tensorflow"), tf):
        with pytest.raises(Exception) as caught:  # noqa: PT011  of which type is the question
            WRONG[name](module)
        errors.append(caught.type.__name__)
    assert errors[0] == errors[1]
