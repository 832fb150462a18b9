"""Linear operators with a structure: their matrices are built by hand, and what is cheaper agrees with the matrix."""

import numpy as np
import pytest

from minikeras.ops import linear_operators as lo

RNG = np.random.default_rng(0)
V = RNG.uniform(1, 2, (2, 4))
A, B = (RNG.normal(size=(2, n, n)) + 4 * np.eye(n) for n in (4, 3))
LOWER = RNG.normal(size=(2, 3, 4))
U, W = RNG.normal(size=(2, 2, 4, 2))
ROUNDING = 1e-9  # of float64, condition numbers below 100
FULL = lo.LinearOperatorFullMatrix


def by_elements(element):
    """Matrices (2, 4, 4) of which `element(batch, row, column)` is an element."""
    return np.array([[[element(n, i, j) for j in range(4)] for i in range(4)] for n in range(2)])


def circulant(sizes):
    """The matrix of a convolution in as many axes as there are sizes, with the spectrum's kernel: column by column."""
    kernel = np.fft.ifftn(SPECTRUM.reshape(2, *sizes), axes=range(1, len(sizes) + 1))
    shifts = np.array(list(np.ndindex(*sizes)))
    columns = [np.roll(kernel, tuple(by), range(1, len(sizes) + 1)).reshape(2, -1) for by in shifts]
    return np.stack(columns, axis=-1)


SPECTRUM = RNG.uniform(1, 2, (2, 8)) + 1j * RNG.uniform(-1, 1, (2, 8))
BLOCKS = np.zeros((2, 7, 7))
BLOCKS[:, :4, :4], BLOCKS[:, 4:, 4:] = A, B
BELOW = BLOCKS.copy()
BELOW[:, 4:, :4] = LOWER

# name: (the operator, its matrix)
OPERATORS = {
    "reflection": (
        lambda: lo.LinearOperatorHouseholder(V),
        lambda: np.eye(4) - 2 * V[:, :, None] * V[:, None] / (V**2).sum(-1)[:, None, None],
    ),
    "permutation": (
        lambda: lo.LinearOperatorPermutation([[3, 1, 0, 2], [0, 1, 2, 3]], dtype="float64"),
        lambda: np.eye(4)[[[3, 1, 0, 2], [0, 1, 2, 3]]],
    ),
    "toeplitz": (
        lambda: lo.LinearOperatorToeplitz(V + [9, 0, 0, 0], V + [9, 1, 1, 1]),
        lambda: by_elements(lambda n, i, j: V[n, i - j] + 9 * (i == j) if i >= j else V[n, j - i] + 1),
    ),
    "three diagonals": (
        lambda: lo.LinearOperatorTridiag(np.stack([V, V + 5, V], -2)),
        lambda: by_elements(lambda n, i, j: V[n, i] + 5 * (i == j) if abs(i - j) < 2 else 0),
    ),
    "diagonal": (lambda: lo.LinearOperatorDiag(V), lambda: V[:, :, None] * np.eye(4)),
    "adjoint": (lambda: lo.LinearOperatorAdjoint(FULL(A)), lambda: A.swapaxes(-1, -2)),
    "inverse": (lambda: lo.LinearOperatorInversion(FULL(A)), lambda: np.linalg.inv(A)),
    "composition": (lambda: lo.LinearOperatorComposition([FULL(A), lo.LinearOperatorDiag(V)]), lambda: A * V[:, None]),
    "kronecker": (
        lambda: lo.LinearOperatorKronecker([FULL(A), FULL(B)]),
        lambda: np.stack([np.kron(a, b) for a, b in zip(A, B, strict=True)]),
    ),
    "low-rank update": (
        lambda: lo.LinearOperatorLowRankUpdate(FULL(A), U, V[:, :2], W),
        lambda: A + (U * V[:, None, :2]) @ W.swapaxes(-1, -2),
    ),
    "blocks": (lambda: lo.LinearOperatorBlockDiag([FULL(A), FULL(B)]), lambda: BLOCKS),
    "blocks below too": (
        lambda: lo.LinearOperatorBlockLowerTriangular([[FULL(A)], [FULL(LOWER), FULL(B)]]),
        lambda: BELOW,
    ),
    "circulant": (lambda: lo.LinearOperatorCirculant(SPECTRUM, "complex128"), lambda: circulant((8,))),
    "circulant 2d": (
        lambda: lo.LinearOperatorCirculant2D(SPECTRUM.reshape(2, 2, 4), "complex128"),
        lambda: circulant((2, 4)),
    ),
    "circulant 3d": (
        lambda: lo.LinearOperatorCirculant3D(SPECTRUM.reshape(2, 2, 2, 2), "complex128"),
        lambda: circulant((2, 2, 2)),
    ),
}


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("name", OPERATORS)
def test_products_and_solutions_are_those_of_the_matrix(name):
    make, by_hand = OPERATORS[name]
    operator, dense = make(), by_hand()
    x = RNG.normal(size=(2, dense.shape[-1], 3)).astype(dense.dtype)
    close(operator.to_dense(), dense)
    for adjoint, matrix in ((False, dense), (True, dense.conj().swapaxes(-1, -2))):
        close(operator.matmul(x, adjoint=adjoint), matrix @ x)
        close(operator.solve(matrix @ x, adjoint=adjoint), x)


@pytest.mark.parametrize("name", OPERATORS)
def test_numbers_of_the_matrix(name):
    make, by_hand = OPERATORS[name]
    operator, dense = make(), by_hand()
    close(operator.determinant(), np.linalg.det(dense))
    close(operator.log_abs_determinant(), np.linalg.slogdet(dense)[1])
    close(operator.trace(), np.trace(dense, axis1=-2, axis2=-1))
    close(operator.diag_part(), np.diagonal(dense, axis1=-2, axis2=-1))
    close(operator.cond(), np.linalg.cond(dense))
    close(operator.add_to_tensor(np.ones(dense.shape[-2:])), dense + 1)
    close(operator.inverse().to_dense(), np.linalg.inv(dense))
    close(operator.adjoint().to_dense(), dense.conj().swapaxes(-1, -2))


def test_the_kernel_of_a_circulant_matrix_is_its_first_column():
    operator = lo.LinearOperatorCirculant(SPECTRUM, "complex128")
    close(operator.convolution_kernel(), circulant((8,))[..., 0])
    close(operator.eigvals(), SPECTRUM)


def test_what_is_no_permutation_is_refused():
    with pytest.raises(ValueError, match="once"):
        lo.LinearOperatorPermutation([0, 0, 1])
