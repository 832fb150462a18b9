"""Shapes and the order of axes, with the same elements."""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op, any_symbolic
from minikeras.autodiff.shapes import (
    BroadcastTo,
    Reshape,
    Squeeze,
    Transpose,
    broadcast_shapes,
    flat_shape,
    normalize_axes,
    unbroadcast,
)
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.ops.core import convert_to_tensor


def reshape(x, newshape):
    """The same elements, in row-major order, with other lengths of the axes.

    Args:
        newshape: the lengths; one may be −1, which is inferred.

    Raises:
        ValueError: the number of elements would differ, or several lengths are −1.
    """
    if any_symbolic((newshape,)):
        return reshape_to_tensor(x, newshape)
    newshape = lengths(newshape)
    if any(n is not None and n < -1 for n in newshape):
        raise ValueError(
            f"A length is a non-negative integer, or -1 for the inferred one. Received: newshape={newshape}"
        )
    if newshape.count(-1) > 1:
        raise ValueError(
            f"At most one unknown dimension (-1) in `newshape` can be inferred. Received: newshape={newshape}"
        )
    return Reshape(newshape)(x)


@composed(inputs=2)
def reshape_to_tensor(x, newshape):
    """`reshape` to lengths that are computed in the graph: a symbolic vector, or a tuple with symbolic scalars."""
    if not any_symbolic((x, newshape)):
        return reshape(x, newshape)
    rank = newshape.shape[0] if isinstance(newshape, KerasTensor) else len(newshape)
    return KerasTensor((None,) * rank, convert_to_tensor(x).dtype)


def lengths(shape):
    """A shape given in any form (an integer, a sequence, an array, a Tensor) as a tuple of integers or None."""
    if isinstance(shape, (Tensor, np.ndarray)):
        shape = as_array(shape).tolist()
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    return tuple(None if n is None else int(n) for n in shape)


def broadcast_to(x, shape):
    """x repeated along axes of length 1, and along new leading ones, up to `shape`."""
    shape = lengths(shape)
    if isinstance(x, KerasTensor) and (
        len(x.shape) > len(shape) or broadcast_shapes(x.shape, shape) != broadcast_shapes(shape)
    ):
        raise ValueError(f"A tensor of shape {x.shape} cannot be broadcast to {shape}.")
    return BroadcastTo(shape)(x)


def transpose(x, axes=None):
    """The axes in another order: axis i of the result is axis `axes[i]` of x. Reversed if `axes` is None."""
    return Transpose(axes)(x)


def squeeze(x, axis=None):
    """x without its axes of length 1 (all of them, or those in `axis`; a symbol's unknown lengths are refused)."""
    return x.squeeze(axis) if isinstance(x, KerasTensor) else Squeeze(axis)(x)


class ExpandDims(Op):
    """New axes of length 1, at the positions `axis` of the result;   dx = dy without them."""

    keeps = ()
    keeps_elements = moves_elements = True

    def __init__(self, axis):
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def forward(self, x):
        return x.reshape(self.output_shape(x.shape))

    def backward(self, call, dy):
        return (Reshape(call.input_shapes[0]).of(dy),)

    def output_shape(self, shape):
        count = len(self.axis) if isinstance(self.axis, tuple) else 1
        new = normalize_axes(self.axis, len(shape) + count)
        if len(set(new)) < count:
            raise ValueError(f"`axis` must name each new axis once. Received: axis={self.axis}")
        old = iter(shape)
        return tuple(1 if i in new else next(old) for i in range(len(shape) + count))


def expand_dims(x, axis):
    """x with a new axis of length 1 at the position `axis` of the result (or several).

    Raises:
        ValueError: `axis` is not an integer or sequence of integers, or names an axis twice.
    """
    if not isinstance(axis, (int, np.integer, tuple, list)):
        raise ValueError(f"`axis` must be an integer, or a tuple or list of them. Received: axis={axis!r}")
    return ExpandDims(axis)(x)


