"""Operators that hold their matrix: any, or a lower triangular one."""

from minikeras.ops.conversion import data_tensor
from minikeras.ops.diagonals import diagonal, tril
from minikeras.ops.factored_systems import adjoint
from minikeras.ops.linear_operators.operator import LinearOperator, log_abs, result_of, takes_hints
from minikeras.ops.linear_systems import solve_triangular
from minikeras.ops.reduction import prod
from minikeras.ops.reduction import sum as sum_of


class LinearOperatorFullMatrix(LinearOperator):
    """A = `matrix` (…, rows, columns)."""

    @takes_hints
    def __init__(self, matrix, **hints):
        self.matrix = data_tensor(matrix)
        super().__init__(self.matrix.shape, self.matrix.dtype, **hints)

    def to_dense(self):
        return self.matrix


@result_of("cholesky")
class LinearOperatorLowerTriangular(LinearOperator):
    """A = the lower triangle of `tril` (…, n, n); what is above the diagonal is not read."""

    @takes_hints
    def __init__(self, tril, **hints):
        self.tril = data_tensor(tril)
        super().__init__(self.tril.shape, self.tril.dtype, **hints)

    def to_dense(self):
        return tril(self.tril)

    def diag_part(self):
        return diagonal(self.tril, 0, -2, -1)

    def solution(self, rhs):
        return solve_triangular(self.to_dense(), rhs, lower=True)

    def solution_adjoint(self, rhs):
        return solve_triangular(adjoint(self.to_dense()), rhs, lower=False)

    def determinant(self):
        return prod(self.diag_part(), -1)

    def log_abs_determinant(self):
        return sum_of(log_abs(self.diag_part()), -1)
