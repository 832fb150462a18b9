"""The ops behind Python's operators, and the few shape ops that their gradients need.

    y = x1 + x2                 dx1 = dy                    dx2 = dy
    y = x1 · x2                 dx1 = dy · x2               dx2 = dy · x1
    y = x1 / x2                 dx1 = dy / x2               dx2 = −dy · y / x2
    y = x1 ^ x2                 dx1 = dy · x2 · x1^(x2−1)   dx2 = dy · y · ln x1

Where an input was broadcast, its gradient is summed back to its own shape.
"""

import sys

import numpy as np

from minikeras.autodiff import operators
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import Node
from minikeras.autodiff.operation import ListOp, Op
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.dtypes import as_float, dtype_name, is_float, promote, result_type, standardize_dtype
from minikeras.kernels.blas import matmul

# ln 0 = −∞, 1 / 0 = ∞ and 0 / 0 = NaN come without a warning, as in TensorFlow.
QUIET = np.errstate(all="ignore")


def like(other, tensor):
    """The second operand of a Python operator: a raw float array takes the dtype of the tensor beside it.

    TensorFlow converts `tensor + numpy_array` so. (`ops.add` instead promotes by `result_type`.)
    """
    if type(other) is np.ndarray and other.dtype == np.float64 and is_float(tensor.dtype):
        return other.astype(tensor.dtype)
    return other


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


class Elementwise(Op):
    """Base of ops that act on each element of their broadcast inputs."""

    @staticmethod
    def output_shape(*shapes):
        return broadcast_shapes(*shapes)

    def output_dtype(self, *inputs):
        """That of a trial run on single elements."""
        ones = [x if type(x) in (int, float, bool) else np.ones((1,), x.dtype) if hasattr(x, "dtype") else as_array(x)
                for x in inputs]  # fmt: skip
        with np.errstate(all="ignore"):
            return np.asarray(self.forward(*ones)).dtype.name


class Binary(Elementwise):
    """Base of elementwise ops with two inputs, brought to their common dtype."""

    ufunc = None
    keeps = ("inputs",)

    def forward(self, x1, x2):
        return self.ufunc(*promote(x1, x2))

    def backward(self, call, dy):
        dx1, dx2 = self.gradients(call, dy)
        s1, s2 = call.input_shapes
        return (
            None if dx1 is None else unbroadcast(dx1, s1),
            None if dx2 is None else unbroadcast(dx2, s2),
        )

    def gradients(self, call, dy):
        """Gradients of both inputs before broadcasting is undone."""
        raise NotImplementedError


class Add(Binary):
    """y = x1 + x2;   dx1 = dx2 = dy."""

    ufunc = np.add
    keeps = ()

    def gradients(self, call, dy):
        return dy, dy


class Subtract(Binary):
    """y = x1 − x2;   dx1 = dy, dx2 = −dy."""

    ufunc = np.subtract
    keeps = ()

    def gradients(self, call, dy):
        return dy, -dy if call.wants[1] else None


class Multiply(Binary):
    """y = x1 · x2;   dx1 = dy · x2, dx2 = dy · x1."""

    ufunc = np.multiply

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        return dy * x2 if call.wants[0] else None, dy * x1 if call.wants[1] else None


class Divide(Binary):
    """y = x1 / x2, always a float;   dx1 = dy / x2, dx2 = −dy · x1 / x2²."""

    @QUIET
    def forward(self, x1, x2):
        x1, x2 = promote(x1, x2)
        return np.true_divide(as_float(x1), as_float(x2))

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        dx1 = dy / x2 if call.wants[0] else None
        dx2 = dy * (-x1 / x2 / x2) if call.wants[1] else None  # x2² would underflow
        return dx1, dx2


class TrueDivide(Divide):
    """`Divide` under the name that the operator `/` has in Keras's files."""


class Power(Binary):
    """y = x1 ^ x2;   dx1 = dy · x2 · x1^(x2−1), dx2 = dy · y · ln x1 (0 where x1 = 0)."""

    keeps = ("inputs", "output")

    @QUIET
    def forward(self, x1, x2):
        if type(x2) in (int, float) and isinstance(x1, np.ndarray) and x1.dtype.kind == "f":
            return x1**x2  # NumPy's operator squares and takes roots faster than `np.power`
        return np.power(*promote(x1, x2))

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        dx1 = dx2 = None
        if call.wants[0]:
            dx1 = dy * x2 * x1 if type(x2) in (int, float) and x2 == 2 else dy * x2 * Power().of(x1, x2 - 1)
        if call.wants[1]:
            x1 = x1 if hasattr(x1, "shape") else np.asarray(x1, dy.dtype)
            positive = x1 > 0 if isinstance(x1, np.ndarray) else Greater().of(x1, 0.0)
            safe = Where().of(positive, x1, 1.0)
            dx2 = dy * call.output * Log().of(safe)
        return dx1, dx2