@composed
def moveaxis(x, source, destination):
    """Axes moved from `source` to `destination`; the others keep their order.

    Raises:
        ValueError: an axis is not an integer, or does not exist.
    """
    x = convert_to_tensor(x)
    if not all(isinstance(axes, (int, tuple, list)) for axes in (source, destination)):
        raise ValueError(f"Axes must be integers, or tuples or lists of them. Received: {source!r} and {destination!r}")
    rank = len(x.shape)
    sources, destinations = [
        [normalize_axes(a, rank)[0] for a in ([axes] if isinstance(axes, int) else axes)]
        for axes in (source, destination)
    ]
    if len(sources) != len(destinations):
        raise ValueError(
            "`source` and `destination` must have the same number of elements. "
            f"Received: source={source}, destination={destination}"
        )
    order = [a for a in range(rank) if a not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, axis)
    return Transpose(order)(x)


@composed
def swapaxes(x, axis1, axis2):
    """Two axes exchanged."""
    x = convert_to_tensor(x)
    order = list(range(len(x.shape)))
    first, second = [normalize_axes(axis, len(order))[0] for axis in (axis1, axis2)]
    order[first], order[second] = order[second], order[first]
    return Transpose(order)(x)


@composed
def ravel(x):
    """All elements in one axis, in row-major order."""
    return Reshape(-1)(x)


class Tile(Op):
    """x repeated as a whole, `repeats[i]` times along axis i;   dx = the sum over the repeats."""

    keeps = ()
    moves_elements = True

    def __init__(self, repeats):
        self.repeats = repeats

    def _aligned(self, shape):
        """The shape and the repeats with leading ones, so that they are equally long."""
        repeats = lengths(self.repeats)
        rank = max(len(shape), len(repeats))
        return (1,) * (rank - len(shape)) + tuple(shape), (1,) * (rank - len(repeats)) + repeats

    def forward(self, x):
        return np.tile(x, lengths(self.repeats))

    def backward(self, call, dy):
        shape, repeats = self._aligned(call.input_shapes[0])
        pairs = tuple(n for pair in zip(repeats, shape, strict=True) for n in pair)
        once = tuple(n for length in shape for n in (1, length))
        return (Reshape(call.input_shapes[0]).of(unbroadcast(Reshape(pairs).of(dy), once)),)

    def output_shape(self, shape):
        return tuple(None if n is None else n * r for n, r in zip(*self._aligned(shape), strict=True))


def tile(x, repeats):
    """x repeated as a whole, `repeats[i]` times along axis i."""
    return Tile(repeats)(x)


class Repeat(Op):
    """Each element repeated along `axis` (of the flattened x if None);   dx = the sum over its repeats.

    Args:
        repeats: how often, one integer for all or one for each element of the axis.
    """

    keeps = ()
    moves_elements = True

    def __init__(self, repeats, axis=None):
        self.repeats = repeats if isinstance(repeats, int) else _as_list(repeats)
        self.axis = axis

    def forward(self, x):
        return np.repeat(x, self.repeats, axis=self.axis)

    def backward(self, call, dy):
        shape = call.input_shapes[0]
        axis = 0 if self.axis is None else self.axis % len(shape)
        length = int(np.prod(shape, dtype=np.int64)) if self.axis is None else shape[axis]
        return (Reshape(shape).of(SumOfRuns(np.broadcast_to(self.repeats, (length,)), axis).of(dy)),)

    def output_shape(self, shape):
        if self.axis is None:
            shape, axis = flat_shape(shape), 0
        else:
            axis = self.axis % len(shape)
        length, repeats = shape[axis], self.repeats if isinstance(self.repeats, list) else [self.repeats]
        if len(repeats) == 1:
            length = None if length is None else length * repeats[0]
        elif length in (None, len(repeats)):
            length = None if length is None else sum(repeats)
        else:
            raise ValueError(
                "Size of `repeats` and dimensions of the axis should be compatible: one number, or one per element. "
                f"Received: {len(repeats)} numbers "
                f"for an axis of length {length}"
            )
        return (*shape[:axis], length, *shape[axis + 1 :])


def _as_list(repeats):
    return as_array(repeats).tolist()


