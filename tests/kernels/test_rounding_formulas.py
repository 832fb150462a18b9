"""Rounding to half precision against the casts of NumPy and ml_dtypes, bit for bit, on all exponents."""

import numpy as np
import pytest

from minikeras.kernels.rounding_formulas import round_to_bfloat16_chunks, round_to_float16_chunks

pytest.importorskip("ml_dtypes")

RNG = np.random.default_rng(0)
EVERY_EXPONENT = np.concatenate([2.0**n * RNG.uniform(-2, 2, 40) for n in range(-150, 128)]).astype("float32")
TIES = np.array([1 + k * 2.0**-9 for k in range(9)] + [1 + k * 2.0**-12 for k in range(9)], "float32")
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, 65519, 65520, 65536, -65520, 3.4e38, 2**-25, 2**-24, 3 * 2**-25], "f")
X = np.concatenate([EVERY_EXPONENT, TIES, -TIES, SPECIAL])


@pytest.mark.parametrize(
    "dtype, kernel", [("bfloat16", round_to_bfloat16_chunks), ("float16", round_to_float16_chunks)]
)
def test_rounding(dtype, kernel):
    with np.errstate(over="ignore"):
        expected = X.astype(dtype).astype("float32")
    np.testing.assert_array_equal(kernel(X).view(np.int32), expected.view(np.int32))  # compiled
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(kernel.formula(X).view(np.int32), expected.view(np.int32))
    assert np.isnan(kernel(np.full(3, np.nan, "float32"))).all()
