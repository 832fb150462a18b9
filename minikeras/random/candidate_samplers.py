"""Candidate sampling: classes to contrast the true ones with, as in noise-contrastive estimation.

    uniform        class = w mod range, w of 64 bits
    log-uniform    class = ⌊exp(u · ln(range + 1))⌋ − 1,   P(class) = ln((class + 2) / (class + 1)) / ln(range + 1)

The second, Zipf's law, suits classes that are numbered by how often they occur. With `unique`, a class that was drawn
already is drawn again. A call reserves 512 blocks for each sample.
"""

import math
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.kernels.random.normal import unit_float64
from minikeras.random.operation_seeds import sequence_of

BLOCKS_PER_SAMPLE = 512


class Candidates(NamedTuple):
    """What was drawn, and how often each class was to be expected."""

    sampled_candidates: Tensor
    true_expected_count: Tensor
    sampled_expected_count: Tensor


def log_uniform_candidates(true_classes, num_true, num_sampled, unique, range_max, seed=None):
    """Draw classes by a log-uniform distribution.

    Args:
        true_classes: (batch, num_true) int64; only their expected counts are computed.
        num_true: how many true classes a sample has.
        num_sampled: how many classes to draw.
        unique: whether all must be different.
        range_max: the classes are 0 … range_max − 1.
        seed: the operation's own seed (see `operation_seeds.py`).

    Returns:
        (sampled classes (num_sampled,) int64, expected counts of the true classes, those of the sampled ones).

    Raises:
        ValueError: more different classes are wanted than there are.
    """

    def draw(words):
        u = unit_float64(np.uint64(next(words)), np.uint64(next(words)))
        return (int(math.exp(u * math.log1p(range_max))) - 1) % range_max

    def probability(classes):
        return np.log((classes + 2.0) / (classes + 1.0)) / math.log1p(range_max)

    return _sample("log_uniform", draw, probability, true_classes, num_true, num_sampled, unique, range_max, seed)


def uniform_candidates(true_classes, num_true, num_sampled, unique, range_max, seed=None):
    """Draw classes by a uniform distribution; the arguments are those of `log_uniform_candidates`."""

    def draw(words):
        return (next(words) | next(words) << 32) % range_max

    def probability(classes):
        return np.full(classes.shape, 1.0 / range_max)

    return _sample("uniform", draw, probability, true_classes, num_true, num_sampled, unique, range_max, seed)


def _sample(kind, draw, probability, true_classes, num_true, num_sampled, unique, range_max, seed):
    true_classes, num_sampled, range_max = as_array(true_classes), int(num_sampled), int(range_max)
    if true_classes.ndim != 2 or true_classes.shape[1] != num_true:
        raise ValueError(f"`true_classes` must have the shape (batch, {num_true}). Received: {true_classes.shape}")
    if unique and num_sampled > range_max:
        raise ValueError(f"Sampler's range is too small. Received: num_sampled={num_sampled}, range_max={range_max}")
    generator = sequence_of(f"{kind} candidates, {num_sampled}, {unique}, {range_max}", "int64", seed)
    words = _words(generator.use_blocks(num_sampled * BLOCKS_PER_SAMPLE))
    sampled, tries = [], 0
    while len(sampled) < num_sampled:
        candidate, tries = draw(words), tries + 1
        if not (unique and candidate in sampled):
            sampled.append(candidate)

    def expected(classes):
        p = probability(classes.astype(np.float32))
        counts = p * num_sampled if tries == num_sampled else -np.expm1(tries * np.log1p(-p))
        return Tensor(counts.astype(np.float32))

    sampled = np.array(sampled, np.int64)
    return Candidates(Tensor(sampled), expected(true_classes), expected(sampled))


def _words(generator):
    """32-bit words as Python integers, one after the other."""
    while True:
        yield from (int(word) for word in generator.block())
        generator = generator.skip(1)