class SumOfRuns(Op):
    """Sums of runs along `axis`: the first `run_lengths[0]` elements, and so on. `Repeat`'s gradient."""

    keeps = ()

    def __init__(self, run_lengths, axis):
        self.run_lengths = run_lengths
        self.axis = axis

    def forward(self, x):
        x = np.moveaxis(x, self.axis, 0)
        y = np.zeros((len(self.run_lengths), *x.shape[1:]), x.dtype)
        nonempty = self.run_lengths > 0
        starts = np.cumsum(self.run_lengths) - self.run_lengths
        if nonempty.any():
            y[nonempty] = np.add.reduceat(x, starts[nonempty], axis=0)
        return np.moveaxis(y, 0, self.axis)

    def backward(self, call, dy):
        return (Repeat(self.run_lengths, self.axis).of(dy),)


def repeat(x, repeats, axis=None):
    """Each element repeated `repeats` times along `axis`, or in the flattened tensor if None.

    Args:
        repeats: one number for all, or one for each element of the axis.
    """
    return Repeat(repeats, axis)(x)


class Size(Op):
    """y = the number of elements, int32. No gradient."""

    differentiable = False

    def forward(self, x):
        return np.asarray(x.size, np.int32)

    def output_shape(self, shape):
        return ()

    def output_dtype(self, x):
        return "int32"


def size(x):
    """The number of elements, an int32 scalar."""
    return Size()(x)


class Ndim(Op):
    """y = the number of axes, int32. No gradient. (Keras infers a float32 vector as long as there are axes.)"""

    differentiable = False

    def forward(self, x):
        return np.asarray(x.ndim, np.int32)

    def output_shape(self, shape):
        return (len(shape),)

    def output_dtype(self, x):
        return "float32"


def ndim(x):
    """The number of axes, a Python integer. (Of a symbolic tensor: a node of the graph.)"""
    return Ndim()(x) if isinstance(x, KerasTensor) else len(convert_to_tensor(x).shape)


class View(Op):
    """The same bits read as another dtype. No gradient."""

    differentiable = False
    moves_elements = True

    def __init__(self, dtype=None):
        self.dtype = standardize_dtype(dtype)

    def forward(self, x):
        self._check(x.shape, x.dtype)
        return np.ascontiguousarray(x).view(self.dtype).reshape(self._shape(x.shape, x.dtype))

    def compute_output_spec(self, x):
        self._check(x.shape, x.dtype)
        return KerasTensor(self._shape(x.shape, x.dtype), self.dtype)

    def _shape(self, shape, dtype):
        bytes_in, bytes_out = np.dtype(dtype).itemsize, np.dtype(self.dtype).itemsize
        if not shape or shape[-1] is None:
            return shape
        return (*shape[:-1], shape[-1] * bytes_in // bytes_out)

    def _check(self, shape, dtype):
        bytes_in, bytes_out = np.dtype(dtype).itemsize, np.dtype(self.dtype).itemsize
        if shape and shape[-1] is None:
            return
        if (shape[-1] * bytes_in % bytes_out) if shape else bytes_in != bytes_out:
            raise ValueError(
                f"The number of bytes of the last axis is not divisible by the new itemsize, of {self.dtype}. "
                f"Received: shape={tuple(shape)}, dtype={dtype}"
            )


def view(x, dtype=None):
    """The same bits read as another dtype; the last axis grows or shrinks with the size of the elements."""
    x = convert_to_tensor(x)
    return x if dtype is None else View(dtype)(x)


def bitcast(x, dtype):
    """The same bits as elements of another dtype, with an added or removed last axis where their size differs.

    Smaller elements come along a new last axis; larger ones replace the last axis.

    Raises:
        ValueError: the last axis does not have the length of one larger element.
    """
    old, new = np.dtype(x.dtype).itemsize, np.dtype(dtype).itemsize
    if old == new:
        return view(x, dtype)
    if old > new:
        return view(expand_dims(x, -1), dtype)
    if not x.shape or x.shape[-1] != new // old:
        raise ValueError(
            f"The last axis must be of length {new // old} to become one {dtype} each. Received: shape={tuple(x.shape)}"
        )
    return squeeze(view(x, dtype), -1)
