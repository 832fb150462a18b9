"""Products and equations of tridiagonal and banded matrices. (Formulas: `tridiagonal.py`.)"""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import floating, operands, tensor
from minikeras.compat.tensorflow.linalg import tridiagonal
from minikeras.compat.tensorflow.linalg.products import adjoint as adjoint_of
from minikeras.compat.tensorflow.linalg.products import matrix_transpose

__all__ = ["banded_triangular_solve", "eigh_tridiagonal", "tridiagonal_matmul", "tridiagonal_solve"]


def tridiagonal_matmul(diagonals, rhs, diagonals_format="compact", name=None):
    """The product of tridiagonal matrices and matrices.

    Args:
        diagonals_format: how `diagonals` describes the former: "compact", a tensor (…, 3, n) of the diagonals above, on
            and below the main one, of which the last element of the first and the first of the last do not count;
            "sequence", a list of these three; or "matrix", the matrices (…, n, n).
    """
    return tridiagonal.tridiagonal_matmul(*operands(_compact(diagonals, diagonals_format), rhs))


def tridiagonal_solve(
    diagonals,
    rhs,
    diagonals_format="compact",
    transpose_rhs=False,
    conjugate_rhs=False,
    name=None,
    partial_pivoting=True,
    perturb_singular=False,
):
    """X with A X = rhs for tridiagonal A, see `tridiagonal_matmul`; rhs may be vectors, with one axis less.

    Args:
        transpose_rhs, conjugate_rhs: transpose or conjugate it first.
        partial_pivoting: rows are always exchanged where that is more exact.
        perturb_singular: not supported, as in TensorFlow on processors.
    """
    if perturb_singular:
        raise ValueError("perturb_singular is not supported on processors, in TensorFlow neither.")
    a, b = operands(_compact(diagonals, diagonals_format), rhs)
    is_vector = len(b.shape) == len(a.shape) - 1
    b = b[..., None] if is_vector else b
    if transpose_rhs and not is_vector:
        b = matrix_transpose(b)
    y = tridiagonal.tridiagonal_solve(a, ops.conj(b) if conjugate_rhs else b)
    return y[..., 0] if is_vector else y


def banded_triangular_solve(bands, rhs, lower=True, adjoint=False, name=None):
    """X with A X = rhs, for triangular A of `bands` (…, count, n): the main diagonal first if `lower`, else last."""
    bands, b = operands(floating(bands), rhs)
    a = tridiagonal.banded_triangular_matrix(bands, lower)
    return ops.solve_triangular(adjoint_of(a) if adjoint else a, b, lower=lower != adjoint)


def eigh_tridiagonal(alpha, beta, eigvals_only=True, select="a", select_range=None, tol=None, name=None):
    """The eigenvalues, ascending, of symmetric tridiagonal matrices; with `eigvals_only=False` the eigenvectors too.

    Args:
        alpha, beta: the main diagonal (n,), and that above it (n − 1,).
        select: "a": all; "i": those with the positions `select_range`, both included; "v": those in that interval,
            without its lower end.
        tol: without effect: they are as exact as the dtype.
    """
    if select not in ("a", "i", "v"):
        raise ValueError(f"`select` must be 'a', 'i' or 'v'. Received: select={select!r}")
    if select != "a" and select_range is None:
        raise ValueError(f"`select={select!r}` needs a `select_range`.")
    main, beside = operands(floating(alpha), beta)
    above = ops.diag(beside, k=1)
    values, vectors = ops.eigh(ops.diag(main) + above + adjoint_of(above))
    if select == "i":
        chosen = slice(int(select_range[0]), int(select_range[1]) + 1)
        values, vectors = values[chosen], vectors[:, chosen]
    elif select == "v":
        low, high = select_range
        chosen = [i for i, value in enumerate(values.numpy()) if low < value <= high]
        values, vectors = ops.take(values, chosen, axis=0), ops.take(vectors, chosen, axis=1)
    return values if eigvals_only else (values, vectors)


def _compact(diagonals, diagonals_format):
    is_list = diagonals_format == "sequence"
    diagonals = [tensor(row) for row in diagonals] if is_list else tensor(diagonals)
    return tridiagonal.compact_diagonals(diagonals, diagonals_format)
