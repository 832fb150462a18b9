"""The greater and the lesser of two, elementwise, and cutting to a range."""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import result_type, wrapped
from minikeras.autodiff.elementwise import Binary, Elementwise
from minikeras.autodiff.elementwise_lowering import ByJobs, of_vectors
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.lowering import ByFormula
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.kernels.elementwise_jobs import (
    bound_chunks,
    bound_gradient_chunks,
    bound_jobs,
    drop_reaching_chunks,
    floor_gradient_jobs,
    keep_reaching_chunks,
    maximum_chunks,
    minimum_chunks,
)
from minikeras.ops.elementwise import in_common_dtype


def maxima_jobs(a, b, y):
    """y = max(a, b) of vectors, or numbers."""
    return bound_jobs(a, b, math.inf, y) if type(b) is float else of_vectors(maximum_chunks.jobs)(a, b, y)


def minima_jobs(a, b, y):
    """y = min(a, b), likewise."""
    return bound_jobs(a, -math.inf, b, y) if type(b) is float else of_vectors(minimum_chunks.jobs)(a, b, y)


def reaching_jobs(dy, a, b, dx):
    """dx = dy where a ≥ b, likewise."""
    return (
        floor_gradient_jobs(dy, a, b, dx) if type(b) is float else of_vectors(keep_reaching_chunks.jobs)(dy, a, b, dx)
    )


class Maximum(Binary):
    """y = the greater of x1 and x2;   dy goes to that one, to x1 where they are equal."""

    ufunc = np.maximum
    lowering = ByJobs(maxima_jobs, reaching_jobs, of_vectors(drop_reaching_chunks.jobs))

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        first = x1 >= x2
        return (
            Where().of(first, dy, 0.0) if call.needs_gradient[0] else None,
            Where().of(first, 0.0, dy) if call.needs_gradient[1] else None,
        )


def maximum(x1, x2):
    """The greater of two, elementwise; NaN if either is."""
    return Maximum()(x1, x2)


class Minimum(Binary):
    """y = the lesser of x1 and x2;   dy goes to that one, to x1 where they are equal."""

    ufunc = np.minimum
    lowering = ByJobs(
        minima_jobs,
        lambda dy, a, b, da: reaching_jobs(dy, b, a, da),
        lambda dy, a, b, db: of_vectors(drop_reaching_chunks.jobs)(dy, b, a, db),
    )

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        first = x1 <= x2
        return (
            Where().of(first, dy, 0.0) if call.needs_gradient[0] else None,
            Where().of(first, 0.0, dy) if call.needs_gradient[1] else None,
        )


def minimum(x1, x2):
    """The lesser of two, elementwise; NaN if either is."""
    return Minimum()(x1, x2)


@composed(inputs=2)
def fmax(x1, x2):
    """The greater of two, elementwise; where one is NaN, the other."""
    return _ignoring_nan(Maximum(), x1, x2)


@composed(inputs=2)
def fmin(x1, x2):
    """The lesser of two, elementwise; where one is NaN, the other."""
    return _ignoring_nan(Minimum(), x1, x2)


def _ignoring_nan(choose, x1, x2):
    x1, x2 = in_common_dtype(x1, x2)
    return Where()(x1 != x1, x2, Where()(x2 != x2, x1, choose(x1, x2)))


class Clip(Elementwise):
    """y = max(min(x, x_max), x_min);   dx = dy where x_min ≤ x ≤ x_max."""

    keeps = ("inputs",)
    lowering = ByFormula(bound_chunks, bound_gradient_chunks, lambda op: op.numbers)

    def __init__(self, x_min, x_max):
        self.x_min = x_min
        self.x_max = x_max

    @property
    def numbers(self):
        """Both bounds, None if they are not numbers in ascending order."""
        bounds = self.x_min, self.x_max
        if not all(isinstance(bound, (int, float)) for bound in bounds) or self.x_min > self.x_max:
            return None  # compiled code compares in the other order
        return bounds

    def forward(self, x):
        dtype = result_type(x.dtype, *[getattr(bound, "dtype", type(bound)) for bound in (self.x_min, self.x_max)])
        dtype = "int32" if dtype == "bool" else dtype
        bounds = self.x_min, self.x_max
        low, high = [wrapped(bound, np.dtype(dtype)) if type(bound) is int else bound for bound in bounds]
        return np.maximum(np.minimum(x.astype(dtype, copy=False), high), low)

    def backward(self, call, dy):
        x = call.inputs[0]
        outside = (x < self.x_min) | (x > self.x_max)
        return (Where().of(outside, 0.0, dy),)


def clip(x, x_min, x_max):
    """x cut to [x_min, x_max], elementwise."""
    if any(isinstance(bound, (Tensor, Variable, KerasTensor)) for bound in (x_min, x_max)):
        return maximum(minimum(x, x_max), x_min)  # so that the bounds get gradients too
    return Clip(x_min, x_max)(x)
