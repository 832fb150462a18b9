"""Operators composed of others: adjoint, inverse, product, Kronecker product, low-rank update."""

from functools import reduce

import numpy as np

from minikeras.ops.conversion import data_tensor
from minikeras.ops.factored_systems import adjoint
from minikeras.ops.linear_operators.operator import LinearOperator, result_of, takes_hints
from minikeras.ops.linear_systems import solve
from minikeras.ops.products import matmul
from minikeras.ops.shaping import expand_dims, reshape


@result_of("adjoint")
class LinearOperatorAdjoint(LinearOperator):
    """Aᴴ of an operator A."""

    @takes_hints
    def __init__(self, operator, **hints):
        self.operator = operator
        *batch, rows, columns = operator.matrix_shape
        known = {"is_non_singular": operator.is_non_singular} | _kept_by_both(operator, "adjoint")
        super().__init__((*batch, columns, rows), operator.dtype, **known | _given(hints))

    def to_dense(self):
        return adjoint(self.operator.to_dense())

    def times(self, x):
        return self.operator.times_adjoint(x)

    def times_adjoint(self, x):
        return self.operator.times(x)

    def solution(self, rhs):
        return self.operator.solution_adjoint(rhs)

    def solution_adjoint(self, rhs):
        return self.operator.solution(rhs)

    def adjoint(self):
        return self.operator


@result_of("inverse")
class LinearOperatorInversion(LinearOperator):
    """A⁻¹ of an operator A, which is never computed."""

    @takes_hints
    def __init__(self, operator, **hints):
        self.operator = operator
        known = _kept_by_both(operator, "inv") | _given(hints) | {"is_non_singular": True}
        super().__init__(operator.matrix_shape, operator.dtype, **known)

    def to_dense(self):
        return self.operator.solve(data_tensor(np.eye(self.matrix_shape[-1]), self.dtype))

    def times(self, x):
        return self.operator.solution(x)

    def times_adjoint(self, x):
        return self.operator.solution_adjoint(x)

    def solution(self, rhs):
        return self.operator.times(rhs)

    def solution_adjoint(self, rhs):
        return self.operator.times_adjoint(rhs)

    def determinant(self):
        return 1 / self.operator.determinant()

    def log_abs_determinant(self):
        return -self.operator.log_abs_determinant()

    def inverse(self):
        return self.operator


def _kept_by_both(operator, ending):
    """The hints of an operator that hold for its adjoint and its inverse too, and a name made of its name."""
    names = ("is_self_adjoint", "is_positive_definite")
    return {name: getattr(operator, name) for name in names} | {"name": f"{operator.name}_{ending}"}


def _given(hints):
    return {name: hint for name, hint in hints.items() if hint is not None}


class OfSeveral(LinearOperator):
    """Base class of operators made of a list of operators of one dtype."""

    @takes_hints
    def __init__(self, operators, **hints):
        self.operators = list(operators)
        if not self.operators:
            raise ValueError(f"`{type(self).__name__}` needs at least one operator.")
        dtypes = {operator.dtype for operator in self.operators}
        if len(dtypes) > 1:
            raise TypeError(f"All operators must have the same dtype. Received: {sorted(dtypes)}")
        batch = np.broadcast_shapes(*(operator.batch_shape for operator in self.operators))
        if all(operator.is_non_singular for operator in self.operators):
            hints = {"is_non_singular": True} | _given(hints)
        super().__init__((*batch, *self.size_of_matrix()), self.operators[0].dtype, **hints)


@result_of("product")
class LinearOperatorComposition(OfSeveral):
    """A = A₁ A₂ …"""

    def size_of_matrix(self):
        """(rows, columns).

        Raises:
            ValueError: two that follow each other do not fit.
        """
        for left, right in zip(self.operators, self.operators[1:], strict=False):
            if left.domain_dimension != right.range_dimension:
                raise ValueError(f"Operators of shapes {left.matrix_shape} and {right.matrix_shape} do not compose.")
        return self.operators[0].range_dimension, self.operators[-1].domain_dimension

    def to_dense(self):
        return reduce(matmul, [operator.to_dense() for operator in self.operators])

    def times(self, x):
        return reduce(lambda y, operator: operator.times(y), self.operators[::-1], x)

    def times_adjoint(self, x):
        return reduce(lambda y, operator: operator.times_adjoint(y), self.operators, x)

    def solution(self, rhs):
        return reduce(lambda y, operator: operator.solution(y), self.operators, rhs)

    def solution_adjoint(self, rhs):
        return reduce(lambda y, operator: operator.solution_adjoint(y), self.operators[::-1], rhs)


class LinearOperatorKronecker(OfSeveral):
    """A₁ ⊗ A₂ ⊗ …"""

    def size_of_matrix(self):
        """(rows, columns)."""
        return tuple(int(np.prod([operator.matrix_shape[axis] for operator in self.operators])) for axis in (-2, -1))

    def to_dense(self):
        def product(a, b):
            both = expand_dims(expand_dims(a, -1), -3) * expand_dims(expand_dims(b, -2), -4)
            *batch, m, p, n, q = both.shape
            return reshape(both, (*batch, m * p, n * q))

        return reduce(product, [operator.to_dense() for operator in self.operators])


class LinearOperatorLowRankUpdate(LinearOperator):
    """L + U diag(d) Vᴴ of a base operator L, solved by Woodbury's formula."""

    @takes_hints
    def __init__(self, base_operator, u, diag_update=None, v=None, is_diag_update_positive=None, **hints):
        self.base_operator, self.u = base_operator, base_operator.as_operand(u)
        self.v = self.u if v is None else base_operator.as_operand(v)
        rank = self.u.shape[-1]
        self.diag_update = base_operator.as_operand(np.ones(rank) if diag_update is None else diag_update)
        self.is_diag_update_positive = is_diag_update_positive
        super().__init__(base_operator.matrix_shape, base_operator.dtype, **hints)

    def to_dense(self):
        return self.base_operator.to_dense() + matmul(self.u * expand_dims(self.diag_update, -2), adjoint(self.v))

    def times(self, x):
        inner = expand_dims(self.diag_update, -1) * matmul(adjoint(self.v), x)
        return self.base_operator.times(x) + matmul(self.u, inner)

    def solution(self, rhs):
        base = self.base_operator
        y, z = base.solution(rhs), base.solution(self.u)
        inverse_diagonal = expand_dims(1 / self.diag_update, -1) * np.eye(self.u.shape[-1], dtype=self.u.array.dtype)
        return y - matmul(z, solve(inverse_diagonal + matmul(adjoint(self.v), z), matmul(adjoint(self.v), y)))
