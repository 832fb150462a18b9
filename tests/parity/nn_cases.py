"""Arrays for the ops of neural networks, and their calls in both packages."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from minikeras.autodiff import GradientTape, KerasTensor, Tensor  # noqa: E402
from minikeras.ops import nn  # noqa: E402
from tests.parity.comparing import (  # noqa: E402
    assert_close,
    assert_same_nested,
)

inf, nan = np.inf, np.nan


def normal(*shape, seed=0, scale=1.0):
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype("float32")


def uniform(low, high, *shape, seed=0):
    return np.random.default_rng(seed).uniform(low, high, shape).astype("float32")


def ties(*shape, seed=0):
    """Small integers as floats: many windows have several maxima."""
    return np.random.default_rng(seed).integers(0, 3, shape).astype("float32")


def f32(values):
    return np.array(values, "float32")


def projection(shape, seed=9):
    return np.random.default_rng(seed).normal(size=tuple(shape)).astype("float32")


def ours_with_gradients(function, inputs, kwargs):
    tensors = [Tensor(x) for x in inputs]
    floats = [x for x in tensors if "float" in x.dtype]
    with GradientTape() as tape:
        tape.watch(floats)
        outputs = function(*tensors, **kwargs)
        parts = outputs if isinstance(outputs, tuple) else (outputs,)
        scalars = [y * projection(y.shape).astype(y.dtype) for y in parts]
    return [y.numpy() for y in parts], [None if g is None else np.asarray(g) for g in tape.gradient(scalars, floats)]


def theirs_with_gradients(function, inputs, kwargs):
    tensors = [tf.constant(x) for x in inputs]
    floats = [x for x in tensors if x.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(floats)
        outputs = function(*tensors, **kwargs)
        parts = outputs if isinstance(outputs, tuple) else (outputs,)
        scalars = [y * tf.cast(projection(y.shape), y.dtype) for y in parts]
    return [y.numpy() for y in parts], [None if g is None else g.numpy() for g in tape.gradient(scalars, floats)]


def theirs_by_float64(function, inputs, kwargs):
    """What TensorFlow computes of float32 arrays in float64, rounded to float32."""
    doubles = theirs_with_gradients(function, [x.astype("float64") for x in inputs], kwargs)
    return tuple([array.astype("float32") for array in arrays] for arrays in doubles)


def check(group, name, inputs, kwargs, tolerance, symbolic=True, theirs_with_gradients=theirs_with_gradients):
    """Values, dtypes and gradients of one op on both sides, then its symbolic shape with an unknown batch."""
    ours, our_gradients = ours_with_gradients(getattr(nn, name), inputs, kwargs)
    theirs, their_gradients = theirs_with_gradients(getattr(keras.ops.nn, name), inputs, kwargs)
    for y, expected in zip(ours, theirs, strict=True):
        assert y.dtype == expected.dtype, f"{name}: dtype {y.dtype}, keras has {expected.dtype}"
        assert_close(group, y, expected, tolerance, name)
    assert_same_nested(f"{group}, gradients", our_gradients, their_gradients, tolerance, f"gradient of {name}")
    if symbolic:
        shapes = [y.shape for y in theirs]
        found = getattr(nn, name)(*[KerasTensor(x.shape, x.dtype.name) for x in inputs], **kwargs)
        found = found if isinstance(found, tuple) else (found,)
        assert [y.shape for y in found] == shapes, f"{name}: symbolic {found}"
        assert [y.dtype for y in found] == [y.dtype.name for y in theirs], f"{name}: symbolic {found}"


def case_id(case):
    name, *_, kwargs = case
    return "-".join([name, *[f"{key}={value}" for key, value in kwargs.items()]])


CORNERS = f32([-20, -6, -3, -1.5, -1, -0.6, -0.5, -0.1, 0, 0.1, 0.5, 0.6, 1, 1.5, 3, 6, 20])


def keras_tensor(ops, x):
    return tf.constant(x) if ops is keras.ops.nn else Tensor(x)
