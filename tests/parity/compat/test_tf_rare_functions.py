"""Functions of `tf` that few scripts use, against the live one: rare algebra, files of examples."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.shim_cases import Case, check  # noqa: E402

GROUP = "compat: rare functions"
RNG = np.random.default_rng(7)
SOLVING = 2e-4  # an iteration that ends at this residual, and eigenvectors

X = RNG.normal(size=(3, 7)).astype("float32")
VOLUME = RNG.normal(size=(1, 4, 5, 4, 2)).astype("float32")
MATRIX = (X[:, :3] @ X[:, :3].T + 2 * np.eye(3)).astype("float32")

ROWS = [
    Case("math.approx_max_k", X, 3),
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
