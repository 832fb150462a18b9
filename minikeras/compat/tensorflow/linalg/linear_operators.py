"""`tf.linalg.LinearOperatorLowerTriangular`: a matrix by its products, solutions and determinant."""

__replay__ = "computes"

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.linalg.factored_systems import adjoint as adjoint_of
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.ops.arithmetic import absolute
from minikeras.ops.conversion import data_tensor
from minikeras.ops.diagonals import diagonal, tril
from minikeras.ops.exponential import log
from minikeras.ops.linear_systems import solve_triangular
from minikeras.ops.products import matmul
from minikeras.ops.reduction import prod
from minikeras.ops.reduction import sum as sum_of
from minikeras.ops.shaping import broadcast_to, expand_dims, squeeze

__all__ = ["LinearOperatorLowerTriangular"]


class LinearOperatorLowerTriangular:
    """A = the lower triangle of `tril` (…, n, n); what is above the diagonal is not read.

    Args:
        tril: the matrices.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known about A; None if unknown.
        name: a name for people.

    Raises:
        ValueError: a hint contradicts another, or the shape is not that of square matrices.
    """

    def __init__(
        self,
        tril,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorLowerTriangular",
    ):
        self.tril = data_tensor(tril)
        self.shape, self.dtype = TensorShape(tuple(self.tril.shape)), self.tril.dtype
        if is_square is False:
            raise ValueError("A lower triangular operator is square. Received: is_square=False")
        if len(self.shape) < 2 or self.shape[-1] != self.shape[-2]:
            raise ValueError(f"`tril` must hold square matrices. Received: shape={self.shape}")
        if is_positive_definite and is_non_singular is False:
            raise ValueError("A positive definite operator is not singular.")
        self.is_non_singular = True if is_positive_definite else is_non_singular
        self.is_self_adjoint, self.is_positive_definite = is_self_adjoint, is_positive_definite
        self.is_square, self.name = True, name

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def batch_shape(self):
        """The axes before the last two."""
        return self.shape[:-2]

    @property
    def range_dimension(self):
        """The number of rows."""
        return self.shape[-2]

    @property
    def domain_dimension(self):
        """The number of columns."""
        return self.shape[-1]

    @property
    def tensor_rank(self):
        """The number of axes of the dense matrix."""
        return len(self.shape)

    def shape_tensor(self):
        """The shape as an int32 tensor."""
        return data_tensor(list(self.shape), "int32")

    def batch_shape_tensor(self):
        """The batch shape as an int32 tensor."""
        return data_tensor(list(self.batch_shape), "int32")

    def to_dense(self):
        """The matrix as a tensor."""
        return tril(self.tril)

    def diag_part(self):
        """The elements on the diagonal."""
        return diagonal(self.tril, 0, -2, -1)

    def trace(self):
        """Σ of the diagonal."""
        return sum_of(self.diag_part(), -1)

    def add_to_tensor(self, x):
        """A + x."""
        return self.to_dense() + self._as_operand(x)

    # --- products, solutions, determinant -----------------------------------------------------------------------------

    def matmul(self, x, adjoint=False, adjoint_arg=False):
        """A x; `adjoint` and `adjoint_arg` take Aᴴ and xᴴ."""
        x = self._as_operand(x)
        x = adjoint_of(x) if adjoint_arg else x
        if x.shape[-2] != self.shape[-1]:
            raise ValueError(f"A product of {self.shape} with {tuple(x.shape)} is not possible.")
        return matmul(adjoint_of(self.to_dense()) if adjoint else self.to_dense(), x)

    def matvec(self, x, adjoint=False):
        """A x for vectors x (…, columns)."""
        return squeeze(self.matmul(expand_dims(self._as_operand(x), -1), adjoint), -1)

    def __matmul__(self, other):
        return self.matmul(other)

    def solve(self, rhs, adjoint=False, adjoint_arg=False):
        """X with A X = rhs, or Aᴴ X = rhs."""
        rhs = self._as_operand(rhs)
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        if len(rhs.shape) < len(self.shape):  # else it would be taken for a batch of vectors
            rhs = broadcast_to(rhs, (*self.batch_shape, *rhs.shape[-2:]))
        matrix = adjoint_of(self.to_dense()) if adjoint else self.to_dense()
        return solve_triangular(matrix, rhs, lower=not adjoint)

    def solvevec(self, rhs, adjoint=False):
        """x with A x = rhs for vectors."""
        return squeeze(self.solve(expand_dims(self._as_operand(rhs), -1), adjoint), -1)

    def determinant(self):
        """det A = Π of the diagonal."""
        return prod(self.diag_part(), -1)

    def log_abs_determinant(self):
        """ln |det A|."""
        return sum_of(log(absolute(self.diag_part())), -1)

    def _as_operand(self, x):
        """`x` as a tensor of this dtype.

        Raises:
            TypeError: it is a tensor of another dtype.
        """
        if isinstance(x, (Tensor, KerasTensor)) and x.dtype != self.dtype:
            raise TypeError(f"`{self.name}` holds {self.dtype}, the operand {x.dtype}. Cast one of them.")
        return data_tensor(x, self.dtype)

    def __repr__(self):
        return f"<{type(self).__name__} {self.name!r} shape={self.shape} dtype={self.dtype}>"
