"""Fake quantization: rounds floats to values that few bits can represent, for quantization-aware training.

Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
2018; the bounds' nudging as in TensorFlow's `fake_quant_with_min_max_vars`.
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff.arithmetic import Cast, Where
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape, Sum


def fake_quant_with_min_max_vars(inputs, min_vals, max_vals, num_bits=8, narrow_range=False, axis=None):
    """`inputs` clipped to [min, max] and rounded to 2^num_bits values in it, one of which is 0.

    The bounds are moved a little so that 0 is among them. Inside the bounds the gradient passes unchanged, as if
    nothing were rounded; outside it belongs to the bound.

    Args:
        inputs: floats.
        min_vals, max_vals: the bounds: numbers, or one for each index along `axis`.
        num_bits: 2 to 16.
        narrow_range: use one value less, so that the values are symmetric.
        axis: None for one pair of bounds.

    Raises:
        ValueError: `num_bits` is out of range, or the bounds' shapes do not fit.
    """
    num_bits = int(num_bits)
    if not 2 <= num_bits <= 16:
        raise ValueError(f"`num_bits` must be from 2 to 16. Received: {num_bits}")
    inputs = ops.convert_to_tensor(inputs)
    bounds = [ops.cast(ops.convert_to_tensor(bound), "float32") for bound in (min_vals, max_vals)]
    if axis is None:
        bounds = [Reshape(())(bound) for bound in bounds]
    dtype = inputs.dtype
    y = FakeQuantWithMinMaxVars(num_bits, bool(narrow_range), axis)(Cast("float32")(inputs), *bounds)
    return Cast(dtype)(y)


class FakeQuantWithMinMaxVars(Op):
    """The same for float32;   dx = dy where low ≤ x ≤ high, dmin = Σ dy where x < low, dmax = Σ dy where x > high."""

    keeps = ("inputs",)

    def __init__(self, num_bits, narrow_range, axis):
        self.num_bits, self.narrow_range, self.axis = num_bits, narrow_range, axis

    def forward(self, x, lowest, highest):
        self.output_shape(x.shape, np.shape(lowest), np.shape(highest))  # raises if they do not fit
        low, high, scale = self._nudged(x.shape, lowest, highest)
        with np.errstate(divide="ignore", invalid="ignore"):
            y = np.floor((np.clip(x, low, high) - low) * (np.float32(1) / scale) + np.float32(0.5)) * scale + low
        return np.where((lowest == 0) & (highest == 0), np.float32(0), y).astype(x.dtype) if self.axis is None else y

    def _nudged(self, shape, lowest, highest):
        """The moved bounds, and the distance between adjacent values, with as many axes as x."""
        lowest, highest = (np.asarray(bound) for bound in (lowest, highest))
        if self.axis is not None:
            along = [1] * len(shape)
            along[self.axis] = -1
            lowest, highest = lowest.reshape(along), highest.reshape(along)
        smallest, largest = np.float32(self.narrow_range), np.float32(2**self.num_bits - 1)
        scale = (highest - lowest) / (largest - smallest)
        with np.errstate(divide="ignore", invalid="ignore"):
            zero = smallest - lowest / scale
        zero = np.clip(np.floor(zero + np.float32(0.5)), smallest, largest)
        return (smallest - zero) * scale, (largest - zero) * scale, scale

    def backward(self, call, dy):
        x, lowest, highest = call.inputs
        low, high, _ = self._nudged(x.shape, lowest, highest)
        x = np.asarray(x)
        below, above = x < low, x > high
        axes = None if self.axis is None else tuple(i for i in range(x.ndim) if i != self.axis % x.ndim)

        def total(mask):
            return Sum(axes).of(Where().of(mask, dy, 0.0))

        return Where().of(below | above, 0.0, dy), total(below), total(above)

    def output_shape(self, shape, lowest, highest):
        wanted = () if self.axis is None else (shape[self.axis],)
        if self.axis is not None and not all(bound in ((), wanted) for bound in (lowest, highest)):
            raise ValueError(
                f"`min_vals` and `max_vals` must have one value for each of the {shape[self.axis]} indices along axis "
                f"{self.axis}. Received: shapes {tuple(lowest)} and {tuple(highest)}"
            )
        return shape

    def output_dtype(self, *inputs):
        return "float32"
