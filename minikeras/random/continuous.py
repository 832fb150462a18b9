"""Uniform, normal, truncated normal, gamma and beta values."""

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.kernels.random import stateless_gamma, stateless_normal, stateless_truncated_normal, stateless_uniform
from minikeras.random.drawing import draw, float_dtype, gamma_with_parameters


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
    """Only Keras's `uniform` rounds Python floats to float32 first, as a float64 result shows: 0.1 + 1.5e-9."""
    return as_array(bound, "float32") if type(bound) in (float, list, tuple) else bound


def gamma(shape, alpha, dtype=None, seed=None):
    """Gamma values with the density x^(α−1) · exp(−x) / Γ(α), x > 0. Gradients flow to `alpha`.

    Args:
        shape: tuple of lengths.
        alpha: number, or array in whose shape `shape` ends.
        dtype: a float dtype, `floatx()` if None.
        seed: integer, SeedGenerator or None (see `keras.random`).

    Raises:
        ValueError: `shape` does not end with the shape of `alpha`.
    """
    dtype = float_dtype(dtype, "gamma")
    return gamma_with_parameters(draw(_gamma, shape, dtype, seed, alpha), alpha, None, dtype)


def _gamma(seed_pair, shape, dtype, alpha):
    return stateless_gamma(seed_pair, shape, alpha, dtype)


def beta(shape, alpha, beta, dtype=None, seed=None):
    """Beta values with the density x^(α−1) · (1−x)^(β−1) / B(α, β), 0 < x < 1, as X / (X + Y) of two gamma values.

    X is drawn with the concentration α, Y with β and another seed: both numbers of the pair 12 higher, as Keras
    chose.

    Args:
        shape: tuple of lengths.
        alpha, beta: numbers, or arrays that broadcast to `shape`.
        dtype: a float dtype, `floatx()` if None.
        seed: integer, SeedGenerator or None (see `keras.random`).
    """
    return draw(_beta, shape, float_dtype(dtype, "beta"), seed, alpha, beta)


def _beta(seed_pair, shape, dtype, alpha, beta):
    first, second = seed_pair
    x = stateless_gamma((first, second), shape, np.broadcast_to(alpha, shape), dtype)
    y = stateless_gamma((_twelve_more(first), _twelve_more(second)), shape, np.broadcast_to(beta, shape), dtype)
    return x / (x + y)


def _twelve_more(seed):
    """In int32, where the largest is followed by the smallest."""
    return (seed + 12 + 2**31) % 2**32 - 2**31
