"""float32 values rounded to those that bfloat16 and float16 have, as formulas (see `formula_kernels.py`).

Both round to the nearest, and of two equally near ones to the one whose last bit is 0. A float32 has 16 bits more than
a bfloat16, and 13 bits more of mantissa than a float16. Adding just less than half of the last bit that stays, and a
little more where that bit is 1, carries into it exactly if the value is to be rounded up.
"""

from minikeras.kernels.formula_kernels import formula_kernel
from minikeras.kernels.formulas import bits, copysign, from_bits, where
from minikeras.kernels.registry import subroutine

SMALLEST_NORMAL = 2.0**-14  # of float16; below it the step is 2⁻²⁴, that of float32 in [0.5, 1)
FIRST_INFINITE = 2.0**16


@subroutine
def without_last_bits(x, dropped):
    """x with its last `dropped` bits rounded away."""
    pattern = bits(x)
    last_is_1 = (pattern << (31 - dropped)) >> 31  # −1 or 0, since the shift to the right copies the sign
    return from_bits(((pattern + ((1 << (dropped - 1)) - 1) - last_is_1) >> dropped) << dropped)


@formula_kernel
def round_to_bfloat16_chunks(x):
    """y = x rounded to 8 bits of mantissa."""
    return where(x <= x, without_last_bits(x, 16), x)  # NaN stays NaN


@formula_kernel
def round_to_float16_chunks(x):
    """y = x rounded to 11 bits of mantissa, of an exponent from −14 to 15."""
    magnitude = abs(x)
    y = where(magnitude < SMALLEST_NORMAL, magnitude + 0.5 - 0.5, without_last_bits(magnitude, 13))
    y = where(y < FIRST_INFINITE, y, float("inf"))
    return where(x <= x, copysign(y, x), x)
