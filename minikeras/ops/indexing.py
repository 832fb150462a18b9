"""Reading by index: rows, positions along an axis, a select by a condition."""

import math

import numpy as np

from minikeras.autodiff import basic_ops
from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape, broadcast_shapes, normalize_axes
from minikeras.autodiff.tensor import Tensor
from minikeras.kernels.embedding import scatter_add_rows, take_rows
from minikeras.ops.core import cast, convert_to_tensor


class Take(Op):
    """y = the slices of x at `indices` along `axis` (of the flattened x if None); their axes replace it.

    dx = zeros with dy added at `indices`. Along the first axis it comes as `IndexedSlices`: the rows alone, unsummed,
    so that an optimizer skips the rows of a large table that were not read.
    """

    keeps = ("inputs",)
    moves_elements = True
    kept_inputs = (1,)

    def __init__(self, axis=None):
        self.axis = axis

    def gives_rows(self, shapes):
        return self.axis is not None and self.axis % len(shapes[0]) == 0

    def forward(self, x, indices):
        indices = as_indices(indices)
        try:
            if self.axis == 0:
                return take_rows(x, indices.ravel()).reshape((*indices.shape, *x.shape[1:]))
            return np.take(x, indices, axis=self.axis)
        except IndexError:
            normalize_axes(self.axis, x.ndim)  # raises ValueError
            length = x.size if self.axis is None else x.shape[self.axis]
            raise IndexError(_outside(indices, length, f"axis {self.axis} of shape {x.shape}")) from None

    def backward(self, call, dy):
        shape = call.input_shapes[0]
        indices = np.asarray(_array_of(call.inputs[1]))
        if self.axis is None:
            length = int(np.prod(shape, dtype=np.int64))
            flat = PutRows(indices.ravel() % max(length, 1), (length,)).of(Reshape(-1).of(dy))
            return Reshape(shape).of(flat), None
        axis = self.axis % len(shape)
        rows = indices.ravel() % max(shape[axis], 1)
        dy = Reshape((*shape[:axis], rows.size, *shape[axis + 1 :])).of(dy)
        if axis == 0 and not isinstance(dy, Tensor):
            return IndexedSlices(dy, rows, shape), None
        return PutRows(rows, shape, axis).of(dy), None

    def output_shape(self, shape, indices_shape):
        if self.axis is None:
            return indices_shape
        axis = normalize_axes(self.axis, len(shape))[0]
        return (*shape[:axis], *indices_shape, *shape[axis + 1 :])


class PutRows(Op):
    """Zeros of `shape` with the slices of x along `axis` added at `indices`: `Take`'s gradient;   dx = dy[indices]."""

    keeps = ()

    def __init__(self, indices, shape, axis=0):
        self.indices = indices
        self.shape = tuple(shape)
        self.axis = axis

    def forward(self, x):
        table = np.zeros((self.shape[self.axis], *self.shape[: self.axis], *self.shape[self.axis + 1 :]), x.dtype)
        scatter_add_rows(table, self.indices, np.ascontiguousarray(np.moveaxis(x, self.axis, 0)))
        return np.moveaxis(table, 0, self.axis)

    def backward(self, call, dy):
        return (GetItem((*[slice(None)] * self.axis, self.indices)).of(dy),)


def take(x, indices, axis=None):
    """The slices of x at `indices` along `axis`, or the elements of the flattened x if `axis` is None.

    Negative indices count from the end.

    Raises:
        IndexError: an index is outside the axis.
    """
    return Take(axis)(x, indices if isinstance(indices, KerasTensor) else convert_to_tensor(indices))


class TakeAlongAxis(Op):
    """y[…, i, …] = x[…, indices[…, i, …], …] along `axis`;   dx = zeros with dy added at those positions."""

    keeps = ("inputs",)
    moves_elements = True
    kept_inputs = (1,)

    def __init__(self, axis=None):
        self.axis = axis

    def forward(self, x, indices):
        x, indices = aligned(x, as_indices(indices), self.axis)
        try:
            return np.take_along_axis(x, indices, axis=self.axis)
        except IndexError:
            raise IndexError(_outside(indices, x.shape[self.axis or 0], f"axis {self.axis}")) from None

    def backward(self, call, dy):
        indices = as_indices(_array_of(call.inputs[1]))
        return PutAlongAxis(indices, call.input_shapes[0], self.axis).of(dy), None

    def output_shape(self, shape, indices_shape):
        if self.axis is None:
            shape, axis = (None if None in shape else math.prod(shape),), 0
        else:
            axis = normalize_axes(self.axis, len(shape))[0]
        if len(shape) != len(indices_shape):
            raise ValueError(
                "`x` and `indices` must have an equal, the same, number of dimensions. "
                f"Received: x.shape={shape}, indices.shape={indices_shape}"
            )
        others = broadcast_shapes(
            (*shape[:axis], 1, *shape[axis + 1 :]), (*indices_shape[:axis], 1, *indices_shape[axis + 1 :])
        )
        return (*others[:axis], indices_shape[axis], *others[axis + 1 :])


class PutAlongAxis(Op):
    """Zeros of `shape` with x added at `indices` along `axis`: `TakeAlongAxis`'s gradient."""

    keeps = ()

    def __init__(self, indices, shape, axis):
        self.indices = indices
        self.shape = tuple(shape)
        self.axis = axis

    def forward(self, x):
        y = np.zeros(self.shape, x.dtype)
        if self.axis is None:
            np.add.at(y.reshape(-1), self.indices, x)
            return y
        axis = self.axis % y.ndim
        positions = list(np.ogrid[tuple(slice(n) for n in x.shape)])
        # axes along which y was broadcast are read, and so written, at 0 only
        positions = [p * (0 if y.shape[i] == 1 else 1) for i, p in enumerate(positions)]
        positions[axis] = self.indices
        np.add.at(y, tuple(positions), x)
        return y

    def backward(self, call, dy):
        return (TakeAlongAxis(self.axis).of(dy, self.indices),)


