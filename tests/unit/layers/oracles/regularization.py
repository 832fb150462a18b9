"""Dropout, with Philox-4x32-10 in Python's integers.

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


def spatial_dropout(x, rate, seed, dtype, draws, data_format="channels_last", training=False):
    """`dropout` with one number for each channel of a sample."""
    channels = 1 if data_format == "channels_first" else x.ndim - 1
    shape = tuple(n if axis in (0, channels) else 1 for axis, n in enumerate(x.shape))
    return dropout(x, rate, seed, dtype, draws, shape, training)


def alpha_dropout(x, rate, seed, draws, noise_shape=None, training=False):
    """SELU's bound far below where a number (of float32, whatever x is) is less than `rate`; mean and variance stay."""
    if not training:
        return x
    shape = x.shape if noise_shape is None else noise_shape
    kept = np.array(uniform(seed, draws, int(np.prod(shape)), "float32")).reshape(shape) >= np.float32(rate)
    bound = -1.6732632423543772 * 1.0507009873554805
    scale = 1 / np.sqrt((1 - rate) * (1 + rate * bound**2))
    return scale * (np.where(kept, x, bound) - rate * bound)


def normal(seed, number, shape, dtype):
    """Normal numbers by Box and Muller, of two uniform ones each: √(−2 ln u) · (sin 2πv, cos 2πv)."""
    count = int(np.prod(shape))
    drawn = []
    if dtype == "float64":
        quads = np.array(words(seed, number, 2 * count + 4), object).reshape(-1, 4)
        pairs = [((WORD * a + b) % 2**52 / 2**52, (WORD * c + d) % 2**52 / 2**52) for a, b, c, d in quads]
    else:
        pairs = [(a % 2**23 / 2**23, b % 2**23 / 2**23) for a, b in np.reshape(words(seed, number, count + 2), (-1, 2))]
    for u, v in pairs:
        length = np.sqrt(-2 * np.log(max(u, 1e-7)))
        drawn += [length * np.sin(2 * np.pi * v), length * np.cos(2 * np.pi * v)]
    return np.array(drawn[:count]).reshape(shape)


def gaussian_noise(x, stddev, dtype, draws, seed=None, training=False):
    """Normal numbers are added."""
    return x + stddev * normal(seed, draws, x.shape, dtype) if training else x


def gaussian_dropout(x, rate, dtype, draws, seed=None, training=False):
    """Normal factors of mean 1."""
    return x * (1 + np.sqrt(rate / (1 - rate)) * normal(seed, draws, x.shape, dtype)) if training else x


TRAINING = {"training": True}

CASES = [
    Case("Dropout", {"rate": 0.4, "seed": 3}, ((4, 25),), dropout, TRAINING),
    Case("Dropout", {"rate": 0.5, "noise_shape": (4, 1, 5), "seed": 3}, ((4, 5, 5),), dropout, TRAINING),
    Case("Dropout", {"rate": 0.0, "seed": 3}, ((4, 5),), dropout, TRAINING),
    Case("Dropout", {"rate": 0.4, "seed": 3}, ((4, 5),), dropout),
    Case("SpatialDropout1D", {"rate": 0.4, "seed": 3}, ((4, 5, 6),), spatial_dropout, TRAINING),
    Case("SpatialDropout2D", {"rate": 0.5, "seed": 3}, ((4, 3, 2, 6),), spatial_dropout, TRAINING),
    Case(
        "SpatialDropout2D",
        {"rate": 0.5, "seed": 3, "data_format": "channels_first"},
        ((4, 6, 3, 2),),
        spatial_dropout,
        TRAINING,
    ),
    Case("SpatialDropout3D", {"rate": 0.5, "seed": 3}, ((4, 2, 3, 2, 6),), spatial_dropout, TRAINING),
    Case("AlphaDropout", {"rate": 0.3, "seed": 3}, ((4, 25),), alpha_dropout, TRAINING),
    Case("AlphaDropout", {"rate": 0.3, "noise_shape": (4, 1, 5), "seed": 3}, ((4, 5, 5),), alpha_dropout, TRAINING),
    Case("GaussianNoise", {"stddev": 0.3, "seed": 3}, ((4, 25),), gaussian_noise, TRAINING),
    Case("GaussianDropout", {"rate": 0.3, "seed": 3}, ((4, 25),), gaussian_dropout, TRAINING),
    Case("GaussianNoise", {"stddev": 0.3}, ((4, 5),), lambda x, stddev: x),
    Case("ActivityRegularization", {"l1": 0.0}, ((4, 5),), lambda x, l1: x),
]
