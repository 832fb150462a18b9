"""Derivatives of plain functions of arrays by difference quotients."""

import numpy as np

STEP = 1e-5  # so small that few steps cross the corner of a relu; rounding leaves 1e-9 of the value
DIRECTIONS = 4


def directions(shape):
    """Random directions in which to look: a gradient that is wrong anywhere has a wrong slope along each of them."""
    return np.random.default_rng(5).normal(size=(DIRECTIONS, *shape))


def slopes(function, x):
    """The derivative of a scalar function at x along each direction."""

    def at(steps, direction):
        return function(x + steps * STEP * direction)

    return [(8 * (at(1, u) - at(-1, u)) - (at(2, u) - at(-2, u))) / (12 * STEP) for u in directions(x.shape)]


def assert_gradient(gradient, slopes, tolerance, what):
    """Σ gradient · u is the slope along u, to `tolerance` of the root of the sum of the products' squares."""
    for u, slope in zip(directions(gradient.shape), slopes, strict=True):
        products = gradient.astype("float64") * u
        scale = max(float(np.sqrt(np.sum(products**2))), 1.0)
        error = abs(products.sum() - slope) / scale
        assert error <= tolerance, (
            f"{what}: {products.sum()} along a direction, by differences {slope}, off by {error:.1e}"
        )
