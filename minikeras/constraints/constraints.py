"""Constraints: projections of weights to allowed values after every optimizer step.

A Dense kernel of shape (inputs, units) has one vector of incoming weights per unit: axis=0. A Conv2D kernel of shape
(rows, columns, channels, filters) has one per filter: axis=[0, 1, 2].
"""

import math

from minikeras import ops
from minikeras.autodiff.shapes import normalize_axes
from minikeras.base.limits import FromConfig
from minikeras.config import epsilon
from minikeras.kernels.constraint_jobs import non_negative_jobs, norm_jobs


class Constraint(FromConfig):
    """Base class of all constraints; subclass it for your own:

        class Binary(keras.constraints.Constraint):
            def __call__(self, w):
                return ops.sign(w)

    A plain function from a tensor to a tensor works too. Layers take them as `kernel_constraint` and
    `bias_constraint`; the optimizer applies them.
    """

    def __call__(self, w):
        """The nearest allowed value of the weights: here w itself."""
        return w

    def jobs(self, array):
        """The jobs (`kernels/tasks.py`) that apply it in place to a contiguous float32 array; None if it has none.

        They apply to the class that defines them, and to subclasses that override only the constructor.
        """
        return

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        return {}


class NonNeg(Constraint):
    """w ← max(w, 0)."""

    def __call__(self, w):
        return ops.maximum(ops.convert_to_tensor(w), 0)

    def jobs(self, array):
        return non_negative_jobs(array.reshape(-1))


def norms(w, axis):
    """‖w‖ = √Σw² over `axis`, which stays with length 1."""
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


def bounded_norm_jobs(array, axis, min_norm, max_norm, rate=1.0):
    """The jobs w ← w · (rate · clip(‖w‖, min_norm, max_norm) + (1 − rate) · ‖w‖) / (ε + ‖w‖), in place.

    None where vectors do not lie along the first axes.
    """
    axes = normalize_axes(axis, array.ndim)
    if axes != tuple(range(len(axes))):
        return None
    rows = math.prod(array.shape[: len(axes)])
    return norm_jobs(array.reshape(rows, -1), float(min_norm), float(max_norm), float(rate), epsilon())


class MaxNorm(Constraint):
    """w ← w · min(‖w‖, max_value) / (ε + ‖w‖).

    Vectors that are short enough shrink a little too, by the factor ‖w‖ / (ε + ‖w‖) with ε = `epsilon()`.

    Args:
        max_value: the longest norm allowed.
        axis: the axis (or list of axes) along which a vector lies.
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w):
        w = ops.convert_to_tensor(w)
        lengths = norms(w, self.axis)
        desired = ops.clip(lengths, 0, self.max_value)
        return ops.cast(w, lengths.dtype) * (desired / (epsilon() + lengths))

    def get_config(self):
        return {"max_value": self.max_value, "axis": self.axis}

    def jobs(self, array):
        return bounded_norm_jobs(array, self.axis, 0, self.max_value)


class UnitNorm(Constraint):
    """w ← w / (ε + ‖w‖): every vector gets length 1 (zero vectors stay).

    Args:
        axis: the axis (or list of axes) along which a vector lies.
    """

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        w = ops.convert_to_tensor(w)
        lengths = norms(w, self.axis)
        return ops.cast(w, lengths.dtype) / (epsilon() + lengths)

    def get_config(self):
        return {"axis": self.axis}

    def jobs(self, array):
        return bounded_norm_jobs(array, self.axis, 1, 1)


class MinMaxNorm(Constraint):
    """w ← w · (rate · clip(‖w‖, min_value, max_value) + (1 − rate) · ‖w‖) / (ε + ‖w‖).

    Args:
        min_value, max_value: bounds of the norm.
        rate: 1 enforces the bounds at once; smaller rates move towards them step by step.
        axis: the axis (or list of axes) along which a vector lies.
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w):
        w = ops.convert_to_tensor(w)
        lengths = norms(w, self.axis)
        desired = self.rate * ops.clip(lengths, self.min_value, self.max_value) + (1 - self.rate) * lengths
        return ops.cast(w, lengths.dtype) * (desired / (epsilon() + lengths))

    def get_config(self):
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}

    def jobs(self, array):
        return bounded_norm_jobs(array, self.axis, self.min_value, self.max_value, self.rate)
