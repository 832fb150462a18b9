"""Diagonals and triangles of matrices."""

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape, Sum, normalize_axes
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.core import convert_to_tensor


class Diagonal(Op):
    """The diagonal of the plane of two axes, as a new last axis;   dx = zeros with dy on the diagonal.

    Args:
        offset: 0 for the main diagonal, above 0 for those to its right, below 0 for those to its left.
        axis1, axis2: the plane's rows and columns.
    """

    keeps = ()

    def __init__(self, offset=0, axis1=0, axis2=1):
        self.offset = offset
        self.axis1 = axis1
        self.axis2 = axis2

    def forward(self, x):
        return np.diagonal(x, self.offset, self.axis1, self.axis2)

    def backward(self, call, dy):
        return (OnDiagonal(call.input_shapes[0], self.offset, self.axis1, self.axis2).of(dy),)

    def output_shape(self, shape):
        rank = len(shape)
        if rank < 2:
            raise ValueError(f"A diagonal needs at least two axes. Received: shape={tuple(shape)}")
        axis1, axis2 = [normalize_axes(axis, rank)[0] for axis in (self.axis1, self.axis2)]
        if axis1 == axis2:
            raise ValueError(f"`axis1` and `axis2` must differ. Received: {self.axis1} and {self.axis2}")
        others = tuple(n for i, n in enumerate(shape) if i not in (axis1, axis2))
        return (*others, diagonal_length(shape[axis1], shape[axis2], self.offset))


def diagonal_length(rows, columns, offset):
    """The length of a diagonal of a matrix; None where a length is unknown."""
    if rows is None or columns is None:
        return None
    return max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))


class OnDiagonal(Op):
    """Zeros of `shape` with the last axis of x on a diagonal: `Diagonal`'s gradient, which is its gradient too."""

    keeps = ()

    def __init__(self, shape, offset=0, axis1=0, axis2=1):
        self.shape = tuple(shape)
        self.offset = offset
        self.axis1 = axis1
        self.axis2 = axis2

    def forward(self, x):
        y = np.zeros(self.shape, x.dtype)
        plane = np.moveaxis(y, (self.axis1, self.axis2), (-2, -1))
        i = np.arange(x.shape[-1])
        plane[..., i + max(-self.offset, 0), i + max(self.offset, 0)] = x
        return y

    def backward(self, call, dy):
        return (Diagonal(self.offset, self.axis1, self.axis2).of(dy),)

    def output_shape(self, shape):
        return self.shape


def diagonal(x, offset=0, axis1=0, axis2=1):
    """The diagonal of the plane of two axes, as a new last axis.

    Args:
        offset: 0 for the main diagonal, above 0 for those to its right, below 0 for those to its left.
    """
    return Diagonal(offset, axis1, axis2)(x)


@composed
def diag(x, k=0):
    """A vector as the k-th diagonal of a matrix of zeros; of a matrix, its k-th diagonal.

    Raises:
        ValueError: x has neither one axis nor two.
    """
    x = convert_to_tensor(x)
    if len(x.shape) == 2:
        return Diagonal(k)(x)
    if len(x.shape) != 1:
        raise ValueError(f"`x` must be 1-D or 2-D in `diag`. Received: x.shape={x.shape}")
    size = None if x.shape[0] is None else x.shape[0] + abs(k)
    return OnDiagonal((size, size), k)(x)


@composed
def diagflat(x, k=0):
    """All elements of x as the k-th diagonal of a matrix of zeros."""
    return diag(Reshape(-1)(x), k)


@composed
def trace(x, offset=0, axis1=0, axis2=1):
    """The sum of a diagonal of the plane of two axes."""
    return Sum(-1)(Diagonal(offset, axis1, axis2)(x))


class Tril(Op):
    """The lower triangle of each matrix, zeros above its k-th diagonal;   dx = the same of dy."""

    keeps = ()

    def __init__(self, k=0):
        self.k = k

    def forward(self, x):
        return np.where(np.tri(*x.shape[-2:], k=self.k, dtype=bool), x, np.zeros((), x.dtype))

    def backward(self, call, dy):
        return (self.of(dy),)

    def output_shape(self, shape):
        return shape


def tril(x, k=0):
    """The lower triangle of each matrix in the last two axes, with zeros above the k-th diagonal."""
    return Tril(k)(x)


class Triu(Tril):
    """The upper triangle of each matrix, zeros below its k-th diagonal;   dx = the same of dy."""

    def forward(self, x):
        return np.where(np.tri(*x.shape[-2:], k=self.k - 1, dtype=bool), np.zeros((), x.dtype), x)


def triu(x, k=0):
    """The upper triangle of each matrix in the last two axes, with zeros below the k-th diagonal."""
    return Triu(k)(x)


def tri(N, M=None, k=0, dtype=None):
    """A matrix (N, M) of ones on and below the k-th diagonal, zeros above."""
    return Tensor(np.tri(N, M, k, dtype=standardize_dtype(dtype)))


@composed
def vander(x, N=None, increasing=False):
    """The Vandermonde matrix of a vector: a row of powers for each element, x⁰ last (first if `increasing`).

    Args:
        N: number of columns, the length of x by default.

    Raises:
        ValueError: x has not exactly one axis.
    """
    x = convert_to_tensor(x)
    if len(x.shape) != 1:
        raise ValueError(f"Input tensor must be 1-dimensional in `vander`. Received: x.shape={x.shape}")
    if N is not None and not isinstance(N, int):
        raise TypeError(f"Argument `N` must be an integer. Received: N={N!r}")
    if N is not None and N < 0:
        raise ValueError(f"Argument 'N' must be nonnegative. Received: N={N}")
    if isinstance(x, KerasTensor):
        return KerasTensor((x.shape[0], x.shape[0] if N is None else N), x.dtype)
    if x.dtype == "bool":
        return convert_to_tensor(vander(convert_to_tensor(x, "int32"), N, increasing), "bool")
    powers = np.arange(x.shape[0] if N is None else N)
    powers = (powers if increasing else powers[::-1]).astype(x.dtype)
    column = Reshape((-1, 1))(x)
    # a constant 1 for the power 0, whose gradient x2 · x1^(x2−1) would be 0 · ∞ at x = 0
    is_first = powers == 0
    return Where()(
        is_first, Tensor(np.ones((), x.dtype)), column ** Tensor(np.where(is_first, 1, powers).astype(x.dtype))
    )
