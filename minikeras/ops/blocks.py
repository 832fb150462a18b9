"""Blocks of a tensor, read or replaced, whose position may be a tensor."""

import builtins

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import promote
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.core import cast, convert_to_tensor


class Slice(Op):
    """y = the block of x with its first corner at `start` and lengths `shape` (−1: to the end).

    dx = zeros with dy in that block: `SliceUpdate`.
    """

    keeps = ("inputs",)
    moves_elements = True

    def __init__(self, shape):
        self.shape = tuple(int(n) for n in shape)

    def forward(self, x, start):
        return x[self._key(x.shape, start)]

    def backward(self, call, dy):
        zeros = np.zeros(call.input_shapes[0], dy.dtype)
        return SliceUpdate().of(zeros, call.inputs[1], dy), None

    def compute_output_spec(self, x, start):
        starts = start.array.tolist() if isinstance(start, Tensor) else [None] * len(self.shape)
        rest = [None if None in (n, first) else n - first for n, first in zip(x.shape, starts, strict=True)]
        shape = [known if length == -1 else length for length, known in zip(self.shape, rest, strict=True)]
        return KerasTensor(shape, x.dtype)

    def _key(self, shape, start):
        ends = [n if length == -1 else s + length for s, length, n in zip(start, self.shape, shape, strict=True)]
        for axis, (first, end, n) in enumerate(zip(start, ends, shape, strict=True)):
            if not 0 <= first <= end <= n:
                raise ValueError(
                    f"The block does not fit in axis {axis}. Received: start_indices={list(map(int, start))}, "
                    f"shape={self.shape}, inputs.shape={tuple(shape)}"
                )
        return tuple(builtins.slice(int(first), int(end)) for first, end in zip(start, ends, strict=True))


class SliceUpdate(Op):
    """y = x with the block at the first corner `start` replaced by `updates`.

    dx = dy, but 0 in the block;   dupdates = dy in the block. A start from which the block would cross the edge is
    moved back until it fits.
    """

    keeps = ("inputs",)
    moves_elements = True

    def forward(self, x, start, updates):
        x, updates = promote(x, updates)
        y = np.array(x)
        start = fitting_start(start, x.shape, updates.shape)
        y[tuple(builtins.slice(s, s + n) for s, n in zip(start, updates.shape, strict=True))] = updates
        return y

    def backward(self, call, dy):
        shape, _, block = call.input_shapes
        start = fitting_start(np.asarray(call.inputs[1]), shape, block)
        dx = SliceUpdate().of(dy, start, np.zeros(block, dy.dtype)) if call.needs_gradient[0] else None
        return dx, None, Slice(block).of(dy, start) if call.needs_gradient[2] else None

    def output_shape(self, shape, *_):
        return shape


def fitting_start(start, shape, block):
    """`start`, moved so that a block of lengths `block` fits into `shape`."""
    return np.array([min(max(int(s), 0), n - m) for s, n, m in zip(start, shape, block, strict=True)], np.int32)


@composed(name="Slice", inputs=("inputs", "start_indices"))
def slice(inputs, start_indices, shape):
    """The block of `inputs` that starts at `start_indices` and has lengths `shape` (−1: up to the end).

    Raises:
        ValueError: the block crosses an edge.
    """
    inputs, start = convert_to_tensor(inputs), _as_vector(start_indices)
    _check_numbers(inputs, start, len(shape), "shape")
    return Slice(shape)(inputs, start)


@composed(name="SliceUpdate", inputs=("inputs", "start_indices", "updates"))
def slice_update(inputs, start_indices, updates):
    """`inputs` with the block at `start_indices` replaced by `updates`.

    A start from which the block would cross the edge is moved back until it fits.
    """
    x, start, updates = convert_to_tensor(inputs), _as_vector(start_indices), convert_to_tensor(updates)
    _check_numbers(x, start, len(updates.shape), "updates")
    return SliceUpdate()(x, start, cast(updates, x.dtype))


def _check_numbers(inputs, start, block, name):
    """Raise ValueError unless a block and its first corner have a number for each axis of `inputs`."""
    axes, corner = len(inputs.shape), start.shape[0] if start.shape else None
    wrong = ("inputs", name) if block != axes else ("start_indices", "inputs") if corner not in (None, axes) else None
    if wrong:
        raise ValueError(
            f"The dimensions in `{wrong[0]}` must match the dimensions in `{wrong[1]}`. Received: inputs of shape "
            f"{tuple(inputs.shape)}, {corner} in `start_indices`, {block} in `{name}`"
        )


def _as_vector(start_indices):
    """Start indices given as a tensor, or as a list of integers and scalar tensors."""
    return convert_to_tensor(start_indices, "int32")
