"""Operators with a diagonal: given, the same everywhere, ones, or zeros."""

import numpy as np

from minikeras.base.signatures import inherits_arguments
from minikeras.ops.complex_numbers import conj
from minikeras.ops.conversion import data_tensor
from minikeras.ops.creation import zeros
from minikeras.ops.diagonals import diagonal
from minikeras.ops.linear_operators.operator import LinearOperator, log_abs, takes_hints
from minikeras.ops.powers import sqrt
from minikeras.ops.reduction import prod
from minikeras.ops.reduction import sum as sum_of
from minikeras.ops.shaping import broadcast_to, expand_dims


class LinearOperatorDiag(LinearOperator):
    """A = diag(`diag`), for diagonals (…, n)."""

    @takes_hints
    def __init__(self, diag, **hints):
        self.diag = data_tensor(diag)
        if "complex" not in self.diag.dtype:
            hints["is_self_adjoint"] = True
        super().__init__((*self.diag.shape, self.diag.shape[-1]), self.diag.dtype, **hints)

    def to_dense(self):
        return expand_dims(self.diag, -1) * np.eye(self.matrix_shape[-1], dtype=self.diag.array.dtype)

    def diag_part(self):
        return self.diag

    def times(self, x):
        return expand_dims(self.diag, -1) * x

    def times_adjoint(self, x):
        return expand_dims(conj(self.diag), -1) * x

    def solution(self, rhs):
        return rhs / expand_dims(self.diag, -1)

    def solution_adjoint(self, rhs):
        return rhs / expand_dims(conj(self.diag), -1)

    def determinant(self):
        return prod(self.diag, -1)

    def log_abs_determinant(self):
        return sum_of(log_abs(self.diag), -1)

    def cholesky(self):
        return LinearOperatorDiag(sqrt(self.diag), is_non_singular=True)

    def inverse(self):
        return LinearOperatorDiag(1 / self.diag, is_non_singular=True)


class LinearOperatorScaledIdentity(LinearOperatorDiag):
    """A = `multiplier` · I of `num_rows` rows, for each multiplier."""

    @inherits_arguments(LinearOperatorDiag, after={"assert_proper_shapes": "is_square"}, without=("diag",))
    def __init__(self, num_rows, multiplier, *, assert_proper_shapes=False, **hints):
        self.multiplier = data_tensor(multiplier)
        rows = broadcast_to(expand_dims(self.multiplier, -1), (*self.multiplier.shape, int(num_rows)))
        super().__init__(rows, **hints)


class LinearOperatorIdentity(LinearOperatorDiag):
    """A = I of `num_rows` rows, for a batch of the shape `batch_shape`."""

    def __init__(
        self,
        num_rows,
        batch_shape=None,
        dtype=None,
        is_non_singular=True,
        is_self_adjoint=True,
        is_positive_definite=True,
        is_square=True,
        assert_proper_shapes=False,
        name="LinearOperatorIdentity",
    ):
        if not (is_non_singular and is_self_adjoint and is_positive_definite and is_square):
            raise ValueError("An identity is square, self-adjoint, positive definite and not singular.")
        shape = (*(() if batch_shape is None else np.asarray(batch_shape).tolist()), int(num_rows))
        super().__init__(np.ones(shape, dtype or "float32"), True, True, True, True, name)

    def times(self, x):
        return x

    times_adjoint = solution = solution_adjoint = times


class LinearOperatorZeros(LinearOperator):
    """A = 0, of `num_rows` rows and `num_columns` columns (as many by default)."""

    def __init__(
        self,
        num_rows,
        num_columns=None,
        batch_shape=None,
        dtype=None,
        is_non_singular=False,
        is_self_adjoint=True,
        is_positive_definite=False,
        is_square=True,
        assert_proper_shapes=False,
        name="LinearOperatorZeros",
    ):
        columns = num_rows if num_columns is None else num_columns
        shape = (*(() if batch_shape is None else np.asarray(batch_shape).tolist()), int(num_rows), int(columns))
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        super().__init__(shape, dtype or "float32", *hints, name)

    def to_dense(self):
        return zeros(self.matrix_shape, self.dtype)

    def diag_part(self):
        return diagonal(self.to_dense(), 0, -2, -1)

    def solve(self, rhs, adjoint=False, adjoint_arg=False):
        raise ValueError("A zero operator is singular: no equation has one solution.")
