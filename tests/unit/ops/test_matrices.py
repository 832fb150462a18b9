"""Functions of matrices, factored systems, diagonal bands and norms, against NumPy and definitions in plain loops."""

import math

import numpy as np
import pytest

from minikeras import GradientTape, Tensor
from minikeras.compat.tensorflow.arrays import norm_clipping
from minikeras.compat.tensorflow.linalg import factored_systems
from minikeras.compat.tensorflow.linalg.matrix_functions import expm, sqrtm
from minikeras.ops import diagonal_bands
from minikeras.ops.norms import euclidean_norm, norm_over, normalize_by_norm

RNG = np.random.default_rng(3)
A = RNG.normal(size=(2, 4, 4))
B = RNG.normal(size=(2, 4, 3))
EXACT = 1e-9  # relative, of well-conditioned systems in float64


def test_the_exponential_is_its_series():
    x = A[0] / 4
    series = sum(np.linalg.matrix_power(x, n) / math.factorial(n) for n in range(30))
    np.testing.assert_allclose(expm(Tensor(x)).array, series, rtol=EXACT)
    np.testing.assert_allclose(
        expm(Tensor(5 * A)).array @ expm(Tensor(-5 * A)).array, np.stack([np.eye(4)] * 2), atol=1e-6
    )


def test_the_square_of_the_root():
    x = A[0] @ A[0].T + np.eye(4)
    root = sqrtm(Tensor(x)).array
    np.testing.assert_allclose(root @ root, x, rtol=EXACT)
    with pytest.raises(ValueError, match="negative eigenvalues"):
        sqrtm(Tensor(np.array([[-1.0]])))


def test_systems_by_lu_factors():
    factors, p = factored_systems.lu(Tensor(A))
    np.testing.assert_allclose(factored_systems.lu_reconstruct(factors, p).array, A, rtol=EXACT)
    np.testing.assert_allclose(factored_systems.lu_solve(factors, p, Tensor(B)).array, np.linalg.solve(A, B), rtol=1e-7)
    np.testing.assert_allclose(factored_systems.lu_inverse(factors, p).array, np.linalg.inv(A), rtol=1e-7)


def test_systems_by_cholesky():
    x = A @ A.swapaxes(1, 2) + np.eye(4)
    found = factored_systems.cholesky_solve(Tensor(np.linalg.cholesky(x)), Tensor(B))
    np.testing.assert_allclose(found.array, np.linalg.solve(x, B), rtol=1e-7)


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (3, 5)])
def test_least_squares(shape, fast):
    a, b = RNG.normal(size=shape), RNG.normal(size=(shape[0], 2))
    expected = np.linalg.lstsq(a, b, rcond=None)[0]  # of several solutions the one of least norm, too
    np.testing.assert_allclose(factored_systems.lstsq(Tensor(a), Tensor(b), fast=fast).array, expected, rtol=1e-7)


def test_least_squares_with_a_penalty():
    a, b = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 1))
    found = factored_systems.lstsq(Tensor(a), Tensor(b), 0.5).array
    np.testing.assert_allclose(found, np.linalg.solve(a.T @ a + 0.5 * np.eye(3), a.T @ b), rtol=1e-7)


@pytest.mark.parametrize("lower, upper", [(0, 0), (1, 2), (-1, 0), (0, -1), (-1, -1)])
def test_bands(lower, upper):
    x = np.arange(1, 13.0).reshape(3, 4)
    expected = x.copy()
    for i in range(3):
        for j in range(4):
            if (0 <= lower < i - j) or (0 <= upper < j - i):
                expected[i, j] = 0
    np.testing.assert_array_equal(diagonal_bands.band_part(Tensor(x), lower, upper).array, expected)


@pytest.mark.parametrize("k", [-2, -1, 0, 1, 3])
def test_one_diagonal(k):
    x = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(diagonal_bands.diag_part(Tensor(x), k).array, np.diagonal(x, k))
    v = np.array([5.0, 6.0, 7.0])
    np.testing.assert_array_equal(diagonal_bands.diag(Tensor(v), k).array, np.diag(v, k))


def test_several_diagonals_there_and_back():
    x = Tensor(np.arange(1, 10.0).reshape(3, 3))
    rows = diagonal_bands.diag_part(x, (-1, 1), align="LEFT_LEFT")
    assert rows.array.tolist() == [[2, 6, 0], [1, 5, 9], [4, 8, 0]]
    assert diagonal_bands.diag_part(x, (-1, 1), align="RIGHT_RIGHT").array.tolist() == [[0, 2, 6], [1, 5, 9], [0, 4, 8]]
    tridiagonal = diagonal_bands.diag(rows, (-1, 1), align="LEFT_LEFT").array
    np.testing.assert_array_equal(tridiagonal, np.triu(np.tril(x.array, 1), -1))
    filled = diagonal_bands.set_diag(x, Tensor(np.zeros((3, 3))), (-1, 1)).array
    np.testing.assert_array_equal(filled, x.array - tridiagonal)
    with pytest.raises(ValueError, match="lowest diagonal"):
        diagonal_bands.diag_part(x, (1, 0))


def test_tensors_on_a_diagonal():
    x = np.arange(6.0).reshape(2, 3)
    y = diagonal_bands.tensor_diag(Tensor(x))
    for i, j in np.ndindex(2, 3):
        assert y.array[i, j, i, j] == x[i, j]
    assert np.count_nonzero(y.array) == np.count_nonzero(x)
    np.testing.assert_array_equal(diagonal_bands.tensor_diag_part(y).array, x)


@pytest.mark.parametrize("ord", [1, 2, 3, math.inf])
def test_norms_of_vectors(ord):
    x = RNG.normal(size=(3, 4))
    np.testing.assert_allclose(norm_over(Tensor(x), ord, 1).array, np.linalg.norm(x, ord, axis=1), rtol=EXACT)
    unit, size = normalize_by_norm(Tensor(x), ord, 1)
    np.testing.assert_allclose(unit.array * size.array, x, rtol=EXACT)


def test_norms_over_several_axes_and_of_complex_numbers():
    x = RNG.normal(size=(2, 3, 4))
    np.testing.assert_allclose(euclidean_norm(Tensor(x)).array, np.sqrt((x**2).sum()), rtol=EXACT)
    assert euclidean_norm(Tensor(np.array([3 + 4j]))).array == 5
    with pytest.raises(ValueError, match="no norm of this"):
        norm_over(Tensor(x), -1, 0)


def test_clipping():
    x = Tensor(np.array([[3.0, 4.0], [0.3, 0.4]]))
    np.testing.assert_allclose(norm_clipping.clip_by_norm(x, 1.0, axes=1).array, [[0.6, 0.8], [0.3, 0.4]])
    tensors = [Tensor(np.array([3.0])), None, Tensor(np.array([[4.0]]))]
    norm = norm_clipping.global_norm(tensors)
    assert norm.array == 5
    first, none, second = norm_clipping.clip_by_global_norm(tensors, 2.5, norm)
    assert (first.array.item(), none, second.array.item()) == (1.5, None, 2.0)
    zeros = Tensor(np.zeros(2))
    with GradientTape() as tape:
        tape.watch(zeros)
        y = norm_clipping.clip_by_norm(zeros, 1.0)
    np.testing.assert_array_equal(tape.gradient(y, zeros).array, [1, 1])  # and no NaN of √0
