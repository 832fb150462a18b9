"""Products of vectors, matrices and tensors."""

from minikeras.autodiff.arithmetic import Multiply
from minikeras.autodiff.composed import composed
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.shapes import Reshape, Stack, Sum, broadcast_shapes
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.einsum import Contraction
from minikeras.ops.elementwise import as_tensors, in_common_dtype
from minikeras.ops.powers import Sqrt, Square
from minikeras.ops.shaping import ExpandDims, moveaxis


def matmul(x1, x2):
    """x1 @ x2: the product of matrices, or of stacks of them in the last two axes; vectors are a row and a column."""
    return Matmul()(x1, x2)


def operands(x1, x2):
    """Both as tensors of their common dtype; a Python number counts as int32 or `floatx()`."""
    return in_common_dtype(*as_tensors(x1, x2))


@composed(inputs=2)
def tensordot(x1, x2, axes=2):
    """Σ x1 · x2 over pairs of axes.

    Args:
        axes: how many of the last axes of x1 and the first of x2 to sum over, or a pair: which axes of x1, which of x2.

    Raises:
        ValueError: the axes of a pair differ in length.
    """
    x1, x2 = operands(x1, x2)
    axes1, axes2 = _pair_of_axes(axes, len(x1.shape), len(x2.shape))
    for a, b in zip(axes1, axes2, strict=True):
        if isinstance(x1, KerasTensor) or isinstance(x2, KerasTensor):
            break  # Keras compares the lengths of values only
        if x1.shape[a] != x2.shape[b] and None not in (x1.shape[a], x2.shape[b]):
            raise ValueError(
                f"Axes to sum over must have the same length. Received: axes={axes}, shapes {x1.shape} and {x2.shape}"
            )
    # axes by index: those of x2 follow those of x1, and share the index of the axis with which they are summed
    labels1, labels2 = list(range(len(x1.shape))), list(range(len(x1.shape), len(x1.shape) + len(x2.shape)))
    for a, b in zip(axes1, axes2, strict=True):
        labels2[b] = labels1[a]
    result = [label for label in labels1 + labels2 if label not in [labels1[a] for a in axes1]]
    names = [tuple(f"axis {label}" for label in labels) for labels in (labels1, labels2, result)]
    return convert_to_tensor(Contraction(tuple(names[:2]), names[2])(x1, x2), x1.dtype)  # int8 came out as int32


def _pair_of_axes(axes, rank1, rank2):
    if isinstance(axes, int):
        if not 0 <= axes <= min(rank1, rank2):
            raise ValueError(
                f"`axes` must not be larger than the dimensions. Received: {axes}, for {rank1} and {rank2} axes"
            )
        return list(range(rank1 - axes, rank1)), list(range(axes))
    first, second = [[a] if isinstance(a, int) else list(a) for a in axes]
    return [a % rank1 for a in first], [a % rank2 for a in second]


@composed(inputs=2)
def dot(x1, x2):
    """Σ x1 · x2, in which the last axis of x1 meets the second last of x2 (its only one if x2 is a vector).

    For vectors the inner product, for matrices the matrix product, for a scalar plain multiplication.
    """
    x1, x2 = operands(x1, x2)
    if not x1.shape or not x2.shape:
        return Multiply()(x1, x2)
    if len(x2.shape) <= 2 and len(x1.shape) <= 2:
        return convert_to_tensor(Matmul()(x1, x2), x1.dtype)
    return tensordot(x1, x2, axes=([-1], [-1 if len(x2.shape) == 1 else -2]))


@composed(inputs=2)
def inner(x1, x2):
    """Σ x1 · x2 over the last axis of both; for a scalar plain multiplication."""
    x1, x2 = operands(x1, x2)
    if not x1.shape or not x2.shape:
        return Multiply()(x1, x2)
    if x1.shape[-1] != x2.shape[-1] and None not in (x1.shape[-1], x2.shape[-1]):
        raise ValueError(
            f"The last dimension of `x1` and that of `x2` must match. Received: {tuple(x1.shape)}, {tuple(x2.shape)}"
        )
    return tensordot(x1, x2, axes=([-1], [-1]))


