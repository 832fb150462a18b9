"""Class indices drawn with given log-probabilities, by inverting the cumulative distribution.

    cdf[j] = Σ_{i ≤ j} exp(logits[i] − max logits)        sampled class: the number of cdf[j] ≤ u · cdf[last]

u is float64 from two words. The words are used row after row, 2 · num_samples a row, so a row may start in the middle
of a block.

TensorFlow splits large batches among its threads, and then its results depend on their number (and words are used
twice). Ours are those of one thread; it uses one up to about 210 000 estimated cycles, 50 · rows ·
(num_samples · log₂ classes + classes).
"""

import numpy as np

from minikeras.kernels.random.philox import from_seed_pair, philox_block, sequence_reference
from minikeras.kernels.random.uniform import fractions, unit_uniform


def stateless_categorical(seed_pair, logits, num_samples):
    """(batch, num_samples) int64 class indices, as `tf.random.stateless_categorical` draws them.

    Args:
        seed_pair: two integers.
        logits: (batch, classes), logarithms of the probabilities up to a constant per row. A class with −∞, +∞ or
            NaN is never drawn. In a row without finite logits the result is `classes`, one more than the last class.
        num_samples: how many to draw for each row.
    """
    return categorical(from_seed_pair(seed_pair), logits, num_samples)


def categorical_of_pairs(seed_pairs, logits):
    """What `stateless_categorical` draws from one row of logits under each of many pairs of seeds, int64.

    Args:
        seed_pairs: list of pairs, integers from 0 on.
        logits: (1, classes).
    """
    seeds, counters = np.array(seed_pairs, np.uint64).T
    key, stream, position = sequence_reference(seeds, counters)
    words = np.stack(philox_block(key, stream, position)[:2], axis=-1)
    cumulative = np.cumsum(_weights(logits)[0])
    return np.searchsorted(cumulative, fractions(words, "float64")[:, 0] * cumulative[-1], side="right")


def categorical(generator, logits, num_samples):
    """Class indices from a position of a sequence on."""
    cumulative = np.cumsum(_weights(logits), axis=1)
    u = unit_uniform(generator, len(logits) * num_samples, "float64").reshape(len(logits), num_samples)
    targets = u * cumulative[:, -1:]
    samples = np.empty(targets.shape, np.int64)
    for row in range(len(logits)):
        samples[row] = np.searchsorted(cumulative[row], targets[row], side="right")
    return samples


def _weights(logits):
    """exp(logits − the largest finite one of the row) in float64; 0 where a logit is not finite."""
    finite = np.isfinite(logits)
    if finite.all():
        wide = logits.astype(np.float64)
        wide -= wide.max(axis=1, keepdims=True, initial=np.finfo(np.float64).min)
        return np.exp(wide, out=wide)
    largest = np.max(logits, axis=1, keepdims=True, where=finite, initial=np.finfo(logits.dtype).min)
    shifted = np.where(finite, logits, 0).astype(np.float64) - largest.astype(np.float64)
    return np.where(finite, np.exp(np.where(finite, shifted, 0)), 0)
