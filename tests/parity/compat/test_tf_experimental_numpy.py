"""`tf.experimental.numpy` of the shim against the live one: values and NumPy's dtypes."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402

ROUNDING = 1e-6  # float32 results among them
A = np.array([[1.5, 2.5], [3.5, -1.0]])
I = np.array([[1, 2], [3, 4]])  # noqa: E741
F = A.astype("float32")

CALLS = [
    lambda m: m.array([1.0, 2.0]),
    lambda m: m.array([1, 2]),
    lambda m: m.array(1.5, dtype=m.float32),
    lambda m: m.zeros(3),
    lambda m: m.ones((2, 2)),
    lambda m: m.eye(2),
    lambda m: m.full((2,), 3),
    lambda m: m.arange(3),
    lambda m: m.arange(3.0),
    lambda m: m.linspace(0, 1, 3),
    lambda m: m.sqrt(F),
    lambda m: m.exp([0.0, 1.0]),
    lambda m: m.mean(I),
    lambda m: m.mean(F, axis=0),
    lambda m: m.sum(I, axis=1),
    lambda m: m.add(I, A),
    lambda m: m.multiply(F, 2),
    lambda m: m.true_divide(I, I),
    lambda m: m.power(A, 2),
    lambda m: m.matmul(I, A),
    lambda m: m.dot(F, F),
    lambda m: m.concatenate([I, A]),
    lambda m: m.stack([I, I]),
    lambda m: m.where(A > 0, A, 0),
    lambda m: m.take(A, [0, 1], axis=0),
    lambda m: m.take(A, [-3, 5, 1]),
    lambda m: m.take(A, [-3, 5, 1], axis=1, mode="wrap"),
    lambda m: m.logspace(0, 2, 3, dtype=float),
    lambda m: m.zeros_like(F, float),
    lambda m: m.ones_like(F, dtype=np.int32),
    lambda m: m.einsum("ij,jk->ik", A, I),
    lambda m: m.einsum("ij,jk->ik", A, A, casting="no", optimize="optimal"),
    lambda m: m.reshape(I, (4,)),
    lambda m: m.argmax(A),
    lambda m: m.size(A),
    lambda m: m.ndim(A),
    lambda m: m.nonzero(A)[0],
    lambda m: m.greater(I, 2),
]


def test_values_and_dtypes():
    for i, call in enumerate(CALLS):
        expected = np.asarray(call(tf.experimental.numpy))
        with tensor_attributes_installed():
            actual = np.asarray(call(shim.experimental.numpy))
        assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape), f"call {i}"
        np.testing.assert_allclose(actual, expected, rtol=ROUNDING)


def test_random_numbers_are_those_of_tensorflow():
    def drawn(m):
        m.seed(3)
        numbers = [m.rand(2), m.randn(2, 1), m.random(), m.standard_normal(2), m.uniform([1.0, 2.0], 3.0)]
        counts = [m.randint(5, size=3), m.randint(2, 9, dtype="int32"), m.poisson(3.0)]
        return [*numbers, *counts, m.uniform(1, 3, (2,))]

    with tensor_attributes_installed():
        ours = [np.asarray(x) for x in drawn(shim.experimental.numpy.random)]
    for actual, theirs in zip(ours, drawn(tf.experimental.numpy.random), strict=True):
        assert (actual.dtype, actual.shape) == (theirs.numpy().dtype, theirs.shape)
        np.testing.assert_allclose(actual, theirs.numpy(), rtol=ROUNDING)


def test_gradients():
    with tensor_attributes_installed(), shim.GradientTape() as tape:
        x = shim.experimental.numpy.array([1.0, 2.0])
        tape.watch(x)
        y = shim.experimental.numpy.sum(shim.experimental.numpy.square(x))
    assert tape.gradient(y, x).numpy().tolist() == [2.0, 4.0]
