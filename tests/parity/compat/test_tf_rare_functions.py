"""Functions of `tf` that few scripts use, against the live one: special functions, regression, rare algebra."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.shim_cases import Case, check  # noqa: E402

GROUP = "compat: rare functions"
RNG = np.random.default_rng(7)
SPECIAL_FUNCTIONS = 2e-5  # float32's roundings of the argument, where the function is steep
SOLVING = 2e-4  # an iteration that ends at this residual, and eigenvectors

POSITIVE = np.array([[0.01, 0.3, 0.9], [1.0, 3.0, 8.5], [24.9, 25.1, 60.0]], "float32")
ALL = np.concatenate([POSITIVE, -POSITIVE])
EDGES = np.array([0.0, np.inf, np.nan, -1.0], "float32")
X = RNG.normal(size=(3, 7)).astype("float32")
VOLUME = RNG.normal(size=(1, 4, 5, 4, 2)).astype("float32")
MATRIX = (X[:, :3] @ X[:, :3].T + 2 * np.eye(3)).astype("float32")

ROWS = [
    *[
        Case(f"math.special.{name}", ALL, tolerance=SPECIAL_FUNCTIONS)
        for name in ("bessel_j0", "bessel_j1", "dawsn", "fresnel_cos", "fresnel_sin")
    ],
    *[
        Case(f"math.special.{name}", POSITIVE[:2], tolerance=SPECIAL_FUNCTIONS)
        for name in (
            *("bessel_y0", "bessel_y1", "bessel_k0", "bessel_k0e", "bessel_k1", "bessel_k1e"),
            *("expint", "spence"),
        )
    ],
    *[
        Case(f"math.special.{name}", EDGES, gradients=False)
        for name in ("bessel_j0", "bessel_y0", "bessel_y1", "bessel_k0e", "bessel_k1", "dawsn", "expint", "spence")
    ],
    Case("math.approx_max_k", X, 3),
    Case("nn.isotonic_regression", X),
    Case("nn.isotonic_regression", X, decreasing=False, axis=0),
    Case("extract_volume_patches", VOLUME, [1, 2, 3, 2, 1], [1, 2, 1, 2, 1], "SAME"),
    Case("extract_volume_patches", VOLUME, [1, 2, 2, 2, 1], [1, 1, 2, 1, 1], "VALID"),
    Case("matrix_square_root", MATRIX, gradients=False, tolerance=SOLVING),
    Case("linalg.eigh_tridiagonal", X[0, :4], X[1, :3], gradients=False, tolerance=SOLVING),
    Case("linalg.eigh_tridiagonal", X[0, :4], X[1, :3], select="i", select_range=(1, 2), gradients=False,
         tolerance=SOLVING),
]  # fmt: skip


@pytest.mark.one_in(12)
@pytest.mark.parametrize("case", ROWS, ids=repr)
def test_like_tensorflow(case):
    check(case, GROUP, SAME_FORMULA)


@pytest.mark.full
def test_conjugate_gradients():
    def solution(package):
        operator = package.linalg.LinearOperatorFullMatrix(MATRIX, is_self_adjoint=True, is_positive_definite=True)
        state = package.linalg.experimental.conjugate_gradient(operator, package.constant(X[:, 0]), max_iter=8)
        return int(state.i), np.asarray(state.x)

    (count, ours), (expected_count, theirs) = solution(shim), solution(tf)
    assert count == expected_count
    np.testing.assert_allclose(ours, theirs, atol=SOLVING)
