"""Sobol's sequence: points that fill the unit cube more evenly than random ones.

    x[n] = ⊕ of the direction numbers v[k] for which bit k of Gray(n) = n ⊕ ⌊n / 2⌋ is set,     v[k] = m[k] · 2^(32−k)

In each dimension the first m are given, and a primitive polynomial over two elements gives the others. (Sobol, "On the
distribution of points in a cube", 1967; Bratley & Fox, "Algorithm 659", 1988; polynomials and first numbers from Joe &
Kuo, "Constructing Sobol sequences with better two-dimensional projections", 2008, the file new-joe-kuo-6.)
"""

from functools import cache

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError

BITS = 32

# "polynomial: m₁ m₂ …" of the second dimension, the third, … A polynomial is written as the number of its bits.
_DIMENSIONS = """
3: 1; 7: 1 3; 11: 1 3 1; 13: 1 1 1; 19: 1 1 3 3; 25: 1 3 5 13; 37: 1 1 5 5 17; 41: 1 1 5 5 5; 47: 1 1 7 11 19;
55: 1 1 5 1 1; 59: 1 1 1 3 11; 61: 1 3 5 5 31; 67: 1 3 3 9 7 49; 91: 1 1 1 15 21 21; 97: 1 3 1 13 27 49;
103: 1 1 1 15 7 5; 109: 1 3 1 15 13 25; 115: 1 1 5 5 19 61; 131: 1 3 7 11 23 15 103; 137: 1 3 7 13 13 15 69;
143: 1 1 3 13 7 35 63; 145: 1 3 5 9 1 25 53; 157: 1 3 1 13 9 35 107; 167: 1 3 1 5 27 61 31; 171: 1 1 5 11 19 41 61;
185: 1 3 5 3 3 13 69; 191: 1 1 7 13 1 19 1; 193: 1 3 7 5 13 19 59; 203: 1 1 3 9 25 29 41; 211: 1 3 5 13 23 1 55;
213: 1 3 7 3 13 59 17; 229: 1 3 1 3 5 53 69; 239: 1 1 5 5 23 33 13; 241: 1 1 7 7 1 61 123; 247: 1 1 7 9 13 61 49;
253: 1 3 3 5 3 55 33; 285: 1 3 1 15 31 13 49 245; 299: 1 3 5 15 31 59 63 97; 301: 1 3 1 11 11 11 77 249;
333: 1 3 1 11 27 43 71 9; 351: 1 1 7 15 21 11 81 45; 355: 1 3 7 3 25 31 65 79; 357: 1 3 1 1 19 11 3 205;
361: 1 1 5 9 19 21 29 157; 369: 1 3 7 11 1 33 89 185; 391: 1 3 3 3 15 9 79 71; 397: 1 3 7 11 15 39 119 27;
425: 1 1 3 1 11 31 97 225; 451: 1 1 1 3 23 43 57 177; 463: 1 3 7 7 17 17 37 71; 487: 1 3 1 5 27 63 123 213;
501: 1 1 3 5 11 43 53 133; 529: 1 3 5 5 29 17 47 173 479; 539: 1 3 3 11 3 1 109 9 69; 545: 1 1 1 5 17 39 23 5 343;
557: 1 3 1 5 25 15 31 103 499; 563: 1 1 1 11 11 17 63 105 183; 601: 1 1 5 11 9 29 97 231 363;
607: 1 1 5 15 19 45 41 7 383; 617: 1 3 7 7 31 19 83 137 221; 623: 1 1 1 3 23 15 111 223 83;
631: 1 1 5 13 31 15 55 25 161; 637: 1 1 3 13 25 47 39 87 257
"""
MAX_DIMENSIONS = 1 + _DIMENSIONS.count(":")


def sobol_sample(dim, num_results, skip=0, dtype="float32"):
    """`num_results` points (num_results, dim) in [0, 1), from the `skip`-th after the origin on.

    Raises:
        InvalidArgumentError: `dim` is not from 1 to 64, or the points are more than 2³¹ away from the origin.
    """
    dim, num_results, skip = int(dim), int(num_results), int(skip)
    if not 1 <= dim <= MAX_DIMENSIONS:
        raise InvalidArgumentError(None, None, f"`dim` must be from 1 to {MAX_DIMENSIONS}. Received: dim={dim}")
    if num_results < 1 or skip < 0 or num_results + skip >= 2**31 - 1:
        raise InvalidArgumentError(
            None,
            None,
            "`num_results` must be positive, `skip` not negative, and their sum below 2³¹. Received: "
            f"num_results={num_results}, skip={skip}",
        )
    numbers = np.arange(skip + 1, skip + num_results + 1, dtype=np.uint64)
    gray = numbers ^ (numbers >> np.uint64(1))
    points = np.zeros((num_results, dim), np.uint64)
    for bit in range(int(gray.max()).bit_length()):
        is_set = (gray >> np.uint64(bit)) & np.uint64(1)
        points ^= is_set[:, None] * _directions()[:dim, bit]
    return Tensor((points.astype(np.float64) * 2.0**-BITS).astype(dtype))


@cache
def _directions():
    """(dimensions, bits) uint64: all direction numbers."""
    rows = [_of_dimension(*row.split(":")) for row in _DIMENSIONS.replace("\n", " ").split(";")]
    first = [1 << (BITS - 1 - k) for k in range(BITS)]
    return np.array([first, *rows], np.uint64)


def _of_dimension(polynomial, numbers):
    polynomial, m = int(polynomial), [int(number) for number in numbers.split()]
    degree = len(m)
    for k in range(degree, BITS):
        new = m[k - degree] ^ (m[k - degree] << degree)
        for i in range(1, degree):
            new ^= ((polynomial >> (degree - i)) & 1) * m[k - i] << i
        m.append(new)
    return [number << (BITS - 1 - k) for k, number in enumerate(m)]
