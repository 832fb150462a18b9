"""ln x of float32 values, and ln(1 + x) for x between 0 and 1, the range that crossentropies and softplus need.

Numba calls the C library for `np.log`, 16 elements one after another.
"""

from minikeras.kernels.exponential import FIRST_EXPONENT_BIT, LN2_HIGH, LN2_LOW
from minikeras.kernels.formulas import bits, fma, from_bits, polynomial, sqrt, where
from minikeras.kernels.registry import subroutine

# (artanh(s) / s − 1) / s² in s², on s² ≤ 1/9, highest power first: our own fit, as in `exponential.py`.
# The error of artanh(s) is 5e-9.
SERIES = (1.40156371e-1, 1.39989318e-1, 2.00108850e-1, 3.33332060e-1)
SQRT_HALF_BITS = 0x3F3504F3  # of √½
SMALLEST_NORMAL, LARGEST = 2.0**-126, 3.4028235e38
ROUNDER, ROUNDER_BITS = 1.5 * 2**23, 0x4B400000  # ROUNDER + n has n in its last bits


@subroutine
def log(x):
    """ln x, with an error of at most 1 unit in the last place; −∞ for 0, NaN for x < 0 and NaN.

    x = 2ⁿ · (1 + f), √½ ≤ 1 + f < √2. With s = f / (2 + f), ln(1 + f) = 2·artanh(s) = f − f²/2 + s · (f²/2 + r), where
    r = 2·artanh(s)/s − 2 is small, so that f, which is exact, is rounded once.
    """
    is_small = x < SMALLEST_NORMAL
    normal = bits(where(is_small, x * 2.0**FIRST_EXPONENT_BIT, x))
    exponent = (normal - SQRT_HALF_BITS) >> FIRST_EXPONENT_BIT
    n = from_bits(exponent + ROUNDER_BITS) - ROUNDER
    n = where(is_small, n - FIRST_EXPONENT_BIT, n)
    f = from_bits(normal - (exponent << FIRST_EXPONENT_BIT)) - 1
    s, half = f / (f + 2), f * f * 0.5
    square = s * s
    r = (square + square) * polynomial(square, SERIES)
    found = fma(n, LN2_HIGH, fma(n, LN2_LOW, s * (half + r)) - half + f)
    return where(x > 0, where(x > LARGEST, x, found), where(x < 0, sqrt(x), -1 / abs(x)))


@subroutine
def log1p_of_fraction(x):
    """ln(1 + x) for 0 ≤ x ≤ 1, with an error of at most 2 units in the last place; NaN stays NaN.

    With s = x / (2 + x), ln(1 + x) = ln((1 + s) / (1 − s)) = 2·artanh(s), and s² ≤ 1/9.
    """
    s = x / (2 + x)
    square, twice = s * s, s + s
    return fma(twice * square, polynomial(square, SERIES), twice)
