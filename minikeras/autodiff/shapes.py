"""Ops that sum over axes, repeat along them, or rearrange them, as gradients of broadcast inputs do."""

import math

import numpy as np

from minikeras.autodiff.dtypes import dtype_name, result_type
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.operation import ListOp, Op
from minikeras.kernels.transposition import transposed

FILLED = 1 << 12  # elements from which a constant array takes longer to fill than to broadcast


def broadcast_shapes(*shapes):
    """The shape that arrays of these shapes (None: unknown length) broadcast to.

    Raises:
        ValueError: two lengths differ and neither is 1.
    """
    ndim = max(len(shape) for shape in shapes)
    result = []
    for lengths in zip(*[(1,) * (ndim - len(shape)) + tuple(shape) for shape in shapes], strict=True):
        known = {n for n in lengths if n not in (None, 1)}
        if len(known) > 1:
            raise ValueError(f"Cannot broadcast shapes {' and '.join(str(tuple(s)) for s in shapes)} together.")
        result.append(known.pop() if known else (None if None in lengths else 1))
    return tuple(result)


def unbroadcast(dy, shape):
    """Sum a gradient over the axes along which an input of `shape` was broadcast."""
    if dy.shape == shape:
        return dy
    extra = len(dy.shape) - len(shape)
    axes = tuple(range(extra)) + tuple(extra + i for i, n in enumerate(shape) if n == 1 and dy.shape[extra + i] != 1)
    return Reshape(shape).of(Sum(axes).of(dy))


def normalize_axes(axis, ndim):
    """`axis` (None, an integer or several) as a sorted tuple of non-negative integers.

    Raises:
        ValueError: an axis does not exist.
    """
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    for a in axes:
        if not -ndim <= int(a) < ndim:
            raise ValueError(f"axis {a} is out of bounds for {ndim} axes, [{-ndim}, {ndim}). Received: axis={axis}")
    return tuple(sorted(int(a) % ndim for a in axes))


def axes_of_rows(axis, rank):
    """An `axis` of arrays with `rank` axes as a tuple, valid where they are stacked as rows along a new first axis."""
    return tuple([a + 1 for a in normalize_axes(axis, rank)])


def flat_shape(shape):
    """The shape of all elements as one vector."""
    return (None if None in shape else math.prod(shape),)


def shape_along(axis, shape):
    """The output shape of an op along an axis, that of the input; without an axis (None), of all elements in a vector.

    Raises:
        ValueError: the axis does not exist.
    """
    if axis is None:
        return flat_shape(shape)
    normalize_axes(axis, len(shape))
    return shape


def reduced_shape(shape, axis, keepdims):
    """The shape after a reduction over `axis`."""
    axes = normalize_axes(axis, len(shape))
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def sum_dtype(dtype):
    """The dtype of a sum: small integers and booleans are summed as 32-bit ones."""
    widened = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}
    return widened.get(dtype, dtype)


class Sum(Op):
    """y = Σ x over `axis`;   dx = dy, spread over the summed axes."""

    keeps = ()

    def __init__(self, axis=None, keepdims=False):
        self.axis = tuple(axis) if isinstance(axis, list) else axis
        self.keepdims = keepdims

    def forward(self, x):
        x = np.asarray(x)
        dtype = x.dtype if x.dtype.kind in "fc" else sum_dtype(dtype_name(x.dtype))
        if x.dtype == np.float16:  # summed in float32, as TensorFlow does, so that long sums do not stall
            return np.add.reduce(x, axis=self.axis, keepdims=self.keepdims, dtype=np.float32).astype(np.float16)
        return np.add.reduce(x, axis=self.axis, keepdims=self.keepdims, dtype=dtype)

    def forward_rows(self, arrays, ranks):
        return Sum(axes_of_rows(self.axis, ranks[0]), self.keepdims).forward(*arrays)

    def backward(self, call, dy):
        return (broadcast_gradient(dy, call.input_shapes[0], self.axis, self.keepdims),)

    def output_shape(self, shape):
        return reduced_shape(shape, self.axis, self.keepdims)

    def elementary_operations(self, shapes, output_shape):
        return math.prod(shapes[0])

    def output_dtype(self, x):
        return sum_dtype(x.dtype)