class FloorDivide(Binary):
    """y = ⌊x1 / x2⌋. No gradient: it is flat between its steps."""

    differentiable = False

    @QUIET
    def forward(self, x1, x2):
        return np.floor_divide(*promote(x1, x2))


class Mod(Binary):
    """y = x1 − x2 · ⌊x1 / x2⌋, with the sign of x2;   dx1 = dy, dx2 = −dy · ⌊x1 / x2⌋."""

    @QUIET
    def forward(self, x1, x2):
        x1, x2 = promote(x1, x2)
        if x1.dtype == bool:
            x1, x2 = x1.astype("int32"), x2.astype("int32")
        return np.mod(x1, x2)

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        return dy, -dy * FloorDivide().of(x1, x2) if call.wants[1] else None


class Comparison(Binary):
    """Base of comparisons: elementwise, bool out, no gradient."""

    differentiable = False

    def output_dtype(self, *inputs):
        return "bool"


class Equal(Comparison):
    """y = (x1 = x2)."""

    ufunc = np.equal


class NotEqual(Comparison):
    """y = (x1 ≠ x2)."""

    ufunc = np.not_equal


class Less(Comparison):
    """y = (x1 < x2)."""

    ufunc = np.less


class LessEqual(Comparison):
    """y = (x1 ≤ x2)."""

    ufunc = np.less_equal


class Greater(Comparison):
    """y = (x1 > x2)."""

    ufunc = np.greater


class GreaterEqual(Comparison):
    """y = (x1 ≥ x2)."""

    ufunc = np.greater_equal


class LogicalAnd(Comparison):
    """y = x1 and x2, both read as booleans."""

    ufunc = np.logical_and


class LogicalOr(Comparison):
    """y = x1 or x2, both read as booleans."""

    ufunc = np.logical_or


class LogicalXor(Comparison):
    """y = either x1 or x2, both read as booleans."""

    ufunc = np.logical_xor


class LogicalNot(Elementwise):
    """y = not x, read as a boolean."""

    differentiable = False

    def forward(self, x):
        return np.logical_not(x)


class BitwiseAnd(Binary):
    """y = x1 & x2, bit by bit."""

    differentiable = False
    ufunc = np.bitwise_and


class BitwiseOr(Binary):
    """y = x1 | x2, bit by bit."""

    differentiable = False
    ufunc = np.bitwise_or


class BitwiseXor(Binary):
    """y = x1 ^ x2, bit by bit."""

    differentiable = False
    ufunc = np.bitwise_xor


class BitwiseInvert(Elementwise):
    """y = ~x, bit by bit."""

    differentiable = False

    def forward(self, x):
        return np.bitwise_not(x)


def bitwise_or_logical(word, x1, x2):
    """`&`, `|` or `^`: logical for booleans, bit by bit for integers."""
    both_bool = all(getattr(x, "dtype", "bool" if isinstance(x, bool) else None) == "bool" for x in (x1, x2))
    ops = {"and": (LogicalAnd, BitwiseAnd), "or": (LogicalOr, BitwiseOr), "xor": (LogicalXor, BitwiseXor)}[word]
    return ops[0 if both_bool else 1]()(x1, x2)


class Negative(Elementwise):
    """y = −x;   dx = −dy."""

    keeps = ()

    def forward(self, x):
        return np.negative(x)

    def backward(self, call, dy):
        return (-dy,)


class Conjugate(Elementwise):
    """y = x with the sign of its imaginary part changed;   dx = dy conjugated."""

    keeps = ()
    holomorphic = False

    def forward(self, x):
        return np.conjugate(x) if np.asarray(x).dtype.kind == "c" else x

    def backward(self, call, dy):
        return (self.of(dy),)


class Sign(Elementwise):
    """y = −1, 0 or 1 by the sign of x;   dx = 0, for it is flat."""

    keeps = ()

    def forward(self, x):
        return np.sign(x)

    def backward(self, call, dy):
        return (np.zeros(call.input_shapes[0], dy.dtype),)


