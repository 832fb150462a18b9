"""Dequantization of stored integers: `FloatWeight`, of a whole weight, and `FloatRows`, of some rows of a table.

    w = q / scale                       one scale for each output, or for each row of a table
    w = (q − zero[g]) · scale[g]        a scale and a zero for each group g along an axis

Integers of four bits are stored in pairs, as `pack_int4` makes them.
"""

from typing import NamedTuple

import numpy as np

from minikeras.autodiff.elementwise import QUIET
from minikeras.autodiff.operation import Op
from minikeras.quantizers.int4 import UnpackInt4


class Packed(NamedTuple):
    """How integers of four bits are stored.

    Attributes:
        length: of the axis before its elements were packed in pairs.
        axis: the axis.
        dtype: "int8" for integers from −8 to 7, "uint8" for those from 0 to 15.
    """

    length: int
    axis: int = -1
    dtype: str = "int8"

    def unpacked(self, q):
        """The integers of an array of bytes."""
        return UnpackInt4(self.length, self.axis, self.dtype).forward(q)


def scaled(q, scale, zero, group, axis):
    """The floats of integers, in the dtype of the scale."""
    q = q.astype(scale.dtype)
    if zero is None:
        return q / scale
    group = group.astype(np.int64)
    return (q - np.take(zero, group, axis).astype(scale.dtype)) * np.take(scale, group, axis)


class FloatWeight(Op):
    """The weight w (`shape`) from integers q, as above; groups are along the axis of the inputs, the first one of q.

    Plans compute it only when the integers have changed, not in every prediction.

    Args:
        shape: of the weight.
        scale_shape: the shape to which a scale without groups is reshaped before it divides q; None: unchanged.
        packed: how four-bit integers are stored; None for bytes.
        transposed: whether q, scale and zero have the axis of the outputs first.

    Inputs: q, scale, and with groups also zero and the group of each input; then optionally a factor for each input, by
    which the weight is divided.
    """

    differentiable = False
    depends_on_weights_only = True

    def __init__(self, shape, scale_shape=None, packed=None, transposed=False):
        self.shape = tuple(shape)
        self.scale_shape = scale_shape
        self.packed = packed
        self.transposed = transposed

    @QUIET
    def forward(self, q, scale, zero=None, group=None, factor=None):
        q = q if self.packed is None else self.packed.unpacked(q)
        if zero is None and self.scale_shape is not None:
            scale = scale.reshape(self.scale_shape)
        w = scaled(q, scale, zero, group, -1).T if self.transposed else scaled(q, scale, zero, group, 0)
        w = w if factor is None else w / factor[:, None]
        return np.ascontiguousarray(w).reshape(self.shape)

    def output_shape(self, *shapes):
        return self.shape

    def output_dtype(self, q, scale, *groups):
        return scale.dtype


class FloatRows(Op):
    """The rows of a table of integers for tokens, as floats: groups are along a row.

    Args:
        packed: how the integers of a row are stored, if they have four bits; None for bytes.

    Inputs: q (rows, length or bytes of it), tokens, scale (rows,), or (rows, groups) with zero (rows, groups) and the
    group of each element of a row.
    """

    differentiable = False

    def __init__(self, packed=None):
        self.packed = packed

    @QUIET
    def forward(self, q, tokens, scale, zero=None, group=None):
        q = np.take(q, tokens, axis=0)
        q = q if self.packed is None else self.packed.unpacked(q)
        scale = np.take(scale, tokens, axis=0)
        if zero is None:
            return scaled(q, scale[..., None], None, None, -1)
        return scaled(q, scale, np.take(zero, tokens, axis=0), group, -1)

    def output_shape(self, q, tokens, *others):
        return (*tokens, q[-1] if self.packed is None else self.packed.length)

    def output_dtype(self, q, tokens, scale, *groups):
        return scale.dtype

    def batch_inputs(self, shapes, output_shape):
        return [position == 1 for position in range(len(shapes))] if shapes[1] else None
