"""How plans compute an op or an effect by compiled code, declared next to the op (`Op.lowering`) or the function.

A plan (`plans/`) runs `forward` and `backward` of an op on arrays, as the tape does. Where compiled code is faster, the
op names an `OpLowering`, which decides for which shapes and dtypes, and makes the jobs (see `kernels/tasks.py`).
Elementwise ops with a formula kernel need one line:

    class Cube(Elementwise):
        "y = x³;   dx = 3 · dy · x²."
        keeps = ("inputs",)
        lowering = ByFormula(cube_chunks, cube_gradient_chunks)

Ops whose inputs may broadcast, or be numbers, need no more: see `ByJobs` in `elementwise_lowering.py`.

An effect (`autodiff/effects.py`), such as a moving average, declares its jobs by a decorator:

    @compiled_by(move_towards_jobs, written=1)
    def follow(moving, statistic, momentum): ...

A lowering applies to the class that names it, and to subclasses that override nothing but their constructor. How
several ops are computed together, such as a product with its bias and relu, is in `plans/patterns/` and
`plans/lowerings/`.
"""

from typing import NamedTuple

import numpy as np


class OpLowering:
    """Makes the jobs of an op for its arrays. The base class makes none, so NumPy computes the op.

    The arguments describe arrays whose elements are not known yet: `shape`, `dtype`, and `value`, the array or number
    itself if it is the same in every step, else None. The returned function is later called with the arrays
    themselves, contiguous and at fixed addresses. It must compute what the op does, up to rounding.

    Class attributes, for plans to save memory:
        in_place: pairs (position of an input, position of an output) of one size: the forward jobs may get one array
            for both, since they read each element of the input before they write it, and not later.
        gradient_in_place: pairs (position of a kept output, position of an input): the same for the backward jobs, for
            that output and the gradient of that input.
    """

    in_place = gradient_in_place = ()

    def overwrites(self, inputs, outputs):
        """The pairs of `in_place` that hold for these arrays: lists, see above."""
        return self.in_place

    def forward(self, op, inputs, outputs):
        """A function (inputs, outputs) -> list of jobs, or None if `op.forward` is to run.

        Args:
            op: the op with its settings.
            inputs, outputs: lists, see above.
        """
        return

    def backward(self, op, inputs, outputs, dys, dxs):
        """A function (inputs, outputs, dys, dxs) -> list of jobs, or None if `op.backward` is to run.

        Args:
            op: the op with its settings.
            inputs, outputs: None for those that the op does not keep.
            dys: gradients of the outputs, None for those that nothing used.
            dxs: gradients of the inputs, None for those that are not wanted.
        """
        return


class ByFormula(OpLowering):
    """One formula kernel in each direction (see `kernels/formula_kernels.py`), for float32 arrays of one shape.

    Args:
        forward: y = forward(x, …, *numbers) for all inputs.
        backward: dx = backward(dy, …, *numbers) for dy and the arrays that the op keeps; None to compute it in NumPy.
        numbers: function op -> the numbers of both formulas; None to compute them in NumPy.
    """

    def __init__(self, forward, backward=None, numbers=lambda op: ()):
        self.formula = forward
        self.gradient_formula = backward
        self.numbers = numbers
        self.in_place = tuple((i, 0) for i in range(forward.inputs))

    def forward(self, op, inputs, outputs):
        numbers = self.numbers(op)
        if not _fits(self.formula, numbers, inputs, outputs):
            return None
        return lambda *arrays: self.formula.jobs(*flat(*arrays), *numbers)

    def backward(self, op, inputs, outputs, dys, dxs):
        numbers = self.numbers(op)
        if not _fits(self.gradient_formula, numbers, dys, inputs, outputs, dxs):
            return None
        return lambda inputs, outputs, dys, dxs: self.gradient_formula.jobs(*flat(dys, inputs, outputs, dxs), *numbers)


class EffectLowering(NamedTuple):
    """How an effect is computed, see `compiled_by`."""

    jobs: object
    written: int


def compiled_by(jobs, written=0):
    """Decorator for a function called as an effect, with Tensors, Variables and settings as positional arguments.

    The jobs are used where all its arrays are float32 and of one shape.

    Args:
        jobs: function that makes jobs to compute the same. It gets the same arguments, with an array in place of each
            Tensor and Variable, and after them the arrays of the results.
        written: how many of the first arguments are Variables that the jobs write into.
    """

    def declare(function):
        function.lowering = EffectLowering(jobs, written)
        return function

    return declare


def _fits(formula, numbers, *groups):
    """Whether there is a formula that takes this many arrays, and these are float32 and of one shape."""
    arrays = present(*groups)
    return None not in (formula, numbers) and len(arrays) == formula.inputs + 1 and float32_of_one_shape(arrays)


def present(*groups):
    """The items of several lists that are not None."""
    return [x for group in groups for x in group if x is not None]


def flat(*groups):
    """The arrays in several lists, each as a vector."""
    return [array.reshape(-1) for array in present(*groups)]


def float32_of_one_shape(arrays):
    """Whether all have float32 elements, the same shape, and at least one element."""
    shape = arrays[0].shape
    return 0 not in shape and all(x.dtype == np.float32 and x.shape == shape for x in arrays)
