"""Tensors created from scalars: constants, ranges, identity matrices, grids, windows."""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import result_type, standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import BroadcastTo, Reshape, Sum, broadcast_shapes, unbroadcast
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.limits import use_elements
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.shaping import ExpandDims, lengths

_NAMES_OF_TENSORFLOW = {"half": "float16", "float": "float32", "double": "float64"}


def _dtype_to_fill(dtype):
    """The dtype of a tensor to be filled with a constant. Keras leaves these functions' dtypes to TensorFlow.

    Raises:
        TypeError: it is none of TensorFlow's.
    """
    if dtype is int or (isinstance(dtype, str) and dtype == "int"):
        raise TypeError("`int` is not a dtype of a tensor. Use 'int32' or 'int64'.")
    try:
        return standardize_dtype(_NAMES_OF_TENSORFLOW.get(dtype, dtype) if isinstance(dtype, str) else dtype)
    except ValueError as error:
        raise TypeError(str(error)) from None


def zeros(shape, dtype=None):
    """A tensor of zeros (empty strings for "string").

    Raises:
        TypeError: an unknown dtype.
    """
    dtype = _dtype_to_fill(dtype)
    if dtype == "string":
        return Tensor(np.full(lengths(shape), b"", object))
    return Tensor(np.zeros(lengths(shape), dtype))


def ones(shape, dtype=None):
    """A tensor of ones.

    Raises:
        TypeError: an unknown dtype.
    """
    return Tensor(np.ones(lengths(shape), _dtype_to_fill(dtype)))


def empty(shape, dtype=None):
    """A tensor of unspecified values. (They are zeros, so that every run is the same.)"""
    return zeros(shape, dtype)


@composed(inputs=("fill_value",))
def full(shape, fill_value, dtype=None):
    """A tensor in which every element is `fill_value`."""
    return BroadcastTo(lengths(shape))(convert_to_tensor(fill_value, standardize_dtype(dtype)))


class Like(Op):
    """Base class of ops that make a constant tensor of x's shape. No gradient.

    Args:
        dtype: of the result, x's by default.
    """

    differentiable = False
    moves_elements = True  # it takes the dtype from x, no elements

    def __init__(self, dtype=None):
        self.dtype = None if dtype is None else standardize_dtype(dtype)

    def output_shape(self, shape):
        return shape

    def output_dtype(self, x):
        return self.dtype or x.dtype


class ZerosLike(Like):
    """y = zeros of x's shape."""

    uses_values = False

    def forward(self, x):
        if self.dtype == "string" or (self.dtype is None and x.dtype == object):
            return np.full(x.shape, b"", object)
        return np.zeros(x.shape, self.dtype or x.dtype)


def zeros_like(x, dtype=None):
    """Zeros (empty strings for "string") of x's shape, in x's dtype unless another is given."""
    return ZerosLike(dtype)(x)


class OnesLike(Like):
    """y = ones of x's shape."""

    uses_values = False

    def forward(self, x):
        return np.ones(x.shape, self.dtype or x.dtype)


def ones_like(x, dtype=None):
    """Ones of x's shape, in x's dtype unless another is given."""
    return OnesLike(dtype)(x)


class EmptyLike(ZerosLike):
    """`ZerosLike` under the name that Keras's files give to `ops.empty_like`."""


def empty_like(x, dtype=None):
    """A tensor of x's shape with unspecified values. (They are zeros.)"""
    return EmptyLike(dtype)(x)


class FullLike(Like):
    """y = a tensor of x's shape in which every element is `fill_value`;   dfill_value = Σ dy."""

    differentiable = True
    keeps = ()

    def forward(self, x, fill_value):
        return np.broadcast_to(np.asarray(fill_value), x.shape).astype(self.dtype or x.dtype)

    def backward(self, call, dy):
        return None, unbroadcast(dy, call.input_shapes[1]) if call.needs_gradient[1] else None

    def output_shape(self, shape, fill_shape):
        return shape

    def output_dtype(self, x, fill_value):
        return self.dtype or x.dtype


