"""Gamma and beta values."""

import numpy as np

from minikeras.kernels.random import stateless_gamma
from minikeras.random.drawing import draw, float_dtype, gamma_with_parameters


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
