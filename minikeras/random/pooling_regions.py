"""Random regions for fractional pooling: an axis divided into parts whose lengths differ by at most one.

Random: which parts are the longer ones. Pseudo-random: part i begins at ⌈a · (i + u)⌉ with a = length / count and one
random u. The numbers are TensorFlow's for the same seeds.

Source: Graham, "Fractional max-pooling", 2015, section 2.
"""

import math
from secrets import randbits

import numpy as np

from minikeras.base.replay import unsafe_to_replay
from minikeras.kernels.random.legacy import from_seeds, operation_seeds
from minikeras.kernels.random.normal import unit_float64
from minikeras.kernels.random.philox import block_count
from minikeras.random.global_seed import get_random_seed


def shortened(lengths, ratios):
    """How many parts axes of these lengths have, for ratios length / count."""
    return [math.floor(np.float32(length) / np.float32(ratio)) for length, ratio in zip(lengths, ratios, strict=True)]


@unsafe_to_replay("it draws regions by numbers of the system, if it has no seed")
def pooling_regions(lengths, counts, seed, pseudo_random):
    """The first element of each part, and the end, for several axes.

    Args:
        lengths: of the axes.
        counts: how many parts each axis has.
        seed: the operation's own; with 0 or None, every call draws from the system, with a global seed too.
        pseudo_random: which of the two methods to use.

    Returns:
        For each axis an int64 array (count + 1,).
    """
    seeds = operation_seeds(get_random_seed(), seed) if seed else (randbits(64), randbits(64))
    generator, found = from_seeds(*seeds), []
    for length, count in zip(lengths, counts, strict=True):
        words = generator.word_by_word()
        if pseudo_random:
            found.append(_equally_spaced(length, count, words))
            generator = generator.skip(1)
        else:
            found.append(_shuffled(length, count, words))
            generator = generator.skip(block_count(count))
    return found


def _equally_spaced(length, count, words):
    spacing, shortest = length / count, length // count
    # For a larger u the first part would be too long, or the last too short.
    largest = min((shortest + 2) / spacing - 1, (length + 1 - shortest) / spacing - (count - 1))
    u = float(unit_float64(np.uint64(next(words)), np.uint64(next(words)))) * largest
    inner = [math.ceil(spacing * (i + u)) - 1 for i in range(1, count)]
    return np.array([0, *inner, length], np.int64)


def _shuffled(length, count, words):
    shortest, longer = divmod(length, count)
    lengths = [shortest + (i < longer) for i in range(count)]
    for i in range(count - 1):
        j = i + next(words) % (count - i)
        lengths[i], lengths[j] = lengths[j], lengths[i]
    return np.cumsum([0, *lengths], dtype=np.int64)
