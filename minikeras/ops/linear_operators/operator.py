"""`LinearOperator`: A matrix A (…, rows, columns) by its products, solutions and determinant."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.base.signatures import inherits_arguments
from minikeras.ops.arithmetic import absolute
from minikeras.ops.conversion import data_tensor
from minikeras.ops.diagonals import diagonal
from minikeras.ops.exponential import log
from minikeras.ops.factored_systems import adjoint as adjoint_of
from minikeras.ops.factorizations import cholesky
from minikeras.ops.linear_systems import det, slogdet, solve
from minikeras.ops.products import matmul
from minikeras.ops.reduction import sum as sum_of
from minikeras.ops.shaping import broadcast_to, expand_dims, squeeze
from minikeras.ops.spectral import eigh, svd

RESULTS = {}  # {operation: class of its result}; these are subclasses, each of which registers itself


def result_of(operation):
    """Decorator: operators of this class are the results of an operation on operators."""

    def register(cls):
        RESULTS[operation] = cls
        return cls

    return register


class LinearOperator:
    """A batch of matrices. A subclass defines `to_dense`, and overrides operations that it can do more cheaply.

    Args:
        shape: (…, rows, columns), a tuple.
        dtype: of the elements.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known about it; None if unknown.
        name: a name for people.

    Raises:
        ValueError: a hint contradicts another, or the shape.
    """

    def __init__(
        self,
        shape,
        dtype,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name=None,
    ):
        self.matrix_shape, self.dtype = tuple(shape), dtype
        if is_square is False and (is_non_singular or is_positive_definite):
            raise ValueError(
                "Only square operators can be non-singular or positive definite. Received: is_square=False"
            )
        square = self.matrix_shape[-1] == self.matrix_shape[-2]
        if is_positive_definite:
            if is_non_singular is False:
                raise ValueError("A positive definite operator is not singular.")
            is_non_singular = True
        self.is_non_singular, self.is_self_adjoint = is_non_singular, is_self_adjoint
        self.is_positive_definite, self.is_square = is_positive_definite, square
        self.name = name or type(self).__name__

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def shape(self):
        """(…, rows, columns)."""
        return self.matrix_shape

    @property
    def batch_shape(self):
        """The axes before the last two."""
        return self.shape[:-2]

    @property
    def range_dimension(self):
        """The number of rows."""
        return self.matrix_shape[-2]

    @property
    def domain_dimension(self):
        """The number of columns."""
        return self.matrix_shape[-1]

    @property
    def tensor_rank(self):
        """The number of axes of the dense matrix."""
        return len(self.matrix_shape)

    def shape_tensor(self):
        """The shape as an int32 tensor."""
        return data_tensor(list(self.matrix_shape), "int32")

    def batch_shape_tensor(self):
        """The batch shape as an int32 tensor."""
        return data_tensor(list(self.batch_shape), "int32")

    def to_dense(self):
        """The matrix as a tensor."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `to_dense`.")

    def diag_part(self):
        """The elements on the diagonal."""
        return diagonal(self.to_dense(), 0, -2, -1)

    def trace(self):
        """Σ of the diagonal."""
        return sum_of(self.diag_part(), -1)

    def add_to_tensor(self, x):
        """A + x."""
        return self.to_dense() + self.as_operand(x)

    # --- products and solutions ---------------------------------------------------------------------------------------

    def as_operand(self, x):
        """`x` as a tensor of this dtype.

        Raises:
            TypeError: it is a tensor of another dtype.
        """
        if isinstance(x, (Tensor, KerasTensor)) and x.dtype != self.dtype:
            raise TypeError(f"`{self.name}` holds {self.dtype}, the operand {x.dtype}. Cast one of them.")
        return data_tensor(x, self.dtype)

    def matmul(self, x, adjoint=False, adjoint_arg=False):
        """A x, or the product with another operator; `adjoint` and `adjoint_arg` take Aᴴ and xᴴ."""
        if isinstance(x, LinearOperator):
            left, right = (self.adjoint() if adjoint else self), (x.adjoint() if adjoint_arg else x)
            return RESULTS["product"]([left, right])
        x = self.as_operand(x)
        x = adjoint_of(x) if adjoint_arg else x
        if x.shape[-2] != self.matrix_shape[-2 if adjoint else -1]:
            raise ValueError(f"A product of {self.matrix_shape} with {tuple(x.shape)} is not possible.")
        return self.times_adjoint(x) if adjoint else self.times(x)

    def matvec(self, x, adjoint=False):
        """A x for vectors x (…, columns)."""
        return squeeze(self.matmul(expand_dims(self.as_operand(x), -1), adjoint), -1)

    def solve(self, rhs, adjoint=False, adjoint_arg=False):
        """X with A X = rhs."""
        self._needs_square("solve")
        rhs = self.as_operand(rhs)
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        if len(rhs.shape) < len(self.matrix_shape):  # else it would be taken for a batch of vectors
            rhs = broadcast_to(rhs, (*self.matrix_shape[:-2], *rhs.shape[-2:]))
        return self.solution_adjoint(rhs) if adjoint else self.solution(rhs)

    def solvevec(self, rhs, adjoint=False):
        """x with A x = rhs for vectors."""
        return squeeze(self.solve(expand_dims(self.as_operand(rhs), -1), adjoint), -1)

    def times(self, x):
        """A x of tensors."""
        return matmul(self.to_dense(), x)

    def times_adjoint(self, x):
        """Aᴴ x of tensors."""
        return matmul(adjoint_of(self.to_dense()), x)

    def solution(self, rhs):
        """A⁻¹ rhs of tensors."""
        return solve(self.to_dense(), rhs)

    def solution_adjoint(self, rhs):
        """A⁻ᴴ rhs of tensors."""
        return solve(adjoint_of(self.to_dense()), rhs)

    def __matmul__(self, other):
        return self.matmul(other)

    # --- determinant, factors -----------------------------------------------------------------------------------------

    def determinant(self):
        """det A."""
        self._needs_square("determinant")
        return det(self.to_dense())

    def log_abs_determinant(self):
        """ln |det A|."""
        self._needs_square("log_abs_determinant")
        return slogdet(self.to_dense())[1]

    def eigvals(self):
        """The eigenvalues of a self-adjoint operator, ascending."""
        if not self.is_self_adjoint:
            raise NotImplementedError("`eigvals` needs `is_self_adjoint=True`.")
        return eigh(self.to_dense())[0]

    def cond(self):
        """The largest singular value divided by the least."""
        values = svd(self.to_dense(), compute_uv=False)
        return values[..., 0] / values[..., -1]

    def cholesky(self):
        """The lower triangular L with L Lᴴ = A, an operator."""
        if not (self.is_self_adjoint and self.is_positive_definite):
            raise ValueError("`cholesky` needs `is_self_adjoint=True` and `is_positive_definite=True`.")
        return RESULTS["cholesky"](cholesky(self.to_dense()), is_non_singular=True)

    def adjoint(self):
        """Aᴴ, an operator."""
        return self if self.is_self_adjoint else RESULTS["adjoint"](self)

    @property
    def H(self):  # noqa: N802  (TensorFlow's name)
        """Aᴴ, an operator."""
        return self.adjoint()

    def inverse(self):
        """A⁻¹, an operator."""
        self._needs_square("inverse")
        if self.is_non_singular is False:
            raise ValueError(f"`{self.name}` is singular: it has no inverse.")
        return RESULTS["inverse"](self)

    def _needs_square(self, method):
        if not self.is_square:
            raise NotImplementedError(f"`{method}` needs a square operator. Received: shape={self.matrix_shape}")

    def __repr__(self):
        return f"<{type(self).__name__} {self.name!r} shape={self.matrix_shape} dtype={self.dtype}>"


takes_hints = inherits_arguments(LinearOperator, without=("shape", "dtype"))
"""Decorator of a subclass's constructor: it passes on what is known about the matrix, and the name, as `**hints`."""


def log_abs(x):
    """ln |x|."""
    return log(absolute(x))
