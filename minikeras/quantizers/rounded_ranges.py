"""Floats rounded to the multiples of a step that a few bits can count, as in `tf.quantization`.

    y = round(x · s) / s,   s the largest scale at which least ≤ low · s and high · s ≤ most

where [low, high] is the range of the values and [least, most] that of the integers: [−128, 127] for eight bits.
"""

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape

ROUNDINGS = {"HALF_TO_EVEN": np.rint, "HALF_UP": lambda x: np.floor(x + x.dtype.type(0.5))}


class QuantizeAndDequantize(Op):
    """The same;   dx = dy where low ≤ x ≤ high, else 0.

    Args:
        is_signed: whether there are negative integers.
        num_bits: how many bits an integer has.
        is_range_given: whether the bounds are those of the range, to which x is cut; else they are taken from x.
        rounding: a key of `ROUNDINGS`.
        is_narrow: leave out the smallest signed integer, so that the range is symmetric.
        axis: None, or the axis along which each index has its own bounds.
        passes_all: whether gradients pass outside of the range too.
    """

    keeps = ("inputs",)

    def __init__(self, is_signed, num_bits, is_range_given, rounding, is_narrow, axis, passes_all=False):
        self.is_signed, self.num_bits, self.is_range_given = is_signed, num_bits, is_range_given
        self.rounding, self.is_narrow, self.axis, self.passes_all = rounding, is_narrow, axis, passes_all
        if rounding not in ROUNDINGS:
            raise ValueError(f"`round_mode` must be one of {', '.join(ROUNDINGS)}. Received: round_mode={rounding!r}")
        if not 1 <= num_bits <= 63:
            raise ValueError(f"`num_bits` must be from 1 to 63. Received: num_bits={num_bits}")

    def forward(self, x, low, high):
        low, high = (self._along(x, bound) for bound in (low, high))
        if not self.is_range_given:
            axes = None if self.axis is None else tuple(i for i in range(x.ndim) if i != self.axis)
            low, high = x.min(axes, keepdims=True), x.max(axes, keepdims=True)
        low, high, scale, step = self._steps(low, high)
        if self.is_range_given:
            x = np.maximum(np.minimum(x, high), low)
        return ROUNDINGS[self.rounding](x * scale) * step

    def _along(self, x, bound):
        """The bounds with as many axes as x."""
        bound = np.asarray(bound, x.dtype)
        if self.axis is None:
            return bound.reshape(())
        if bound.shape != (x.shape[self.axis],):
            raise ValueError(
                f"`input_min` and `input_max` need one value for each of the {x.shape[self.axis]} indices along axis "
                f"{self.axis}. Received: shape {bound.shape}"
            )
        return bound.reshape([-1 if i == self.axis else 1 for i in range(x.ndim)])

    def _steps(self, low, high):
        """(low, high, scale, 1 / scale): the range after one of its ends was moved, so that 0 is an integer."""
        number = low.dtype.type
        least = number(-(2 ** (self.num_bits - 1)) + self.is_narrow if self.is_signed else 0)
        most = number(2 ** (self.num_bits - self.is_signed) - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            scales = [
                np.where(integer * bound > 0, integer / bound, np.finfo(number).max)
                for integer, bound in ((least, low), (most, high))
            ]
            by_low = scales[0] < scales[1]
            step = np.where(by_low, low / least, high / most)
        return np.where(by_low, low, least * step), np.where(by_low, most * step, high), np.minimum(*scales), step

    def backward(self, call, dy):
        x, low, high = call.inputs
        zeros = np.zeros_like(np.asarray(low)), np.zeros_like(np.asarray(high))
        if self.passes_all:
            return dy, *zeros
        low, high = (self._along(np.asarray(x), bound) for bound in (low, high))
        inside = (np.asarray(x) >= low) & (np.asarray(x) <= high)
        return Where().of(inside, dy, 0.0), *zeros

    def output_shape(self, shape, *bounds):
        return shape

    def output_dtype(self, dtype, *bounds):
        return dtype


def rounded_in_range(
    x, low, high, is_signed=True, num_bits=8, is_range_given=False, rounding="HALF_TO_EVEN", is_narrow=False, axis=None,
    passes_all=False,
):  # fmt: skip
    """x rounded to the multiples of a step; the arguments are those of `QuantizeAndDequantize`."""
    axis = None if axis is None else int(axis) % len(x.shape)
    operation = QuantizeAndDequantize(
        bool(is_signed), int(num_bits), bool(is_range_given), rounding, bool(is_narrow), axis, passes_all
    )
    return operation(x, *([low, high] if axis is not None else [Reshape(())(bound) for bound in (low, high)]))
