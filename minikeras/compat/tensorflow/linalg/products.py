"""Products of matrices and tensors, norms, transposes."""

from minikeras import ops
from minikeras.compat.tensorflow.arrays.borders import global_norm
from minikeras.compat.tensorflow.conversion import axes, operands, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.operand_conversion import wrong_argument
from minikeras.ops import norms

__all__ = [
    "adjoint",
    "cross",
    "einsum",
    "global_norm",
    "matmul",
    "matrix_transpose",
    "matvec",
    "norm",
    "normalize",
    "tensordot",
]


def matmul(
    a,
    b,
    transpose_a=False,
    transpose_b=False,
    adjoint_a=False,
    adjoint_b=False,
    a_is_sparse=False,
    b_is_sparse=False,
    output_type=None,
    grad_a=False,
    grad_b=False,
    name=None,
):
    """The product of the matrices in the last two axes, the other axes broadcast.

    Args:
        transpose_a, transpose_b, adjoint_a, adjoint_b: transpose (and conjugate) first.
        output_type: dtype of the result.
        a_is_sparse, b_is_sparse, grad_a, grad_b: hints to TensorFlow's kernels, without effect.
    """
    if (transpose_a and adjoint_a) or (transpose_b and adjoint_b):
        raise ValueError("Only one of `transpose` and `adjoint` can be True for one matrix.")
    a, b = operands(a, b)
    for x, which in ((a, "a"), (b, "b")):
        if len(x.shape) < 2:
            raise wrong_argument(f"`{which}` must have two axes or more. Received: {which}.shape={tuple(x.shape)}")
    y = ops.matmul(_turned(a, transpose_a, adjoint_a), _turned(b, transpose_b, adjoint_b))
    return y if output_type is None else ops.cast(y, as_dtype(output_type).name)


def _turned(x, transpose, adjoint):
    if not (transpose or adjoint):
        return x
    y = ops.swapaxes(x, -1, -2)
    return ops.conj(y) if adjoint else y


def matvec(a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """The product of the matrices `a` and the vectors `b` in the last axes."""
    a, b = operands(a, b)
    return ops.squeeze(ops.matmul(_turned(a, transpose_a, adjoint_a), ops.expand_dims(b, -1)), -1)


def matrix_transpose(a, name="matrix_transpose", conjugate=False):
    """The last two axes exchanged."""
    return _turned(tensor(a), not conjugate, conjugate)


def adjoint(matrix, name=None):
    """The last two axes exchanged, and complex numbers conjugated."""
    return _turned(tensor(matrix), False, True)


def tensordot(a, b, axes, name=None):
    """Σ over pairs of axes.

    Args:
        axes: a number n: the last n axes of a with the first n of b; or two lists of axes.
    """
    a, b = operands(a, b)
    pairs = _axes(axes)
    return ops.tensordot(a, b, pairs)


_axes = axes  # `tensordot` has a parameter of that name


def einsum(equation, *inputs, **kwargs):
    """Einstein's summation: the products of elements named by letters, summed over the letters not in the result.

    Args:
        optimize, name: have no effect on the result.
    """
    unknown = set(kwargs) - {"optimize", "name"}
    if unknown:
        raise TypeError(f"Invalid keyword arguments for einsum: {sorted(unknown)}. Expected: 'name', 'optimize'.")
    inputs = inputs[0] if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)) else inputs
    return ops.einsum(equation.replace(" ", ""), *[tensor(x) for x in inputs])


def cross(a, b, name=None):
    """The cross product of vectors of three elements in the last axis."""
    return ops.cross(*operands(a, b))


def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None):
    """The norm of the vectors along `axis`, or of the matrices in a pair of axes; of all elements by default.

    Args:
        ord: "euclidean", "fro", a positive number, or infinity.
    """
    return norms.norm_over(_as_tensor(tensor), ord, axes(axis), bool(keepdims))


_as_tensor = tensor  # `norm` has a parameter of that name


def normalize(tensor, ord="euclidean", axis=None, name=None):
    """The tensor divided by its norm, and the norm."""
    return norms.normalize_by_norm(_as_tensor(tensor), ord, axes(axis))