@composed(inputs=2)
def vdot(x1, x2):
    """Σ x1 · x2 over all elements, both flattened. As in Keras on TensorFlow, a complex x1 is not conjugated."""
    x1, x2 = operands(x1, x2)
    return Matmul()(Reshape(-1)(x1), Reshape(-1)(x2))


@composed(inputs=2)
def outer(x1, x2):
    """y[i, j] = x1[i] · x2[j], both flattened."""
    x1, x2 = operands(x1, x2)
    return Multiply()(Reshape((-1, 1))(x1), Reshape((1, -1))(x2))


@composed(inputs=2)
def kron(x1, x2):
    """The Kronecker product: every element of x1 replaced by its multiple of x2."""
    x1, x2 = operands(x1, x2)
    rank = max(len(x1.shape), len(x2.shape))
    if isinstance(x1, KerasTensor) or isinstance(x2, KerasTensor):
        return KerasTensor(_kron_shape(x1.shape, x2.shape), x1.dtype)
    x1, x2 = [
        Reshape((1,) * (rank - len(x.shape)) + tuple(-1 if n is None else n for n in x.shape))(x) for x in (x1, x2)
    ]
    left = ExpandDims(tuple(range(1, 2 * rank, 2)))(x1)
    right = ExpandDims(tuple(range(0, 2 * rank, 2)))(x2)
    shape = [-1 if None in (a, b) else a * b for a, b in zip(x1.shape, x2.shape, strict=True)]
    return Reshape(shape)(Multiply()(left, right))


def _kron_shape(shape1, shape2):
    """The lengths multiplied, with the shorter shape filled up in front by ones."""
    rank = max(len(shape1), len(shape2))
    shape1, shape2 = [(1,) * (rank - len(shape)) + tuple(shape) for shape in (shape1, shape2)]
    return tuple(None if None in (a, b) else a * b for a, b in zip(shape1, shape2, strict=True))


@composed(inputs=2)
def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors of 3 elements, or 2 (with a third of 0).

    Args:
        axisa, axisb: the axes of the vectors in x1 and x2.
        axisc: their axis in the result; two pairs of 2 elements give a scalar instead.
        axis: all three at once.

    Raises:
        ValueError: the vectors have neither 2 nor 3 elements.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x1, x2 = operands(x1, x2)
    x1, x2 = moveaxis(x1, axisa, -1), moveaxis(x2, axisb, -1)
    if None in (x1.shape[-1], x2.shape[-1]):
        shape = broadcast_shapes(x1.shape[:-1], x2.shape[:-1])
        return KerasTensor((*shape, 3) if 3 in (x1.shape[-1], x2.shape[-1]) else shape, x1.dtype)
    if not {x1.shape[-1], x2.shape[-1]} <= {2, 3}:
        raise ValueError(f"The dim on `axis` must be either 2 or 3. Received shapes: {x1.shape} and {x2.shape}")
    a, b = [[GetItem((..., i))(x) for i in range(x.shape[-1])] for x in (x1, x2)]
    third = a[0] * b[1] - a[1] * b[0]
    if len(a) == len(b) == 2:
        return third
    a3 = a[2] if len(a) == 3 else 0
    b3 = b[2] if len(b) == 3 else 0
    return Stack(axisc)([_minus(a[1], b3, a3, b[1]), _minus(a3, b[0], a[0], b3), third])


def _minus(p, q, r, s):
    """p · q − r · s, with a Python 0 for a missing third element."""
    if isinstance(p, int) or isinstance(q, int):
        return -(r * s)
    return p * q if isinstance(r, int) or isinstance(s, int) else p * q - r * s


@composed(name="CDist", inputs=2)
def cdist(x, y):
    """The Euclidean distances between the rows of two matrices (or stacks): y[i, j] = ‖x[i] − y[j]‖."""
    x, y = operands(x, y)
    if len(x.shape) < 2 or len(y.shape) < 2:
        raise ValueError(f"`cdist` inputs must have rank >= 2. Received shapes: {x.shape} and {y.shape}")
    if x.shape[-1] != y.shape[-1] and None not in (x.shape[-1], y.shape[-1]):
        raise ValueError(
            f"The last dimension of both inputs to `cdist` must match. Received shapes: {x.shape} and {y.shape}"
        )
    difference = ExpandDims(-2)(x) - ExpandDims(-3)(y)
    return Sqrt()(Sum(-1)(Square()(difference)))
