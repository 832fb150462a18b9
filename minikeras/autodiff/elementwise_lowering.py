"""`ByJobs`: elementwise ops whose jobs take vectors, of operands that broadcast to the shape of the result.

    class Minimum(Binary):
        lowering = ByJobs(minimum_jobs, first_gradient_jobs, second_gradient_jobs)

An input that is the same number in every step is passed as a float, for which many ops have faster jobs (y = x · 3).
Any other input is passed as a vector of the result's length, booleans as bytes. A smaller one is broadcast first, into
the result's memory, so that a gate on an image's channels needs no buffer of its own.
"""

from inspect import signature

import numpy as np

from minikeras.autodiff.lowering import OpLowering, present
from minikeras.autodiff.shapes import broadcast_shapes
from minikeras.kernels.memory import aligned
from minikeras.kernels.strided_copies import copy_jobs

SMALLEST, LARGEST = np.iinfo(np.int32).min, np.iinfo(np.int32).max  # integers that jobs take


class ByJobs(OpLowering):
    """Functions that make the jobs.

    Args:
        forward: function (inputs, then the output) -> jobs, which read no element after writing it.
        gradients: for each input a function (dy, the arrays that the op keeps, dx) -> jobs, or None to use NumPy.
        dtypes, gradient_dtypes: of the arguments of these functions; None if all are float32.
        in_place: whether the output may be written over an input. Formulas load vectors before they store; the loops of
            other kernels lose LLVM's vector code.
    """

    def __init__(self, forward, *gradients, dtypes=None, gradient_dtypes=None, in_place=True):
        self.make_jobs = forward
        self.gradients = gradients
        self.dtypes = dtypes
        self.gradient_dtypes = gradient_dtypes
        inputs = len(signature(forward).parameters) - 1
        self.in_place = tuple((i, 0) for i in range(inputs)) if in_place else ()
        self.repeats_in_place = in_place

    def forward(self, op, inputs, outputs):
        jobs = elementwise(self.make_jobs, inputs, outputs[0], self.dtypes, in_place=self.repeats_in_place)
        return jobs and (lambda inputs, outputs: jobs(inputs, outputs[0]))

    def overwrites(self, inputs, outputs):
        """No pairs if an operand is broadcast, which is done in the result's memory."""
        return self.in_place if of_one_shape(inputs, outputs[0]) else ()

    def backward(self, op, inputs, outputs, dys, dxs):
        operands, ways = present(dys, inputs, outputs), {}
        for i, dx in enumerate(dxs):
            if dx is not None:
                make_jobs = self.gradients[i] if i < len(self.gradients) else None
                ways[i] = make_jobs and elementwise(make_jobs, operands, dx, self.gradient_dtypes, vectors=1)
        if None in ways.values():
            return None

        def jobs(inputs, outputs, dys, dxs):
            arrays = present(dys, inputs, outputs)
            return [job for i, way in ways.items() for job in way(arrays, dxs[i])]

        return jobs


def elementwise(make_jobs, operands, result, dtypes=None, vectors=0, in_place=True):
    """A function (arrays of the operands, array of the result) -> jobs, or None if these do not fit.

    Args:
        make_jobs: function (vector or number for each operand, vector of the result) -> jobs.
        operands, result: descriptions of the arrays, see `OpLowering`.
        dtypes: of the operands and the result; None if all are float32.
        vectors: how many of the first operands come as vectors even if they are numbers.
        in_place: whether the result may be written over an operand, see `ByJobs`.
    """
    *dtypes, own = dtypes or [np.float32] * (len(operands) + 1)
    pairs, shape = [*zip(operands, dtypes, strict=True)], result.shape
    numbers = [constant_number(x, dtype) for x, dtype in pairs]
    fit = all(x.dtype == dtype or number is not None for (x, dtype), number in zip(pairs, numbers, strict=True))
    if not fit or result.dtype != own or 0 in shape or broadcast_shapes(*[x.shape for x in operands], shape) != shape:
        return None
    numbers[:vectors] = [None] * vectors
    if None not in numbers:
        return None

    def jobs(arrays, target):
        copies, vectors = [], []
        place = target if in_place else None  # the first broadcast operand uses the memory of the result
        for (x, dtype), array, number in zip(pairs, arrays, numbers, strict=True):
            if number is not None:
                vectors.append(number)
                continue
            if x.value is not None:
                array = np.ascontiguousarray(np.broadcast_to(np.asarray(x.value, dtype), shape))
            elif x.shape != shape:
                copy, place = (place, None) if place is not None and dtype == own else (aligned(shape, dtype), place)
                copies += copy_jobs(np.broadcast_to(array, shape), copy)
                array = copy
            vectors.append(_vector(array))
        return [*copies, *make_jobs(*vectors, _vector(target))]

    return jobs


def of_one_shape(operands, result):
    """Whether no operand has to be broadcast: each has the result's shape, or the same elements in every step."""
    return all(x.value is not None or x.shape == result.shape for x in operands)


def _vector(array):
    return array.reshape(-1).view(np.uint8) if array.dtype == np.bool_ else array.reshape(-1)


def constant_number(x, dtype=np.float32):
    """The value of an operand that is the same number of the dtype in every step; else None."""
    if x.value is None or x.shape != () or (x.dtype != dtype and type(x.value) not in (int, float, bool)):
        return None
    if dtype in (np.int32, np.int64) and (not SMALLEST <= x.value <= LARGEST or x.value != int(x.value)):
        return None
    return float(bool(x.value) if dtype is np.bool_ else x.value)


def filled(x, vector, dtype=None):
    """An operand as a vector; a number is filled into one with the length and dtype of `vector`."""
    return np.full_like(vector, x, dtype) if type(x) is float else x


def of_vectors(make_jobs):
    """Adapt a function of float32 vectors to operands that may be numbers."""
    return lambda *arguments: make_jobs(*[filled(x, arguments[-1]) for x in arguments])