class Absolute(Elementwise):
    """y = |x|;   dx = dy · sign x. (The sign of a complex x is x / |x|.)"""

    keeps = ("inputs",)

    def forward(self, x):
        return np.abs(x)

    def backward(self, call, dy):
        x = call.inputs[0]
        if "complex" in str(x.dtype):
            y = self.of(x)
            return (x * (dy / Where().of(y == 0, 1.0, y)),)
        return (dy * Sign().of(x),)


class Log(Elementwise):
    """y = ln x;   dx = dy / x."""

    keeps = ("inputs",)

    @QUIET
    def forward(self, x):
        return np.log(as_float(x))

    def backward(self, call, dy):
        return (dy / call.inputs[0],)


class Cast(Elementwise):
    """The same numbers in another dtype;   dx = dy in x's dtype."""

    keeps = ()

    def __init__(self, dtype):
        self.dtype = standardize_dtype(dtype)

    @QUIET
    def forward(self, x):
        x = np.asarray(x)
        if x.dtype.kind == "c" and "complex" not in self.dtype:
            x = x.real
        return x.astype("U" if self.dtype == "string" else self.dtype, copy=False)

    def backward(self, call, dy):
        return (dy,)  # the tape brings every gradient to its input's dtype

    def output_dtype(self, x):
        return self.dtype


class Where(Elementwise):
    """y = x1 where condition holds, else x2;   dx1 = dy there, dx2 = dy elsewhere."""

    keeps = ("inputs",)
    kept_inputs = (0,)

    def forward(self, condition, x1, x2):
        return np.where(np.asarray(condition, bool), *promote(x1, x2))

    def backward(self, call, dy):
        condition = call.inputs[0]
        _, s1, s2 = call.input_shapes
        dx1 = unbroadcast(Where().of(condition, dy, 0.0), s1) if call.wants[1] else None
        dx2 = unbroadcast(Where().of(condition, 0.0, dy), s2) if call.wants[2] else None
        return None, dx1, dx2


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
            raise ValueError(f"`axis` must be in the range [{-ndim}, {ndim}) for {ndim} axes. Received: axis={axis}")
    return tuple(sorted(int(a) % ndim for a in axes))


def reduced_shape(shape, axis, keepdims):
    """The shape that is left after a reduction over `axis`."""
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

    def backward(self, call, dy):
        return (spread(dy, call.input_shapes[0], self.axis, self.keepdims),)

    def output_shape(self, shape):
        return reduced_shape(shape, self.axis, self.keepdims)

    def output_dtype(self, x):
        return sum_dtype(x.dtype)


def spread(dy, shape, axis, keepdims):
    """Undo a reduction's shape change: repeat `dy` over the reduced axes of `shape`."""
    if not keepdims:
        dy = Reshape(reduced_shape(shape, axis, True)).of(dy)
    return BroadcastTo(shape).of(dy)


class BroadcastTo(Op):
    """Repeat along axes of length 1 (and new leading ones);   dx = the sum over the repeats."""

    keeps = ()

    def __init__(self, shape):
        self.shape = tuple(int(n) for n in shape)

    def forward(self, x):
        return np.broadcast_to(x, self.shape)

    def backward(self, call, dy):
        return (unbroadcast(dy, call.input_shapes[0]),)

    def output_shape(self, shape):
        return self.shape


class Reshape(Op):
    """The same elements in row-major order with other axes lengths (one may be −1);   dx = dy reshaped back."""

    keeps = ()

    def __init__(self, newshape):
        newshape = (newshape,) if isinstance(newshape, int) else newshape
        self.newshape = tuple(-1 if n is None else int(n) for n in newshape)

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


def _reshaped(shape, newshape):
    """The shape after reshaping, where −1 becomes None if any length that it depends on is unknown."""
    if -1 not in newshape:
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

    def __init__(self, axis=None):
        self.axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis

    def forward(self, x):
        return np.squeeze(x, axis=self.axis)

    def backward(self, call, dy):
        return (Reshape(call.input_shapes[0]).of(dy),)

    def output_shape(self, shape):
        if self.axis is None:
            return tuple(n for n in shape if n != 1)
        axes = normalize_axes(self.axis, len(shape))
        for a in axes:
            if shape[a] not in (1, None):
                raise ValueError(f"Cannot squeeze axis={self.axis} of shape {tuple(shape)}: its length is {shape[a]}.")
        return tuple(n for i, n in enumerate(shape) if i not in axes)


