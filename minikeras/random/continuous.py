"""Uniform, normal and truncated normal values."""

from minikeras.autodiff.tensor import as_array
from minikeras.kernels.random import stateless_normal, stateless_truncated_normal, stateless_uniform
from minikeras.random.drawing import draw, float_dtype


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed values: mean + stddev · z, z of the density exp(−z²/2) / √(2π).

    Args:
        shape: tuple of lengths.
        mean, stddev: numbers, or arrays that broadcast to `shape`.
        dtype: a float dtype, `floatx()` if None.
        seed: integer, SeedGenerator or None (see `keras.random`).
    """
    return draw(stateless_normal, shape, float_dtype(dtype, "normal"), seed, mean, stddev)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed values, those more than two `stddev` from `mean` drawn again: mean + stddev · z, |z| < 2.

    What remains has a standard deviation of 0.8796 · stddev.

    Args:
        shape: tuple of lengths.
        mean, stddev: numbers, or arrays that broadcast to `shape`.
        dtype: a float dtype, `floatx()` if None.
        seed: integer, SeedGenerator or None (see `keras.random`).
    """
    return draw(stateless_truncated_normal, shape, float_dtype(dtype, "truncated_normal"), seed, mean, stddev)


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Values uniform in [minval, maxval).

    Args:
        shape: tuple of lengths.
        minval, maxval: numbers, or arrays that broadcast to `shape`.
        dtype: a float dtype, `floatx()` if None.
        seed: integer, SeedGenerator or None (see `keras.random`).

    Raises:
        ValueError: an integer dtype; use `randint`.
    """
    return uniform_of_any_dtype(shape, minval, maxval, float_dtype(dtype, "uniform"), seed)


def uniform_of_any_dtype(shape, minval, maxval, dtype, seed):
    """`uniform`, which also draws integers for "int32" and "int64", with truncated bounds."""
    bounds = _by_way_of_float32(minval), _by_way_of_float32(maxval)
    return draw(stateless_uniform, shape, dtype, seed, *bounds)


def _by_way_of_float32(bound):
    """Keras's `uniform` (alone) rounds Python floats to float32 first, which a float64 result shows: 0.1 + 1.5e-9."""
    return as_array(bound, "float32") if type(bound) in (float, list, tuple) else bound