def aligned(x, indices, axis):
    """x and indices broadcast to each other, but for `axis`."""
    if axis is None:
        if indices.ndim != 1:
            raise ValueError(f"`indices` must be 1D where axis=None. Received: indices.shape={indices.shape}")
        return x, indices
    axis = normalize_axes(axis, max(x.ndim, 1))[0]
    if x.ndim != indices.ndim:
        raise ValueError(
            "`x` and `indices` must have an equal, the same, number of dimensions. "
            f"Received: x.shape={x.shape}, indices.shape={indices.shape}"
        )
    others = [n for n in range(x.ndim) if n != axis]
    if all(x.shape[i] == indices.shape[i] for i in others):
        return x, indices
    shape = list(broadcast_shapes([x.shape[i] for i in others], [indices.shape[i] for i in others]))
    return (
        np.broadcast_to(x, [*shape[:axis], x.shape[axis], *shape[axis:]]),
        np.broadcast_to(indices, [*shape[:axis], indices.shape[axis], *shape[axis:]]),
    )


def take_along_axis(x, indices, axis=None):
    """For each place in `indices`, the element of x there along `axis` (of the flattened x if None).

    The results of `argmax`, `argsort` and `top_k` are valid `indices`. Negative indices count from the end.

    Fractions are cut off.

    Raises:
        IndexError: an index is outside the axis.
    """
    indices = convert_to_tensor(indices)
    return TakeAlongAxis(axis)(x, cast(indices, "int32") if is_float(indices.dtype) else indices)


def as_indices(indices):
    """An array of indices as integers (int64 where it holds Booleans or nothing).

    Raises:
        TypeError: it has another dtype.
    """
    indices = np.asarray(indices)
    if indices.dtype.kind in "iu":
        return indices
    if indices.dtype == bool or indices.size == 0:
        return indices.astype(np.int64)
    raise TypeError(f"Indices must be integers. Received: dtype={indices.dtype}. Convert them with `ops.cast`.")


def _array_of(x):
    return x.array if isinstance(x, Tensor) else x


def _outside(indices, length, where):
    wrong = indices[(indices < -length) | (indices >= length)]
    first = int(wrong.ravel()[0]) if wrong.size else None
    return f"Index {first} is out of bounds for {where}: it must be in the range [{-length}, {length})."


def get_item(x, key):
    """x[key]: slices, integers, `...` and None as in NumPy, integer and boolean arrays too. A list is a tuple."""
    if isinstance(x, (np.ndarray, list, tuple)):
        return x[key]  # its own item, as in Keras
    key = tuple(key) if isinstance(key, list) else key
    return basic_ops.get_item(x if isinstance(x, KerasTensor) else convert_to_tensor(x), key)


def where(condition, x1=None, x2=None):
    """x1 where `condition` holds, x2 elsewhere. With the condition alone: the positions where it holds, as `nonzero`.

    Raises:
        ValueError: only one of x1 and x2 is given.
    """
    if x1 is None and x2 is None:
        return Where()(condition) if isinstance(condition, KerasTensor) else nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError("`x1` and `x2` either both should be `None`. Received only one of them.")
    return Where()(condition, x1, x2)


@composed(inputs=("condlist", "choicelist", "default"))
def select(condlist, choicelist, default=0):
    """Each element from the first tensor in `choicelist` whose condition in `condlist` holds there.

    Args:
        condlist: list of boolean tensors.
        choicelist: list of tensors, as many.
        default: the value where no condition holds.

    Raises:
        ValueError: the lists are empty or differ in length.
    """
    if not (isinstance(condlist, (list, tuple)) and isinstance(choicelist, (list, tuple))):
        raise ValueError(
            "`condlist` and `choicelist` must be lists. "
            f"Received: {type(condlist).__name__} and {type(choicelist).__name__}"
        )
    if not condlist or len(condlist) != len(choicelist):
        raise ValueError(
            f"`condlist` must have length equal to `choicelist`, and both must not be empty. "
            f"Received: {len(condlist)} conditions and {len(choicelist)} choices."
        )
    y = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        y = Where()(condition, choice, y)
    return y


class Nonzero(Op):
    """For each axis, the indices of the elements that are not 0, int32. No gradient."""

    differentiable = False

    def forward(self, x):
        return tuple(i.astype(np.int32) for i in np.nonzero(np.atleast_1d(x)))

    def compute_output_spec(self, x):
        return [KerasTensor((None,), "int32") for _ in x.shape]


def nonzero(x):
    """Where x is not 0: the indices along each axis, int32 (a list; of a symbolic tensor a tuple, as in Keras)."""
    return (tuple if isinstance(x, KerasTensor) else list)(Nonzero()(x))


@composed
def unravel_index(indices, shape):
    """Indices into a flattened tensor as indices for `shape`: a tuple (symbolic: a list) with one array per axis.

    Raises:
        ValueError: a length in `shape` is None.
    """
    indices = convert_to_tensor(indices)
    if isinstance(indices, KerasTensor):
        return [KerasTensor((None,) if None in shape else indices.shape, indices.dtype) for _ in shape]
    if None in shape:
        raise ValueError(f"Every length in `shape` must be known. Received: shape={shape}")
    total = int(np.prod(shape, dtype=np.int64))
    rest = Where()(indices < 0, indices + total, indices)
    coordinates = []
    for length in reversed(tuple(shape)):
        coordinates.append(rest % length)
        rest = rest // length
    return tuple(coordinates[::-1])
