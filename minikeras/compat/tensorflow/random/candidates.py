"""Candidate sampling: classes to contrast the true ones with, as in noise-contrastive estimation.

    uniform        class = w mod range, w of 64 bits
    log-uniform    class = ⌊exp(u · ln(range + 1))⌋ − 1,   P(class) = ln((class + 2) / (class + 1)) / ln(range + 1)
    unigram        P(class) = count(class)^distortion / Σ

The second, Zipf's law, suits classes that are numbered by how often they occur. With `unique`, a class that was drawn
already is drawn again. A call reserves 512 blocks for each sample.
"""

__replay__ = "computes"

import math
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.errors import InvalidArgumentError
from minikeras.kernels.random.normal import unit_float64
from minikeras.kernels.random.philox import integer_below
from minikeras.kernels.random.uniform import fractions
from minikeras.random.operation_seeds import sequence_of

BLOCKS_PER_SAMPLE = 512


class Candidates(NamedTuple):
    """The drawn classes, and the expected count of each class."""

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
    """Draw classes from a uniform distribution; the arguments are those of `log_uniform_candidates`."""

    def draw(words):
        return (next(words) | next(words) << 32) % range_max

    def probability(classes):
        return np.full(classes.shape, 1.0 / range_max)

    return _sample("uniform", draw, probability, true_classes, num_true, num_sampled, unique, range_max, seed)


def unigram_candidates(
    true_classes,
    num_true,
    num_sampled,
    unique,
    range_max,
    counts,
    distortion=1.0,
    reserved=0,
    shards=1,
    shard=0,
    seed=None,
):
    """Draw classes by how often they occur; the other arguments are those of `log_uniform_candidates`.

    Args:
        counts: of the classes after the reserved ones.
        distortion: the power to which the counts are raised: 0 makes all equal.
        reserved: how many classes before the first with a count are never drawn.
        shards, shard: keep only every n-th class, the `shard`-th of n; the remaining ones are renumbered.

    Raises:
        InvalidArgumentError: there are not `range_max` classes, or a true class is none of them.
    """
    weights = [0.0] * reserved + [float(np.float32(count) ** np.float32(distortion)) for count in counts]
    weights = np.array(weights[shard::shards], np.float32)
    true = as_array(true_classes)
    if len(weights) != range_max or not ((true >= 0) & (true < range_max)).all():
        raise InvalidArgumentError(
            None,
            None,
            f"`range_max` must be the number of classes, the reserved ones included, and larger than each true class. "
            f"Received: range_max={range_max}, {len(weights)} classes, true_classes from {true.min()} to {true.max()}",
        )
    shares, others = alias_table(weights)

    def draw(words):
        u = fractions(np.array([next(words)], np.uint32), "float32")[0]
        place = integer_below(words, range_max)
        return place if u < shares[place] else others[place]

    def probability(classes):
        return weights[classes.astype(np.int64)] / weights.sum(dtype=np.float32)

    kind = f"unigram {hash(tuple(weights.tolist()))}"
    return _sample(kind, draw, probability, true, num_true, num_sampled, unique, range_max, seed)


def counts_in_file(path):
    """The last field, after a comma, of each line of a text file that has one."""
    with open(path, encoding="utf-8") as lines:
        return [float(line.rpartition(",")[2]) for line in lines if line.strip()]


def alias_table(weights):
    """Walker's alias method: position i stands for itself with probability `shares[i]`, else for `others[i]`.

    A class that is more probable than 1 / n fills up the positions of less probable ones, so that a draw takes one
    uniform position and one comparison. (Walker, "An efficient method for generating discrete random variables", 1977;
    the order in which positions are filled is TensorFlow's.)

    Returns:
        (shares float32, others), lists.
    """
    n, total = len(weights), float(np.sum(weights, dtype=np.float64))
    shares, others = [float(weight) * n / total for weight in weights], [-1] * n
    low, high = ([i for i in range(n) if (shares[i] < 1) == is_low] for is_low in (True, False))
    while low and high:
        poor, rich = low.pop(), high.pop()
        others[poor] = rich
        shares[rich] -= 1 - shares[poor]
        (low if shares[rich] < 1 else high).append(rich)
    for i in (*low, *high):  # positions left over by rounding
        shares[i] = 1.0
    return np.array(shares, np.float32).tolist(), others


def all_candidates(true_classes, num_true, num_sampled):
    """The classes 0 … num_sampled − 1, each once; nothing is drawn."""
    true_classes = as_array(true_classes)
    _check_shape(true_classes, num_true)
    sampled = np.arange(num_sampled, dtype=np.int64)
    return Candidates(
        *map(Tensor, (sampled, np.ones(true_classes.shape, np.float32), np.ones(num_sampled, np.float32)))
    )


def accidental_hits(true_classes, sampled_candidates, num_true):
    """Find drawn classes that are among the true ones of a sample.

    Returns:
        (samples int32, positions among the drawn classes int64, weights float32, the lowest there is): added to the
        logits at these positions, the weights take the classes out.
    """
    true_classes, sampled = as_array(true_classes), as_array(sampled_candidates)
    _check_shape(true_classes, num_true)
    positions = {int(candidate): place for place, candidate in enumerate(sampled)}
    hits = [(i, positions[c]) for i, row in enumerate(true_classes.tolist()) for c in row if c in positions]
    samples, ids = np.array(hits, np.int64).reshape(-1, 2).T
    lowest = np.full(len(hits), np.finfo(np.float32).min, np.float32)
    return Tensor(samples.astype(np.int32)), Tensor(ids.copy()), Tensor(lowest)


def _check_shape(true_classes, num_true):
    if true_classes.ndim != 2 or true_classes.shape[1] != num_true:
        raise ValueError(f"`true_classes` must have the shape (batch, {num_true}). Received: {true_classes.shape}")


def _sample(kind, draw, probability, true_classes, num_true, num_sampled, unique, range_max, seed):
    true_classes, num_sampled, range_max = as_array(true_classes), int(num_sampled), int(range_max)
    _check_shape(true_classes, num_true)
    if unique and num_sampled > range_max:
        raise ValueError(f"Sampler's range is too small. Received: num_sampled={num_sampled}, range_max={range_max}")
    generator = sequence_of(f"{kind} candidates, {num_sampled}, {unique}, {range_max}", "int64", seed)
    words = generator.use_blocks(num_sampled * BLOCKS_PER_SAMPLE).word_by_word()
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