class Transpose(Op):
    """Reorder the axes (reverse them when `axes` is None);   dx = dy reordered back."""

    keeps = ()

    def __init__(self, axes=None):
        self.axes = None if axes is None else tuple(int(a) for a in axes)

    def forward(self, x):
        return np.transpose(x, self.axes)

    def backward(self, call, dy):
        return (Transpose(None if self.axes is None else np.argsort([a % len(self.axes) for a in self.axes])).of(dy),)

    def output_shape(self, shape):
        if self.axes is None:
            return tuple(reversed(shape))
        if sorted(a % len(shape) for a in self.axes) != list(range(len(shape))):
            raise ValueError(f"`axes` must name each of the {len(shape)} axes once. Received: axes={self.axes}")
        return tuple(shape[a] for a in self.axes)


def swap_last_axes(x):
    """The transpose of each matrix in a stack."""
    axes = list(range(len(x.shape)))
    axes[-2:] = axes[-1], axes[-2]
    return Transpose(axes).of(x)


class Matmul(Op):
    """y = x1 @ x2, matrix by matrix over the leading axes;   dx1 = dy @ x2ᵀ, dx2 = x1ᵀ @ dy."""

    keeps = ("inputs",)

    def forward(self, x1, x2):
        if x1.dtype == x2.dtype == np.int8 and x1.ndim == x2.ndim == 2:  # as in Keras: not for vectors or stacks
            x1, x2 = x1.astype(np.int32), x2.astype(np.int32)
        x1, x2 = promote(x1, x2)
        if x1.ndim and x2.ndim and x1.shape[-1] != x2.shape[-2 if x2.ndim > 1 else 0]:
            self.output_shape(x1.shape, x2.shape)  # raises, naming both shapes
        return matmul(x1, x2) if x1.ndim and x2.ndim else np.matmul(x1, x2)

    def backward(self, call, dy):
        x1, x2 = call.inputs
        s1, s2 = call.input_shapes
        # a vector takes part as a matrix of one row (left) or one column (right)
        m1 = Reshape((1, *s1)).of(x1) if len(s1) == 1 else x1
        m2 = Reshape((*s2, 1)).of(x2) if len(s2) == 1 else x2
        if len(s1) == 1 or len(s2) == 1:
            rows = () if len(s1) == 1 else (s1[-2],)
            columns = () if len(s2) == 1 else (s2[-1],)
            batch = tuple(dy.shape[: len(dy.shape) - len(rows) - len(columns)])
            dy = Reshape((*batch, *(rows or (1,)), *(columns or (1,)))).of(dy)
        dx1 = dx2 = None
        if call.wants[0]:
            dx1 = Reshape(s1).of(unbroadcast(Matmul().of(dy, swap_last_axes(m2)), m1.shape))
        if call.wants[1]:
            if len(m2.shape) == 2 and len(m1.shape) > 2:  # a stack times one matrix: one tall product, no stack of sums
                m1, dy = Reshape((-1, m1.shape[-1])).of(m1), Reshape((-1, dy.shape[-1])).of(dy)
            dx2 = Reshape(s2).of(unbroadcast(Matmul().of(swap_last_axes(m1), dy), m2.shape))
        return dx1, dx2

    def output_shape(self, s1, s2):
        if not s1 or not s2:
            raise ValueError(f"`matmul` needs at least one axis on both sides. Received shapes: {s1} and {s2}")
        inner1, inner2 = s1[-1], s2[-2] if len(s2) > 1 else s2[0]
        if inner1 is not None and inner2 is not None and inner1 != inner2:
            raise ValueError(
                f"The last axis of the first matrix must be as long as the second last of the second: "
                f"{inner1} is not {inner2}. Received shapes: {tuple(s1)} and {tuple(s2)}"
            )
        batch = broadcast_shapes(s1[:-2], s2[:-2])
        return (*batch, *s1[-2:-1], *(s2[-1:] if len(s2) > 1 else ()))

    def output_dtype(self, x1, x2):
        both_int8 = x1.dtype == x2.dtype == "int8"
        return "int32" if both_int8 and len(x1.shape) == len(x2.shape) == 2 else result_type(x1.dtype, x2.dtype)