def broadcast_gradient(dy, shape, axis, keepdims):
    """Undo a reduction's shape change: repeat `dy` over the reduced axes of `shape`."""
    if axis is None and isinstance(dy, (np.ndarray, np.generic)):  # one number for all
        if math.prod(shape) < FILLED:  # a small array is filled, in 0.4 µs
            repeated = np.empty(shape, dy.dtype)
            repeated[...] = dy  # which may have axes of length 1
            return repeated
        # A large one is broadcast, without memory and in a fifth of the 5 µs of `np.broadcast_to`.
        repeated = np.ndarray(shape, dy.dtype, np.array(dy), 0, (0,) * len(shape))
        repeated.flags.writeable = False
        return repeated
    if not keepdims:
        dy = Reshape(reduced_shape(shape, axis, True)).of(dy)
    return BroadcastTo(shape).of(dy)


class BroadcastTo(Op):
    """Repeat along axes of length 1 (and new leading ones);   dx = the sum over the repeats."""

    keeps = ()
    moves_elements = True

    def __init__(self, shape):
        self.shape = tuple(int(n) for n in shape)

    def forward(self, x):
        return np.broadcast_to(x, self.shape)

    def backward(self, call, dy):
        return (unbroadcast(dy, call.input_shapes[0]),)

    def output_shape(self, shape):
        return self.shape


class Reshape(Op):
    """The same elements in row-major order with other axis lengths (one may be −1);   dx = dy reshaped back."""

    keeps = ()
    keeps_elements = moves_elements = True

    def __init__(self, newshape):
        newshape = (newshape,) if isinstance(newshape, int) else newshape
        self.newshape = tuple([-1 if n is None else int(n) for n in newshape])

    def forward(self, x):
        x = np.asarray(x)
        try:
            return x.reshape(self.newshape)
        except ValueError:
            raise ValueError(
                f"Cannot reshape a tensor of shape {x.shape} ({x.size} elements) into {self.newshape}."
            ) from None

    def backward(self, call, dy):
        return (Reshape(call.input_shapes[0]).of(dy),)

    def output_shape(self, shape):
        return _reshaped(shape, self.newshape)

    def batch_inputs(self, shapes, output_shape):
        return [True] if shapes[0][:1] == output_shape[:1] else None


