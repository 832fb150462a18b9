"""Comparing minikeras with definitions in plain NumPy: values, and gradients with difference quotients.

A definition is a function of float64 arrays. What it defines must have its values, and gradients whose sum along random
directions is the slope of the definition in these directions.
"""

import numpy as np

from minikeras import layers
from minikeras.plans.explain import how
from minikeras.plans.instructions import Read
from minikeras.plans.plan import Plan

STEP = 1e-5  # so small that few steps cross the corner of a relu; rounding leaves 1e-9 of the value
DIRECTIONS = 4
# Relative to the largest value. float64: the same sums in another order, and for gradients the error of the difference
# quotients. float32: its rounding (6e-8) in sums of up to some hundred terms, Winograd's coarser one among them.
VALUES = {"float64": 1e-12, "float32": 1e-5}
GRADIENTS = {"float64": 1e-7, "float32": 1e-5}
# Gradients in float32 that are computed from a variable W as W − (W − g): the rounding of W adds to theirs.
TRAINED = 2e-5
STEPS = 4  # of training: the first are traced, the last ones are replays of the plan


def assert_near(actual, expected, tolerance, what):
    """Check that two arrays differ by at most `tolerance` of the largest value, or of 1 if all are smaller."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, what
    scale = max(float(np.abs(expected).max(initial=0.0)), 1.0)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * scale, err_msg=what)


def slopes(function, x):
    """The derivative of a scalar function at x along each direction."""

    def at(steps, direction):
        return function(x + steps * STEP * direction)

    return [(8 * (at(1, u) - at(-1, u)) - (at(2, u) - at(-2, u))) / (12 * STEP) for u in _directions(x.shape)]


def assert_gradient(gradient, slopes, tolerance, what):
    """Σ gradient · u is the slope along u, to `tolerance` of the root of the sum of the products' squares."""
    gradient = np.asarray(gradient, "float64")
    for u, slope in zip(_directions(gradient.shape), slopes, strict=True):
        products = gradient * u
        scale = max(float(np.sqrt(np.sum(products**2))), 1.0)
        error = abs(products.sum() - slope) / scale
        assert error <= tolerance, (
            f"{what}: {products.sum()} along a direction, by differences {slope}, off by {error:.1e}"
        )


def _directions(shape):
    """Random directions: a gradient that is wrong anywhere has a wrong slope along each of them."""
    return np.random.default_rng(5).normal(size=(DIRECTIONS, *shape))


class Shifted(layers.Layer):
    """x + shift, a weight of the shape of x: its gradient is that of x."""

    def build(self, input_shape):
        self.shift = self.add_weight(shape=input_shape, initializer="zeros", name="shift")

    def call(self, inputs):
        return inputs + self.shift


def replays(model):
    """The number of steps of a compiled model that ran as a plan."""
    return sum(entry.replays for entry in model._planner.entries.values() if isinstance(entry, Plan))


def by_numpy(model):
    """The titles of the instructions in a compiled model's plans that run in NumPy or Python."""
    plans = [entry for entry in model._planner.entries.values() if isinstance(entry, Plan)]
    return {
        instruction.title
        for plan in plans
        for position, instruction in enumerate(plan.instructions)
        if not isinstance(instruction, Read) and how(plan, position) in ("NumPy", "Python")
    }