class Stack(ListOp):
    """Join tensors of one shape along a new axis;   each dx = its slice of dy."""

    keeps = ()

    def __init__(self, axis=0):
        self.axis = axis

    def forward(self, *arrays):
        dtype = result_type(*[x.dtype if hasattr(x, "dtype") else type(x) for x in arrays])
        return np.stack([np.asarray(x, dtype) for x in arrays], axis=self.axis)

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
                    "Tensors to stack must all have the same shape. "
                    f"Received shapes: {', '.join(str(tuple(shape)) for shape in shapes)}"
                )
        known = [next((n for n in lengths if n is not None), None) for lengths in zip(*shapes, strict=True)]
        axis = self.axis % (len(first) + 1)
        return (*known[:axis], len(shapes), *known[axis:])

    def output_dtype(self, *inputs):
        return result_type(*[x.dtype if hasattr(x, "dtype") else type(x) for x in inputs])


def stack_nested(x):
    """Nested lists in which Tensors stand, as one Tensor that stays connected to them."""
    return Stack(0)([stack_nested(item) if isinstance(item, (list, tuple)) else item for item in x])


class GetItem(Op):
    """y = x[key];   dx = zeros with dy added at `key` (a place read twice gets both)."""

    keeps = ()

    def __init__(self, key=None):
        self.key = key

    def __call__(self, x, key=None):
        return super().__call__(x) if key is None else GetItem(key)(x)

    call = __call__

    def symbolic_call(self, x):
        """Leave a node whose key is an argument, as in Keras's files, rather than a setting."""
        outputs = self.compute_output_spec(x)
        if thread.records_history:
            Node(GetItem(), (x, self.key), {}, outputs)
        return outputs

    def compute_output_spec(self, x, key=None):
        return super().compute_output_spec(x) if key is None else GetItem(key).compute_output_spec(x)

    def get_config(self):
        return {"name": self.name}

    def forward(self, x):
        y = x[self.key]
        return y.copy() if isinstance(y, np.ndarray) and y.size < x.size // 4 else y  # let the big array go

    def backward(self, call, dy):
        return (PutItem(self.key, call.input_shapes[0]).of(dy),)


class PutItem(Op):
    """The gradient of `GetItem`: zeros of `shape`, with x added at `key`;   dx = dy[key]."""

    keeps = ()

    def __init__(self, key, shape):
        self.key = key
        self.shape = shape

    def forward(self, x):
        y = np.zeros(self.shape, x.dtype)
        if _is_basic(self.key):  # no place can occur twice
            y[self.key] = x
        else:
            np.add.at(y, self.key, x)
        return y

    def backward(self, call, dy):
        return (GetItem(self.key).of(dy),)

    def output_shape(self, shape):
        return self.shape


def _is_basic(key):
    parts = key if isinstance(key, tuple) else (key,)
    return all(part is None or part is Ellipsis or isinstance(part, (int, slice)) for part in parts)


def get_item(x, key):
    """`x[key]` for a tensor, with slices, ellipsis, None, integers, and integer or boolean arrays as key.

    Raises:
        IndexError: an index lies outside its axis, or there are more indices than axes.
    """
    parts = key if isinstance(key, tuple) else (key,)
    parts = tuple(_index_array(part) for part in parts)
    if isinstance(x, KerasTensor) and any(isinstance(part, KerasTensor) for part in parts):
        raise ValueError("A symbolic index is not possible in `x[...]`. Use `ops.take` or `ops.take_along_axis`.")
    try:
        return GetItem(parts if len(parts) != 1 else parts[0])(x)
    except IndexError as error:
        raise IndexError(f"{error}. Received: a tensor of shape {tuple(x.shape)}") from None


def _index_array(part):
    if isinstance(part, slice):
        return slice(*[None if n is None else int(n) for n in (part.start, part.stop, part.step)])
    if isinstance(part, (Tensor, Variable)):
        part = part.array
    if isinstance(part, (np.ndarray, np.generic)):
        return int(part) if part.ndim == 0 and part.dtype.kind in "iu" else part
    if isinstance(part, list):
        return np.asarray(part, dtype=np.int64 if not part else None)
    return part


def add_gradients(a, b):
    """The sum of two gradients of one tensor, either of which may come as rows."""
    if isinstance(a, IndexedSlices) or isinstance(b, IndexedSlices):
        if isinstance(a, IndexedSlices) and isinstance(b, IndexedSlices):
            return IndexedSlices(
                np.concatenate([a.values, b.values]), np.concatenate([a.indices, b.indices]), a.dense_shape
            )
        a = a.to_dense() if isinstance(a, IndexedSlices) else a
        b = b.to_dense() if isinstance(b, IndexedSlices) else b
    return a + b


operators.arithmetic = sys.modules[__name__]
