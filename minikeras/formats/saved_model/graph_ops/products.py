"""Products of matrices, and linear algebra."""

from minikeras import ops
from minikeras.formats.saved_model.graph_ops.registry import graph_op, graph_ops
from minikeras.ops.complex_numbers import conj


def _transposed(x, is_transposed, is_adjoint=False):
    if not (is_transposed or is_adjoint):
        return x
    x = ops.swapaxes(x, -1, -2)
    return conj(x) if is_adjoint and "complex" in x.dtype else x


@graph_op("MatMul", "a b")
def matmul(a, b, *, transpose_a=False, transpose_b=False):
    """a·b of two matrices."""
    return ops.cast(ops.matmul(_transposed(a, transpose_a), _transposed(b, transpose_b)), a.dtype)


def _batch_matmul(x, y, *, adj_x=False, adj_y=False):
    """x·y of matrices along the last two axes; the others broadcast."""
    return ops.cast(ops.matmul(_transposed(x, False, adj_x), _transposed(y, False, adj_y)), x.dtype)


graph_op("BatchMatMul", "x y")(_batch_matmul)
graph_op("BatchMatMulV2", "x y")(_batch_matmul)


@graph_op("Einsum", "inputs:N")
def einsum(inputs, *, equation):
    """The sum of products that the equation describes."""
    return ops.einsum(equation, *inputs)


@graph_op("Cross", "a b")
def cross(a, b):
    """The cross product of vectors of three elements."""
    return ops.cross(a, b)


graph_ops("input", Cholesky=ops.cholesky, MatrixDeterminant=ops.det)


@graph_op("LogMatrixDeterminant", "input", gives="sign log_abs_determinant")
def log_determinant(x):
    """The sign of the determinant, and the logarithm of its absolute value."""
    return tuple(ops.slogdet(x))


@graph_op("MatrixInverse", "input")
def inverse(x, *, adjoint=False):
    """The inverse of matrices."""
    return ops.inv(_transposed(x, False, adjoint))


@graph_op("MatrixSolve", "matrix rhs")
def solve(matrix, rhs, *, adjoint=False):
    """x of matrix · x = rhs."""
    return ops.solve(_transposed(matrix, False, adjoint), rhs)


@graph_op("MatrixTriangularSolve", "matrix rhs")
def triangular_solve(matrix, rhs, *, lower=True, adjoint=False):
    """x of matrix · x = rhs for a triangular matrix."""
    return ops.solve_triangular(_transposed(matrix, False, adjoint), rhs, lower=lower != adjoint)


@graph_op("SelfAdjointEigV2", "input", gives="e v")
def eigh(x, *, compute_v=True):
    """Eigenvalues and eigenvectors of symmetric matrices."""
    values, vectors = ops.eigh(x)
    return values, vectors if compute_v else ops.zeros((0,), x.dtype)


@graph_op("Svd", "input", gives="s u v")
def svd(x, *, compute_uv=True, full_matrices=False):
    """Singular values, and the two matrices of vectors."""
    if not compute_uv:
        nothing = ops.zeros((0,), x.dtype)
        return ops.svd(x, full_matrices, compute_uv=False), nothing, nothing
    u, s, adjoint = ops.svd(x, full_matrices)
    return s, u, _transposed(adjoint, False, True)


@graph_op("Qr", "input", gives="q r")
def qr(x, *, full_matrices=False):
    """Orthogonal and triangular factors."""
    return tuple(ops.qr(x, "complete" if full_matrices else "reduced"))
