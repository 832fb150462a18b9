"""Borders added to a tensor: constants or mirror images."""

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.indexing import GetItem, PutItem
from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.ops.core import convert_to_tensor

MODES = ("constant", "reflect", "symmetric")


class Pad(Op):
    """x padded;   dx = the middle of dy, plus dy at the mirror images in the borders.

    Args:
        pad_width: pairs (before, after), one for each axis, or one pair or number for all.
        mode: "constant"; "reflect", a mirror image without the edge element; "symmetric", one with it.
    """

    keeps = ()

    def __init__(self, pad_width, mode="constant"):
        self.pad_width = pad_width
        self.mode = mode
        if mode not in MODES:
            raise ValueError(f"`mode` must be one of {MODES}. Received: mode={mode!r}")

    def forward(self, x, constant=0):
        if self.mode != "constant":
            return np.pad(x, self.pairs(x.ndim), mode=self.mode)
        if x.dtype == object and np.ndim(constant) == 0 and not np.asarray(constant).item():
            constant = b""  # the zero of strings
        return _with_border(x, self.pairs(x.ndim), np.asarray(constant).astype(x.dtype))

    def forward_rows(self, arrays, ranks):
        if len(arrays) > 1 and ranks[1] is not None:  # rows with borders of different constants
            return NotImplemented
        return Pad([(0, 0), *self.pairs(ranks[0])], self.mode).forward(*arrays)

    def pairs(self, rank):
        """[(before, after)] for each of `rank` axes."""
        return _pairs(self.pad_width, rank)

    def backward(self, call, dy):
        shape = call.input_shapes[0]
        pairs = self.pairs(len(shape))
        middle = GetItem(tuple(slice(before, before + n) for (before, _), n in zip(pairs, shape, strict=True)))
        constant = (None,) * (len(call.input_shapes) - 1)
        if self.mode == "constant":
            return middle.of(dy), *constant
        for axis, (before, after) in enumerate(pairs):  # fold one axis after the other
            if before or after:
                folded = (*dy.shape[:axis], shape[axis], *dy.shape[axis + 1 :])
                sources = np.pad(np.arange(shape[axis]), (before, after), mode=self.mode)
                dy = PutItem((*[slice(None)] * axis, sources), folded).of(dy)
        return (dy,)

    def compute_output_spec(self, x, constant=0):
        return super().compute_output_spec(x)

    def output_shape(self, shape):
        pairs = self.pairs(len(shape))
        return tuple(None if n is None else before + n + after for n, (before, after) in zip(shape, pairs, strict=True))


def _with_border(x, pairs, constant):
    """x inside of a border of a constant. `np.pad`, which writes each side by itself, takes five times as long."""
    if any(width < 0 for pair in pairs for width in pair):
        raise ValueError(f"`pad_width` can't contain negative values. Received: pad_width={pairs}")
    y = np.full([before + n + after for n, (before, after) in zip(x.shape, pairs, strict=True)], constant, x.dtype)
    y[tuple([slice(before, before + n) for n, (before, _) in zip(x.shape, pairs, strict=True)])] = x
    return y


def _pairs(pad_width, rank):
    if type(pad_width) is list and len(pad_width) == rank and all(type(pair) is tuple for pair in pad_width):
        return pad_width  # the usual form; the way of all forms takes 20 µs
    try:
        return [tuple(pair) for pair in np.broadcast_to(np.asarray(as_array(pad_width)), (rank, 2)).tolist()]
    except ValueError:
        raise ValueError(
            f"`pad_width` must have the same length as the shape of `x`. Received: pad_width={pad_width}, {rank} axes."
        ) from None


def pad(x, pad_width, mode="constant", constant_values=None):
    """x with borders.

    Args:
        pad_width: pairs (before, after), one for each axis, or one pair or number for all.
        mode: "constant"; "reflect", a mirror image without the edge element; "symmetric", one with it.
        constant_values: the value in the borders, 0 by default; only with mode "constant".
    """
    if constant_values is None:
        return Pad(pad_width, mode)(x)
    if mode != "constant":
        raise ValueError(
            f"Argument `constant_values` can only be provided for mode == 'constant'. Received: mode={mode!r}"
        )
    x = convert_to_tensor(x)
    return Pad(pad_width, mode)(x, Cast(x.dtype)(constant_values))


def pad_strings(x, pad_width, filler):
    """A string tensor with borders of `filler` (bytes); `pad_width` has a pair (before, after) for each axis."""
    lengths = [before + n + after for n, (before, after) in zip(x.array.shape, pad_width, strict=True)]
    padded = np.full(lengths, filler, object)
    inside = [slice(before, before + n) for n, (before, _) in zip(x.array.shape, pad_width, strict=True)]
    padded[tuple(inside)] = x.array
    return Tensor(padded)
