"""erf, its complement and its inverse, which NumPy lacks: erf(x) = 2/√π · ∫₀ˣ exp(−t²) dt.

The references follow W. J. Cody, "Rational Chebyshev approximation for the error function", Mathematics of
Computation 23 (1969): one rational function for each of |x| ≤ 0.46875, |x| ≤ 4 and beyond, all within 6e-19 of erf,
so float64 results have errors of only a few units in the last place. Other float dtypes are computed in float64 and
rounded once.
"""

import math

import numpy as np

from minikeras.kernels.formula_kernels import formula_kernel
from minikeras.kernels.formulas import double, fma, polynomial, single, where
from minikeras.kernels.registry import subroutine

# Coefficients of Cody's tables, highest power first: NEAR in x², MIDDLE in |x|, FAR in 1/x².
NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
MIDDLE = (
    (
        *(2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1),
        *(2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3),
        1.23033935479799725e3,
    ),
    (
        *(1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3),
        *(3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
    ),
)
FAR = (
    (
        *(1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1),
        *(1.60837851487422766e-2, 6.58749161529837803e-4),
    ),
    (
        *(1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2),
        2.33520497626869185e-3,
    ),
)

# erf(x) / x in x² on x ≤ 3.94, and P, Q of `normal_tail`, highest power first: our own fits, least squares at
# Chebyshev's points, reweighted (Lawson) until the relative error was level: 1e-9 and 2.5e-9.
ERF_BY_X = (
    *(-1.1819717606103958e-19, 1.808697964691272e-17, -1.2936875470798254e-15, 5.765073479528839e-14),
    *(-1.8024179808921587e-12, 4.228320326703298e-11, -7.790130571010585e-10, 1.1673563525715939e-08),
    *(-1.4641807923088101e-07, 1.5726026207039087e-06, -1.4686961016155856e-05, 0.0001199816856517115),
    *(-0.0008538594411451823, 0.005222862469604634, -0.02686537988486677, 0.11283761533090651),
    *(-0.3761263424547083, 1.128379165862751),
)
TAIL_NUMERATOR = (3.68584184e-3, 3.76826497e-2, 1.74388476e-1, 4.26182415e-1, 0.5)
TAIL_DENOMINATOR = (9.23877512e-3, 9.44680344e-2, 4.46134296e-1, 1.16548328, 1.65024958, 1.0)


def erf_reference(x):
    """erf(x) = 2/√π · ∫₀ˣ exp(−t²) dt, elementwise; the dtype of x is kept."""
    wide = np.asarray(x, np.float64)
    near = np.abs(wide) <= 0.46875
    result = np.empty_like(wide)
    small, large = wide[near], wide[~near]  # each by its own formula: half the time of both for all
    result[near] = small * _ratio(NEAR, small * small)
    result[~near] = np.copysign(1 - _erfc_of_magnitude(np.abs(large)), large)
    return result.astype(x.dtype)


@formula_kernel
def erf_chunks(x):
    """y = erf(x), with an error of at most 0.53 units in the last place.

    x·P(x²) on |x| ≤ 3.94, where erf(x) rounds to 1 in float32. In float64: float32 arithmetic would be 5 units off.
    P/Q with half as many coefficients needs a division, and a seventh longer. Odd and even powers of x² are summed
    separately, since one long sum is bound by latency: 0.74 ns per element instead of 0.80.
    """
    bounded = double(where(x > 3.94, 3.94, where(x < -3.94, -3.94, x)))
    square = bounded * bounded
    odd, even = (polynomial(square * square, coefficients) for coefficients in (ERF_BY_X[::2], ERF_BY_X[1::2]))
    return single(bounded * fma(odd, square, even))


@subroutine
def normal_tail(x):
    """Φ(−x) · exp(x² / 2) for x ≥ 0, Φ the normal distribution function, to 3e-7; beyond 10 its value at 10.

    P(x) / Q(x); float32 rounding errors exceed that of the fit.
    """
    bounded = where(x > 10, 10, x)
    return polynomial(bounded, TAIL_NUMERATOR) / polynomial(bounded, TAIL_DENOMINATOR)


def erf(x):
    """erf(x) = 2/√π · ∫₀ˣ exp(−t²) dt, elementwise, of a float array; the dtype is kept."""
    x = np.asarray(x)
    return erf_chunks(x) if erf_chunks.fits(x) else erf_reference(x)


def erfc(x):
    """1 − erf(x), elementwise, without the cancellation for large x; the dtype is kept."""
    wide = np.asarray(x, np.float64)
    near = np.abs(wide) <= 0.46875
    small = np.where(near, wide, 0.0)
    tail = _erfc_of_magnitude(np.where(near, 1.0, np.abs(wide)))
    result = np.where(near, 1 - small * _ratio(NEAR, small * small), np.where(wide < 0, 2 - tail, tail))
    return result.astype(x.dtype)


def erfinv(x):
    """The y with erf(y) = x, elementwise: ±∞ at ±1, NaN outside; the dtype is kept.

    The initial value, to 0.2 %, is that of S. Winitzki, "A handy approximation for the error function and its inverse"
    (2008): y² = √((a + L/2)² − L/0.147) − (a + L/2) with L = ln(1 − x²), a = 2 / (0.147·π). Three steps of Halley's
    method in float64 refine it to a few units in the last place. Their residual erf(y) − x is (1 − x) − erfc(y)
    from 0.5 on, which avoids cancellation.
    """
    wide = np.asarray(x, np.float64)
    magnitude = np.abs(wide)
    inside = np.where(magnitude < 1, magnitude, 0.0)
    logarithm = np.log1p(-inside * inside)
    half = 2 / (0.147 * math.pi) + logarithm / 2
    y = np.sqrt(np.sqrt(half * half - logarithm / 0.147) - half)
    for _ in range(3):
        residual = np.where(inside < 0.5, erf_reference(y) - inside, (1 - inside) - erfc(y))
        newton = residual * (math.sqrt(math.pi) / 2) * np.exp(y * y)
        y = y - newton / (1 + y * newton)
    y = np.where(magnitude < 1, y, np.where(magnitude == 1, np.inf, np.nan))
    return np.copysign(y, wide).astype(x.dtype)


def _erfc_of_magnitude(x):
    """erfc(x) for x > 0.46875 (or NaN)."""
    middle = x <= 4
    far = x[~middle]
    factor = np.empty_like(x)
    factor[middle] = _ratio(MIDDLE, x[middle])
    with np.errstate(under="ignore"):
        inverse_square = (1 / far) ** 2
        factor[~middle] = (1 / math.sqrt(math.pi) - inverse_square * _ratio(FAR, inverse_square)) / far
        return _exp_minus_square(x) * factor


def _exp_minus_square(x):
    """exp(−x²). The square is split in two, one exact, since its error, 1e-16·x², becomes the relative error of exp."""
    rounded = np.trunc(np.minimum(x, 30.0) * 16) / 16
    rest = (np.minimum(x, 30.0) - rounded) * (np.minimum(x, 30.0) + rounded)
    return np.exp(-rounded * rounded) * np.exp(-rest)


def _ratio(coefficients, x):
    """P(x) / Q(x), coefficients with the highest power first."""
    numerator, denominator = (_polynomial(part, x) for part in coefficients)
    return np.divide(numerator, denominator, out=numerator)


def _polynomial(coefficients, x):
    """The polynomial, highest power first, by Horner's rule in one array: `np.polyval` makes two in each step."""
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total
