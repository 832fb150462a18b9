"""float32 values rounded to those that bfloat16 and float16 have, and casts to float16 and back, as formulas.

Both round to the nearest, and of two equally near ones to the one whose last bit is 0. A float32 has 16 bits more than
a bfloat16, and 13 bits more of mantissa than a float16. Adding just less than half of the last bit that stays, and a
little more where that bit is 1, carries into it exactly if the value is to be rounded up.

The 16 bits of a float16 are 1 of sign, 5 of exponent + 15 and 10 of mantissa. (See `formula_kernels.py`.)
"""

from minikeras.kernels.formula_kernels import formula_kernel
from minikeras.kernels.formulas import bits, copysign, from_bits, where
from minikeras.kernels.registry import subroutine

SMALLEST_NORMAL = 2.0**-14  # of float16; below it the step is 2⁻²⁴, that of float32 in [0.5, 1)
FIRST_INFINITE = 2.0**16
EXPONENTS = 127 - 15  # the exponent bias of float32 less that of float16
ONE_HALF = 0x3F000000  # the bits of 0.5
NOT_A_NUMBER = 0x7E00


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


@formula_kernel
def float16_bits_chunks(x):
    """y = the bits of x as a float16, as the last 16 of its own; below 2⁻¹⁴ they count steps of 2⁻²⁴."""
    magnitude = abs(x)
    rounded = without_last_bits(magnitude, 13)
    rounded = where(rounded < FIRST_INFINITE, rounded, FIRST_INFINITE)  # whose exponent is that of infinity
    steps = bits(magnitude + 0.5) - ONE_HALF
    pattern = where(magnitude < SMALLEST_NORMAL, steps, (bits(rounded) >> 13) - (EXPONENTS << 10))
    pattern = where(x <= x, pattern, NOT_A_NUMBER)
    return from_bits(pattern + ((bits(x) >> 31) << 15))


@formula_kernel
def from_float16_bits_chunks(x):
    """y = the value of the float16 whose bits are the last 16 of x's."""
    sign = bits(x) >> 15
    pattern = bits(x) - (sign << 15)
    normal = from_bits((pattern << 13) + (EXPONENTS << 23))
    special = from_bits((pattern << 13) + (2 * EXPONENTS << 23))  # infinity or NaN
    magnitude = where(normal < FIRST_INFINITE, normal, special)
    magnitude = where(normal < SMALLEST_NORMAL, from_bits(pattern + ONE_HALF) - 0.5, magnitude)
    return copysign(magnitude, from_bits(sign << 31))
