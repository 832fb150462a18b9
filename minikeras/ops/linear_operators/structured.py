"""Operators with a structure: a reflection, a permutation, constant diagonals, three diagonals."""

import numpy as np

from minikeras.ops.complex_numbers import conj
from minikeras.ops.conversion import data_tensor
from minikeras.ops.factored_systems import adjoint
from minikeras.ops.indexing import take, take_along_axis
from minikeras.ops.joining import concatenate
from minikeras.ops.linear_operators.operator import LinearOperator, takes_hints
from minikeras.ops.products import matmul
from minikeras.ops.reduction import sum as sum_of
from minikeras.ops.reordering import flip
from minikeras.ops.shaping import expand_dims
from minikeras.ops.sorting import argsort
from minikeras.ops.tridiagonal import compact_diagonals, tridiagonal_matmul, tridiagonal_solve


class LinearOperatorHouseholder(LinearOperator):
    """A = I − 2 v vᴴ / |v|²: the reflection at the plane to which `reflection_axis` v (…, n) is orthogonal."""

    @takes_hints
    def __init__(self, reflection_axis, **hints):
        known = {"is_non_singular": True, "is_self_adjoint": True, "is_positive_definite": False}
        if any(hints.get(name) not in (None, fact) for name, fact in known.items()):
            raise ValueError("A reflection is its own inverse and adjoint, and has the eigenvalue −1.")
        self.reflection_axis = data_tensor(reflection_axis)
        shape = self.reflection_axis.shape
        super().__init__((*shape, shape[-1]), self.reflection_axis.dtype, **hints | known)

    def _unit(self):
        """v / |v|, as a column."""
        v = expand_dims(self.reflection_axis, -1)
        return v / sum_of(v * conj(v), -2, keepdims=True) ** 0.5

    def to_dense(self):
        v = self._unit()
        return np.eye(self.matrix_shape[-1], dtype=v.array.dtype) - 2 * matmul(v, adjoint(v))

    def times(self, x):
        v = self._unit()
        return x - 2 * matmul(v, matmul(adjoint(v), x))

    times_adjoint = solution = solution_adjoint = times

    def inverse(self):
        return self


class LinearOperatorPermutation(LinearOperator):
    """(A x)ᵢ = x at perm[i], for permutations `perm` (…, n) of the rows.

    Raises:
        ValueError: `perm` are not permutations of 0 … n − 1.
    """

    @takes_hints
    def __init__(self, perm, dtype="float32", **hints):
        if hints.get("is_non_singular") is False:
            raise ValueError("A permutation is never singular.")
        self.perm = data_tensor(perm)
        n = self.perm.shape[-1]
        if not np.array_equal(np.sort(self.perm.array, -1), np.broadcast_to(np.arange(n), self.perm.shape)):
            raise ValueError(f"`perm` must hold each of 0 to {n - 1} once. Received: perm={self.perm.array.tolist()}")
        super().__init__((*self.perm.shape, n), str(dtype), **hints | {"is_non_singular": True})

    def to_dense(self):
        return data_tensor(np.eye(self.matrix_shape[-1], dtype=self.dtype)[self.perm.array], self.dtype)

    def _permuted(self, x, perm):
        shape = np.broadcast_shapes(self.matrix_shape[:-2], x.shape[:-2])
        x = x + np.zeros((*shape, 1, 1), x.array.dtype)
        return take_along_axis(x, np.broadcast_to(perm[..., None], x.shape), -2)

    def times(self, x):
        return self._permuted(x, self.perm.array)

    def times_adjoint(self, x):
        return self._permuted(x, argsort(self.perm, -1).array)

    solution, solution_adjoint = times_adjoint, times


class LinearOperatorToeplitz(LinearOperator):
    """A[i, j] = col[i − j], above the diagonal row[j − i], for `col` and `row` (…, n)."""

    @takes_hints
    def __init__(self, col, row, **hints):
        self.col, self.row = data_tensor(col), data_tensor(row)
        shape = np.broadcast_shapes(self.col.shape, self.row.shape)
        super().__init__((*shape, shape[-1]), self.col.dtype, **hints)

    def to_dense(self):
        shape, n = self.matrix_shape[:-1], self.matrix_shape[-1]
        none = np.zeros(shape, self.col.array.dtype)
        diagonals = concatenate([flip(self.row + none, -1)[..., : n - 1], self.col + none], -1)  # from the top right
        return take(diagonals, n - 1 + np.arange(n)[:, None] - np.arange(n), -1)


class LinearOperatorTridiag(LinearOperator):
    """A with elements on three diagonals only.

    Args:
        diagonals: in the "compact" `diagonals_format` a tensor (…, 3, n) of those above, on and below the main one
            (the last element of the first and the first of the last do not count); as "sequence" a list of the three;
            as "matrix" matrices (…, n, n), of which the other elements do not count.
    """

    @takes_hints
    def __init__(self, diagonals, diagonals_format="compact", **hints):
        is_list = diagonals_format == "sequence"
        diagonals = [data_tensor(row) for row in diagonals] if is_list else data_tensor(diagonals)
        self.diagonals = compact_diagonals(diagonals, diagonals_format)
        n = self.diagonals.shape[-1]
        super().__init__((*self.diagonals.shape[:-2], n, n), self.diagonals.dtype, **hints)

    def to_dense(self):
        n, dtype = self.matrix_shape[-1], self.diagonals.array.dtype
        return sum_of(expand_dims(self.diagonals, -1) * np.stack([np.eye(n, k=k, dtype=dtype) for k in (1, 0, -1)]), -3)

    def times(self, x):
        return tridiagonal_matmul(self.diagonals, x)

    def solution(self, rhs):
        return tridiagonal_solve(self.diagonals, rhs)