def full_like(x, fill_value, dtype=None):
    """A tensor of x's shape in which every element is `fill_value`, in x's dtype unless another is given."""
    return FullLike(dtype)(x if isinstance(x, KerasTensor) else convert_to_tensor(x), fill_value)


def array(x, dtype=None):
    """x (nested lists, an array, a number) as a Tensor."""
    return convert_to_tensor(x, dtype)


def copy(x):
    """A tensor of the same values."""
    return Copy()(x)


class Copy(Op):
    """y = a copy of x;   dx = dy."""

    keeps = ()
    moves_elements = True

    def forward(self, x):
        return np.array(x)

    def backward(self, call, dy):
        return (dy,)

    def output_shape(self, shape):
        return shape


def arange(start, stop=None, step=None, dtype=None):
    """start, start + step, start + 2 · step … below `stop`. With one argument: 0, 1, 2 … up to it.

    Raises:
        ValueError: `step` is 0.
    """
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    numbers = [x.array.item() if isinstance(x, Tensor) else x for x in (start, stop, step)]
    if numbers[2] == 0:
        raise ValueError(f"`step` must not be 0. Received: start={start}, stop={stop}, step={step}")
    if dtype is None:
        dtype = result_type(*[getattr(x, "dtype", type(x)) for x in (start, stop, step)])
    return Tensor(np.arange(*numbers).astype(standardize_dtype(dtype)))