def _reshaped(shape, newshape):
    """The shape after reshaping, where −1 becomes None if any length that it depends on is unknown."""
    if -1 not in newshape:
        if None not in shape and math.prod(shape) != math.prod(newshape):
            raise ValueError(
                f"The total size of a tensor must be unchanged. Received: shape {tuple(shape)} for newshape={newshape}"
            )
        return newshape
    known = [n for n in shape if n is not None]
    rest = int(np.prod([n for n in newshape if n != -1], dtype=np.int64))
    if len(known) < len(shape):
        return tuple(None if n == -1 else n for n in newshape)
    size = int(np.prod(known, dtype=np.int64))
    if rest == 0 or size % rest:
        raise ValueError(f"Cannot reshape a tensor of shape {tuple(shape)} ({size} elements) into {newshape}.")
    return tuple(size // rest if n == -1 else n for n in newshape)


class Squeeze(Op):
    """Drop axes of length 1 (all, or those in `axis`);   dx = dy with them back."""

    keeps = ()
    keeps_elements = moves_elements = True

    def __init__(self, axis=None):
        self.axis = (tuple(axis) or None) if isinstance(axis, (list, tuple)) else axis

    def forward(self, x):
        if self.axis is not None:
            self.output_shape(x.shape)  # its error names the axis
        return np.squeeze(x, axis=self.axis)

    def backward(self, call, dy):
        return (Reshape(call.input_shapes[0]).of(dy),)

    def output_shape(self, shape):
        if self.axis is None:
            return tuple(n for n in shape if n != 1)
        axes = normalize_axes(self.axis, len(shape))
        for a in axes:
            if shape[a] not in (1, None):
                raise ValueError(
                    f"Cannot squeeze axis={self.axis}, because the dimension is not 1. Received: x.shape={tuple(shape)}"
                )
        return tuple(n for i, n in enumerate(shape) if i not in axes)


class Transpose(Op):
    """Reorder the axes (reverse them when `axes` is None);   dx = dy reordered back."""

    keeps = ()
    moves_elements = True

    def __init__(self, axes=None):
        self.axes = None if axes is None else tuple(int(a) for a in axes)

    def forward(self, x):
        if self.axes is None:
            return np.transpose(x)
        if len(self.axes) != x.ndim or any(not -x.ndim <= a < x.ndim for a in self.axes):
            self.output_shape(x.shape)  # raises
        return transposed(x, [a % x.ndim for a in self.axes])

    def forward_rows(self, arrays, ranks):
        return arrays[0].transpose(0, *[a + 1 for a in self.permutation(ranks[0])])

    def backward(self, call, dy):
        return (self.inverse().of(dy),)

    def permutation(self, rank):
        return tuple(range(rank))[::-1] if self.axes is None else tuple([a % rank for a in self.axes])

    def inverse(self):
        """The op that undoes this one."""
        return Transpose(None if self.axes is None else np.argsort([a % len(self.axes) for a in self.axes]))

    def output_shape(self, shape):
        if self.axes is None:
            return tuple(reversed(shape))
        out_of_range = any(not -len(shape) <= a < len(shape) for a in self.axes)
        if (
            out_of_range
            or len(self.axes) != len(shape)
            or sorted(a % len(shape) for a in self.axes) != list(range(len(shape)))
        ):
            raise ValueError(
                f"`axes` must be a valid permutation of the {len(shape)} input dimensions. "
                f"Received: axes={list(self.axes)}"
            )
        return tuple(shape[a] for a in self.axes)


def swap_last_axes(x):
    """The transpose of each matrix in a stack."""
    if type(x) is np.ndarray:
        return x.swapaxes(-1, -2)
    axes = list(range(len(x.shape)))
    axes[-2:] = axes[-1], axes[-2]
    return Transpose(axes).of(x)


class Stack(ListOp):
    """Join tensors of one shape along a new axis;   each dx = its slice of dy."""

    keeps = ()

    def __init__(self, axis=0):
        self.axis = axis

    def forward(self, *arrays):
        return np.stack(_of_common_dtype(arrays), axis=self.axis)

    def forward_rows(self, arrays, ranks):
        axis = self.axis + 1 if self.axis >= 0 else self.axis
        return np.stack(np.broadcast_arrays(*_of_common_dtype(arrays)), axis=axis)

    def backward(self, call, dy):
        axis = self.axis % len(dy.shape)
        return tuple(GetItem((*[slice(None)] * axis, i)).of(dy) for i in range(dy.shape[axis]))

    def output_shape(self, *shapes):
        first = shapes[0]
        for shape in shapes[1:]:
            if len(shape) != len(first) or any(
                a != b and None not in (a, b) for a, b in zip(first, shape, strict=True)
            ):
                raise ValueError(
                    "Every value to stack must have the same shape. "
                    f"Received shapes: {', '.join(str(tuple(shape)) for shape in shapes)}"
                )
        known = [next((n for n in lengths if n is not None), None) for lengths in zip(*shapes, strict=True)]
        axis = normalize_axes(self.axis, len(first) + 1)[0]
        return (*known[:axis], len(shapes), *known[axis:])

    def output_dtype(self, *inputs):
        return result_type(*[x.dtype if hasattr(x, "dtype") else type(x) for x in inputs])


def _of_common_dtype(arrays):
    dtypes = [x.dtype if hasattr(x, "dtype") else type(x) for x in arrays]
    dtype = object if set(dtypes) == {np.dtype(object)} else result_type(*dtypes)  # texts, or numbers
    return [np.asarray(x, dtype) for x in arrays]


def stack_nested(x):
    """Nested lists that contain Tensors, as one Tensor that stays connected to them."""
    return Stack(0)([stack_nested(item) if isinstance(item, (list, tuple)) else item for item in x])
