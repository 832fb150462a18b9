"""Dropout, with Philox-4x32-10 in Python's whole numbers.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. How TensorFlow makes key,
counter and uniform numbers of a seed is checked against TensorFlow itself by tests/parity/test_random_kernels.py.
"""

import numpy as np

from tests.unit.layers.oracles.case import Case

WORD = 2**32
SCRAMBLING_KEY = (0x3EC8F720, 0x02461E29)  # under which TensorFlow turns a seed into key and counter


def philox(counter, key):
    """Four words of 32 bits, of a counter of four words under a key of two."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = p1 // WORD ^ c1 ^ k0, p1 % WORD, p0 // WORD ^ c3 ^ k1, p0 % WORD
        k0, k1 = (k0 + 0x9E3779B9) % WORD, (k1 + 0xBB67AE85) % WORD
    return c0, c1, c2, c3


def words(seed, number, count):
    """The first `count` words that TensorFlow draws for the pair of seeds (seed, number)."""
    k0, k1, c2, c3 = philox((seed % WORD, seed // WORD, number % WORD, number // WORD), SCRAMBLING_KEY)
    drawn = []
    while len(drawn) < count:
        drawn += philox((len(drawn) // 4, 0, c2, c3), (k0, k1))
    return drawn[:count]


def uniform(seed, number, count, dtype):
    """Numbers in [0, 1): the low bits of a word behind the binary point (float64 takes two words)."""
    if dtype == "float64":
        pairs = np.array(words(seed, number, 2 * count), object).reshape(-1, 2)
        return [(WORD * high + low) % 2**52 / 2**52 for high, low in pairs]
    return [word % 2**23 / 2**23 for word in words(seed, number, count)]


def dropout(x, rate, seed, dtype, draws, noise_shape=None, training=False):
    """x / (1 − rate) where a uniform number is at least `rate`, else 0."""
    if not training or rate == 0:
        return x
    shape = x.shape if noise_shape is None else noise_shape
    numbers = uniform(seed, draws, int(np.prod(shape)), dtype)
    return x * (np.array(numbers).reshape(shape) >= np.dtype(dtype).type(rate)) / (1 - rate)


TRAINING = {"training": True}

CASES = [
    Case("Dropout", {"rate": 0.4, "seed": 3}, ((4, 25),), dropout, TRAINING),
    Case("Dropout", {"rate": 0.5, "noise_shape": (4, 1, 5), "seed": 3}, ((4, 5, 5),), dropout, TRAINING),
    Case("Dropout", {"rate": 0.0, "seed": 3}, ((4, 5),), dropout, TRAINING),
    Case("Dropout", {"rate": 0.4, "seed": 3}, ((4, 5),), dropout),
]
