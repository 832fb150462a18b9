"""ln(1 + x) of float32 values between 0 and 1, the range that crossentropies and softplus need."""

from minikeras.kernels.formulas import fma, polynomial
from minikeras.kernels.registry import subroutine

# (artanh(s) / s − 1) / s² in s², on s² ≤ 1/9, highest power first: our own fit, as in `exponential.py`.
# The error of artanh(s) is 5e-9.
SERIES = (1.40156371e-1, 1.39989318e-1, 2.00108850e-1, 3.33332060e-1)


@subroutine
def log1p_of_fraction(x):
    """ln(1 + x) for 0 ≤ x ≤ 1, wrong by at most 2 units in the last place; NaN stays NaN.

    With s = x / (2 + x), ln(1 + x) = ln((1 + s) / (1 − s)) = 2·artanh(s), and s² ≤ 1/9.
    """
    s = x / (2 + x)
    square, twice = s * s, s + s
    return fma(twice * square, polynomial(square, SERIES), twice)