class Linspace(Op):
    """y[i] = start + i / n · (stop − start), along a new axis;   dstart = Σ dy · (1 − i/n), dstop = Σ dy · i/n.

    Args:
        num: how many elements.
        endpoint: whether `stop` is the last one. n is num − 1 if so, else num.
        retstep: whether the step (stop − start) / n is a second output.
        dtype: of the result, the inputs' float dtype by default.
        axis: the position of the new axis.
    """

    keeps = ()

    def __init__(self, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
        if num < 0:
            raise ValueError(f"`num` must be a non-negative integer (a count). Received: num={num}")
        self.num = num
        self.endpoint = endpoint
        self.retstep = retstep
        self.dtype = None if dtype is None else standardize_dtype(dtype)
        self.axis = axis

    def forward(self, start, stop):
        dtype = self.dtype or self.float_dtype(start, stop)
        y, step = np.linspace(start, stop, self.num, self.endpoint, retstep=True, axis=self.axis)
        y = np.asarray(np.floor(y) if "int" in dtype else y, dtype)
        return (y, np.asarray(step, dtype)) if self.retstep else y

    @staticmethod
    def float_dtype(*inputs):
        """The float dtype of the inputs."""
        return result_type(*[getattr(x, "dtype", type(x)) for x in inputs], float)

    def backward(self, call, dy, dstep=None):
        n = max(self.num - 1 if self.endpoint else self.num, 1)
        axis = self.axis % len(dy.shape)
        place = (
            (np.arange(self.num) / n).astype(dy.dtype).reshape([-1 if i == axis else 1 for i in range(len(dy.shape))])
        )
        dstart, dstop = Sum(axis).of(dy * (1.0 - place)), Sum(axis).of(dy * place)
        if dstep is not None:
            dstart, dstop = dstart - dstep * (1.0 / n), dstop + dstep * (1.0 / n)
        return tuple(unbroadcast(dx, shape) for dx, shape in zip((dstart, dstop), call.input_shapes, strict=True))

    def compute_output_spec(self, start, stop):
        shape = list(broadcast_shapes(*[getattr(x, "shape", ()) for x in (start, stop)]))
        dtype = self.dtype or self.float_dtype(start, stop)
        step = KerasTensor(shape, dtype)
        shape.insert(self.axis % (len(shape) + 1), self.num)
        y = KerasTensor(shape, dtype)
        return (y, step) if self.retstep else y


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """`num` equally spaced values from `start` to `stop`, along a new axis.

    Args:
        endpoint: whether `stop` is the last of them.
        retstep: whether to return a pair, with the distance as second.
    """
    return Linspace(num, endpoint, retstep, dtype, axis)(_bound(start), _bound(stop))


def _bound(x):
    return x if isinstance(x, (int, float, KerasTensor)) else convert_to_tensor(x)


@composed(inputs=2)
def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """`num` geometrically spaced values from base^start to base^stop."""
    integers = dtype is not None and "int" in standardize_dtype(dtype)  # then the exponents are integers too
    exponents = Linspace(num, endpoint, dtype=dtype if integers else None, axis=axis)(_bound(start), _bound(stop))
    y = float(base) ** (convert_to_tensor(exponents, "float64") if integers else exponents)
    return y if dtype is None else convert_to_tensor(y, dtype)


@composed(inputs=2)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """`num` geometrically spaced values from `start` to `stop`."""
    start, stop = convert_to_tensor(start), convert_to_tensor(stop)
    dtype_of_result = result_type(start.dtype, stop.dtype, float)
    start, stop = convert_to_tensor(start, dtype_of_result), convert_to_tensor(stop, dtype_of_result)
    use_elements((num,))
    fractions = Linspace(num, endpoint)(0.0, 1.0)
    shape = [1] * (len(broadcast_shapes(start.shape, stop.shape)) + 1)
    shape[axis] = -1
    fractions = convert_to_tensor(Reshape(shape)(fractions), dtype_of_result)
    start, ratio = [ExpandDims(axis)(x + 0 * stop) for x in (start, stop / start)]
    y = start * ratio**fractions
    return y if dtype is None else convert_to_tensor(y, dtype)


def eye(N, M=None, k=0, dtype=None):
    """A matrix (N, M) with ones on its k-th diagonal, zeros elsewhere.

    Raises:
        TypeError: N or M is not an integer.
    """
    for name, length in (("N", N), ("M", M)):
        if not (length is None and name == "M") and "int" not in str(getattr(length, "dtype", type(length).__name__)):
            raise TypeError(f"`{name}` must be an integer. Received: {name}={length!r}")
    return Tensor(np.eye(int(N), None if M is None else int(M), int(k), dtype=_dtype_to_fill(dtype)))


def identity(n, dtype=None):
    """The identity matrix (n, n)."""
    return eye(n, dtype=dtype)


@composed
def meshgrid(*x, indexing="xy"):
    """A grid from vectors: for each, a tensor with its element at every point of the grid.

    Args:
        indexing: "ij" orders the axes as the vectors; "xy" swaps the first two, as in images.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` must be either 'xy' or 'ij'. Received: indexing={indexing!r}")
    vectors = [Reshape(-1)(item) for item in x]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        order[:2] = 1, 0
    shape = [vectors[i].shape[0] for i in order]
    if any(isinstance(vector, KerasTensor) for vector in vectors):
        dtype = result_type(*[vector.dtype for vector in vectors])
        return [KerasTensor(shape, dtype) for _ in vectors]
    grids = []
    for i, vector in enumerate(vectors):
        along = [1] * len(vectors)
        along[order.index(i)] = -1
        grids.append(BroadcastTo(shape)(Reshape(along)(vector)))
    return grids


def _window(x, make):
    """A window of x points in `floatx()`."""
    if isinstance(x, KerasTensor):
        raise TypeError(f"The length of a window: the operation does not support symbolic tensors. Received: {x}")
    count = as_array(x)
    if count.ndim:
        raise ValueError(f"A window takes the number of its points. Received: an array of shape {count.shape}")
    return Tensor(make(int(count)).astype(standardize_dtype(None)))


def bartlett(x):
    """The triangular window of x points, 0 at both ends."""
    return _window(x, np.bartlett)


def blackman(x):
    """The Blackman window of x points: 0.42 − 0.5 cos + 0.08 cos of the double angle."""
    return _window(x, np.blackman)


def hamming(x):
    """The Hamming window of x points: 0.54 − 0.46 cos."""
    return _window(x, np.hamming)


def hanning(x):
    """The Hann window of x points: 0.5 − 0.5 cos, 0 at both ends."""
    return _window(x, np.hanning)


def kaiser(x, beta):
    """The Kaiser window of x points; the greater `beta`, the narrower."""
    return _window(x, lambda n: np.kaiser(n, float(as_array(beta))))
