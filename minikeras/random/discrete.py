"""Integers: between bounds, classes by their logits, successes among trials."""

from functools import partial

import numpy as np

from minikeras.autodiff.dtypes import as_float, is_float, standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.kernels.random import stateless_binomial, stateless_categorical, stateless_uniform
from minikeras.random.drawing import draw, is_inferred, standardize_shape
from minikeras.random.seed_generator import draw_seed_pair


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Integers uniform in minval … maxval − 1.

    Args:
        shape: tuple of lengths.
        minval, maxval: integers.
        dtype: an integer dtype. All except "int32" and "int64" are drawn as int64 and cast.
        seed: integer, SeedGenerator or None (see `keras.random`).

    Raises:
        ValueError: a float dtype; bounds that are not integers; maxval ≤ minval.
    """
    dtype = standardize_dtype(dtype)
    if np.dtype(dtype).kind not in "iu":
        raise ValueError(
            f"`keras.random.randint` requires an integer `dtype`, as it draws such. Received: dtype={dtype}"
        )
    shape = standardize_shape(shape)
    if is_inferred((shape, minval, maxval)):
        return KerasTensor(shape, dtype)
    bounds = _whole("minval", minval), _whole("maxval", maxval)
    return draw(partial(_between, bounds), shape, dtype, seed)


def _between(bounds, seed_pair, shape, dtype):
    drawn = dtype if dtype in ("int32", "int64") else "int64"
    return stateless_uniform(seed_pair, shape, drawn, *bounds).astype(dtype, copy=False)


def _whole(name, value):
    array = as_array(value)
    if array.dtype.kind not in "iu" or array.size != 1:
        raise ValueError(f"`{name}` must be one integer. Received: {name}={value!r}. For fractions use `uniform`.")
    return int(array.item())


def categorical(logits, num_samples, dtype="int32", seed=None):
    """Class indices (batch, num_samples), drawn with the probabilities softmax(logits) of each row.

    Args:
        logits: (batch, classes), logarithms of the probabilities up to a constant of the row.
        num_samples: how many for each row.
        dtype: of the result.
        seed: integer, SeedGenerator or None (see `keras.random`).

    Raises:
        ValueError: `logits` does not have two axes.
    """
    symbolic = is_inferred((logits,))
    logits = logits if symbolic else as_float(as_array(logits))
    if len(logits.shape) != 2:
        raise ValueError(
            f"`logits` should be a 2-D tensor, (batch, classes). Received: logits.shape={tuple(logits.shape)}"
        )
    if symbolic:
        return KerasTensor((logits.shape[0], num_samples), dtype)
    samples = stateless_categorical(draw_seed_pair(seed), logits, num_samples)
    return Tensor(samples.astype(standardize_dtype(dtype), copy=False))


def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """How many of `counts` trials succeed, each with the given probability: P(k) = (n over k) · p^k · (1−p)^(n−k).

    Args:
        shape: tuple of lengths; it must end with the shape of `counts` and `probabilities` broadcast together.
        counts, probabilities: numbers or arrays. Tensors of a float dtype keep it, all else is taken in float32,
            which decides in a few borderline cases between two methods.
        dtype: of the result, `floatx()` if None.
        seed: integer, SeedGenerator or None (see `keras.random`).
    """
    dtype = standardize_dtype(dtype)
    shape = standardize_shape(shape)
    if is_inferred((shape, counts, probabilities)):
        return KerasTensor(shape, dtype)
    own_dtype = (
        probabilities.dtype if isinstance(probabilities, Tensor) and is_float(probabilities.dtype) else "float32"
    )
    counts, probabilities = as_array(counts, own_dtype), as_array(probabilities, own_dtype)
    return Tensor(stateless_binomial(draw_seed_pair(seed), shape, counts, probabilities, dtype))
