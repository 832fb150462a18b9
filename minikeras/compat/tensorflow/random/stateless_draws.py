"""Random numbers that depend only on `seed`, two integers: those of `tf.random.stateless_…`."""

__replay__ = "computes"

import numpy as np

from minikeras import ops
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.kernels import random as kernels
from minikeras.kernels.random.permutation import shuffled_range
from minikeras.kernels.random.philox import from_seed_pair
from minikeras.kernels.random.uniform import full_integers
from minikeras.ops.conversion import data_tensor
from minikeras.random.drawing import (
    as_lengths,
    gamma_with_parameters,
    is_inferred,
    moved,
    required_float,
    standardize_shape,
)

_INTEGERS = ("int32", "int64", "uint32", "uint64")


def normal(shape, seed, mean=0.0, stddev=1.0, dtype="float32"):
    """mean + stddev · z, z of the density exp(−z²/2) / √(2π).

    Args:
        shape: list, tuple or tensor of lengths.
        seed: two integers.
        mean, stddev: numbers or tensors that broadcast to `shape`; gradients flow to them.
        dtype: a float dtype.
    """
    return moved(_draw(kernels.stateless_normal, shape, seed, required_float(dtype)), stddev, mean)


def truncated_normal(shape, seed, mean=0.0, stddev=1.0, dtype="float32"):
    """mean + stddev · z with |z| < 2: values further out are drawn again. The arguments are those of normal."""
    return moved(_draw(kernels.stateless_truncated_normal, shape, seed, required_float(dtype)), stddev, mean)


def uniform(shape, seed, minval=0, maxval=None, dtype="float32"):
    """Values uniform in [minval, maxval).

    Args:
        shape: list, tuple or tensor of lengths.
        seed: two integers.
        minval, maxval: for floats numbers or tensors, `maxval` None meaning 1; for integers numbers, or both None for
            the whole range of the dtype.
        dtype: a float or integer dtype.

    Raises:
        ValueError: integers with only one bound, or an unsigned dtype with bounds.
    """
    dtype = standardize_dtype(dtype)
    if dtype in _INTEGERS:
        return _draw(_integers(minval, maxval, dtype), shape, seed, dtype)
    u = _draw(kernels.stateless_uniform, shape, seed, required_float(dtype))
    minval = data_tensor(minval, dtype)
    return moved(u, data_tensor(1 if maxval is None else maxval, dtype) - minval, minval)


def gamma(shape, seed, alpha, beta=None, dtype="float32"):
    """Gamma values of the density x^(α−1) · exp(−βx) · β^α / Γ(α).

    Args:
        shape: lengths, ending with the shape of alpha and beta broadcast together.
        seed: two integers.
        alpha, beta: concentration and rate; `beta` None means 1. Gradients flow to both.
        dtype: a float dtype.
    """
    dtype = required_float(dtype)
    alphas = as_array(alpha, dtype)
    alphas = np.broadcast_to(alphas, np.broadcast_shapes(alphas.shape, np.shape(as_array(1 if beta is None else beta))))

    def draw(seed_pair, shape, dtype):
        return kernels.stateless_gamma(seed_pair, shape, alphas, dtype)

    return gamma_with_parameters(_draw(draw, shape, seed, dtype), alpha, beta, dtype)


def poisson(shape, seed, lam, dtype="int32"):
    """Numbers of events where `lam` are expected; `shape` ends with the shape of `lam`."""

    def draw(seed_pair, shape, dtype):
        return kernels.stateless_poisson(seed_pair, shape, as_array(lam), dtype)

    return _draw(draw, shape, seed, standardize_dtype(dtype))


def binomial(shape, seed, counts, probs, output_dtype="int32"):
    """How many of `counts` trials succeed, each with probability `probs`; `shape` ends with their common shape."""

    def draw(seed_pair, shape, dtype):
        return kernels.stateless_binomial(
            seed_pair, shape, as_array(counts, "float32"), as_array(probs, "float32"), dtype
        )

    return _draw(draw, shape, seed, standardize_dtype(output_dtype))


def categorical(logits, num_samples, seed, dtype="int64"):
    """(batch, num_samples) class indices, drawn with probabilities softmax(logits), (batch, classes).

    Raises:
        ValueError: `logits` does not have two axes.
    """
    logits = data_tensor(logits)
    if len(logits.shape) != 2:
        raise ValueError(f"logits must be a matrix (batch, classes). Received: logits.shape={tuple(logits.shape)}")
    if isinstance(logits, KerasTensor):
        return KerasTensor((logits.shape[0], int(num_samples)), dtype)
    samples = kernels.stateless_categorical(seed_pair_of(seed), logits.array, int(num_samples))
    return Tensor(samples.astype(standardize_dtype(dtype), copy=False))


def split(seed, num=2):
    """`num` new seeds from one, (num, 2), of the seed's dtype: int32 for Python integers."""
    seed = data_tensor(seed)
    return uniform((int(num), 2), seed, None, None, seed.dtype)


def fold_in(seed, data):
    """A new seed (2,) from a seed and a number, such as that of a step."""
    data = data_tensor(data)
    return ops.stack([uniform((), seed, None, None, data.dtype), data])


def shuffle(value, seed):
    """The slices of `value` along its first axis, in an order that depends on `seed`."""
    value = data_tensor(value)
    return ops.take(value, shuffled_range(*from_seed_pair(seed_pair_of(seed)), value.shape[0]), axis=0)


def _draw(kernel, shape, seed, dtype):
    shape = standardize_shape(as_lengths(shape))
    if is_inferred((shape,)):
        return KerasTensor(shape, dtype)
    return Tensor(kernel(seed_pair_of(seed), shape, dtype))


def _integers(minval, maxval, dtype):
    if minval is None and maxval is None:
        return lambda seed_pair, shape, dtype: full_integers(from_seed_pair(seed_pair), shape, dtype)
    if maxval is None or dtype.startswith("u"):
        raise ValueError(
            f"For {dtype}, give both bounds or, for the whole range, None for both"
            + (" (bounds are for signed integers alone)" if dtype.startswith("u") else "")
            + f". Received: minval={minval}, maxval={maxval}"
        )
    bounds = int(as_array(minval)), int(as_array(maxval))
    return lambda seed_pair, shape, dtype: kernels.stateless_uniform(seed_pair, shape, dtype, *bounds)


def seed_pair_of(seed):
    """The two integers of a seed given as a tensor or list.

    Raises:
        ValueError: not two.
    """
    pair = [int(s) for s in (seed if isinstance(seed, (list, tuple)) else np.atleast_1d(as_array(seed)))]
    if len(pair) != 2:
        raise ValueError(f"`seed` must be two integers. Received: seed={seed}")
    return pair
