"""Operators composed of blocks: along the diagonal, or on and below it.

Both also multiply and solve for a list of tensors, one for the columns of each block; the result is a list then.
"""

import numpy as np

from minikeras.ops.factored_systems import adjoint
from minikeras.ops.joining import concatenate
from minikeras.ops.linear_operators.composed import OfSeveral
from minikeras.ops.linear_operators.operator import LinearOperator, takes_hints
from minikeras.ops.shaping import broadcast_to, expand_dims, squeeze


class _OfBlocks(OfSeveral):
    """Base of both. `diagonal` are the operators on the diagonal."""

    @property
    def diagonal(self):
        """The operators on the diagonal, from the first on."""
        return self.operators

    def size_of_matrix(self):
        """(rows, columns)."""
        return tuple(sum(operator.matrix_shape[axis] for operator in self.diagonal) for axis in (-2, -1))

    def matmul(self, x, adjoint=False, adjoint_arg=False):
        if not isinstance(x, (list, tuple)) or isinstance(x, LinearOperator) or not _is_of_blocks(x):
            return super().matmul(x, adjoint, adjoint_arg)
        parts = self._operands(x, adjoint_arg, 2)
        product = super().matmul(concatenate(parts, -2), adjoint)
        return self._divided(product, -1 if adjoint else -2)

    def solve(self, rhs, adjoint=False, adjoint_arg=False):
        if not isinstance(rhs, (list, tuple)) or not _is_of_blocks(rhs):
            return super().solve(rhs, adjoint, adjoint_arg)
        parts = self._operands(rhs, adjoint_arg, 2)
        return self._divided(super().solve(concatenate(parts, -2), adjoint), -1)

    def matvec(self, x, adjoint=False):
        if not isinstance(x, (list, tuple)) or not _is_of_blocks(x):
            return super().matvec(x, adjoint)
        products = self.matmul([expand_dims(part, -1) for part in self._operands(x, False, 1)], adjoint)
        return [squeeze(product, -1) for product in products]

    def solvevec(self, rhs, adjoint=False):
        if not isinstance(rhs, (list, tuple)) or not _is_of_blocks(rhs):
            return super().solvevec(rhs, adjoint)
        solutions = self.solve([expand_dims(part, -1) for part in self._operands(rhs, False, 1)], adjoint)
        return [squeeze(solution, -1) for solution in solutions]

    def _operands(self, parts, adjoint_arg, axes):
        """The parts as tensors of one batch shape."""
        parts = [adjoint(self.as_operand(part)) if adjoint_arg else self.as_operand(part) for part in parts]
        batch = np.broadcast_shapes(*(part.shape[:-axes] for part in parts))
        return [broadcast_to(part, (*batch, *part.shape[-axes:])) for part in parts]

    def _divided(self, x, axis):
        """Rows of `x` by the lengths of the blocks along an axis of theirs."""
        ends = np.cumsum([operator.matrix_shape[axis] for operator in self.diagonal])
        return [
            x[..., end - operator.matrix_shape[axis] : end, :]
            for end, operator in zip(ends, self.diagonal, strict=True)
        ]

    def _block(self, operator):
        """A block as a dense matrix of the whole batch shape."""
        return broadcast_to(operator.to_dense(), (*self.batch_shape, *operator.matrix_shape[-2:]))

    def _zeros(self, rows, columns):
        return np.zeros((*self.batch_shape, rows, columns), self.dtype)

    def log_abs_determinant(self):
        return sum(operator.log_abs_determinant() for operator in self.diagonal)


def _is_of_blocks(x):
    """Whether a list holds tensors, one for each block, and is not a matrix itself."""
    return all(len(np.shape(part)) >= 1 and hasattr(part, "dtype") for part in x)


class LinearOperatorBlockDiag(_OfBlocks):
    """Operators along the diagonal, zeros elsewhere."""

    def to_dense(self):
        rows, before = [], 0
        for operator in self.operators:
            height, width = operator.matrix_shape[-2:]
            right = self._zeros(height, self.matrix_shape[-1] - before - width)
            rows.append(concatenate([self._zeros(height, before), self._block(operator), right], -1))
            before += width
        return concatenate(rows, -2)

    def times(self, x):
        return self._by_block("times", x, -1)

    def solution(self, rhs):
        return self._by_block("solution", rhs, -2)

    def _by_block(self, method, x, axis):
        parts = zip(self.operators, self._divided(x, axis), strict=True)
        return concatenate([getattr(operator, method)(part) for operator, part in parts], -2)


class LinearOperatorBlockLowerTriangular(_OfBlocks):
    """Operators on and below the diagonal, zeros above; those on the diagonal are square.

    Args:
        operators: list of rows: [[A₀₀], [A₁₀, A₁₁], [A₂₀, A₂₁, A₂₂], …].

    Raises:
        ValueError: a row has another number of operators, one on the diagonal is not square, or sizes do not fit.
    """

    @takes_hints
    def __init__(self, operators, **hints):
        rows = [list(row) for row in operators]
        if [len(row) for row in rows] != list(range(1, len(rows) + 1)):
            raise ValueError(f"Row i must have i + 1 operators. Received: {[len(row) for row in rows]} in the rows")
        self.rows = rows
        self._check_sizes()
        on_diagonal = all(row[-1].is_non_singular for row in rows)
        super().__init__([operator for row in rows for operator in row], **hints)
        self.operators = rows
        if self.is_non_singular is None and on_diagonal:
            self.is_non_singular = True

    def _check_sizes(self):
        for row in self.rows:
            if row[-1].range_dimension != row[-1].domain_dimension:
                raise ValueError(f"Operators on the diagonal must be square. Received: shape={row[-1].matrix_shape}")
            for operator, above in zip(row, self.rows, strict=False):
                wanted = row[-1].range_dimension, above[-1].domain_dimension
                if tuple(operator.matrix_shape[-2:]) != wanted:
                    raise ValueError(f"An operator of shape {operator.matrix_shape} is where one of {wanted} must be.")

    @property
    def diagonal(self):
        return [row[-1] for row in self.rows]

    def to_dense(self):
        rows, width = [], self.matrix_shape[-1]
        for row in self.rows:
            left = sum(operator.domain_dimension for operator in row)
            blocks = [*map(self._block, row), self._zeros(row[-1].range_dimension, width - left)]
            rows.append(concatenate(blocks, -1))
        return concatenate(rows, -2)

    def times(self, x):
        parts = self._divided(x, -1)
        return concatenate([sum(op.times(part) for op, part in zip(row, parts, strict=False)) for row in self.rows], -2)

    def solution(self, rhs):
        """By forward substitution, block by block."""
        solved = []
        for row, part in zip(self.rows, self._divided(rhs, -2), strict=True):
            for operator, known in zip(row, solved, strict=False):
                part = part - operator.times(known)
            solved.append(row[-1].solution(part))
        return concatenate(solved, -2)
