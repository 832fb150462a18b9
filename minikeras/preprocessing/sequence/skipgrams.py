"""Skip-grams: pairs of a word and a neighbouring word, to learn word vectors from.

(Mikolov, Chen, Corrado & Dean, "Efficient Estimation of Word Representations in Vector Space", 2013)
"""

import random

import numpy as np

__all__ = ["make_sampling_table", "skipgrams"]

EULER_MASCHERONI = 0.577  # as Keras rounds it


def make_sampling_table(size, sampling_factor=1e-5):
    """For each rank, the probability of keeping a word of that rank: min(1, √(sampling_factor / frequency)).

    Frequencies follow Zipf's law, 1 / frequency ≈ rank · (log rank + γ) + 1/2 − 1 / (12 rank); rank 0 is treated as 1.

    Returns:
        (size,) float64.
    """
    rank = np.maximum(np.arange(size), 1)
    one_over_frequency = rank * (np.log(rank) + EULER_MASCHERONI) + 0.5 - 1.0 / (12.0 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * one_over_frequency))


def skipgrams(
    sequence,
    vocabulary_size,
    window_size=4,
    negative_samples=1.0,
    shuffle=True,
    categorical=False,
    sampling_table=None,
    seed=None,
):
    """Pairs (word, word near it) labelled 1, and pairs (word, any word) labelled 0.

    Random numbers come from Python's `random`, which `seed` seeds only for the shuffling at the end, as in Keras.

    Args:
        sequence: word indices; 0 is not a word.
        vocabulary_size: one more than the largest index.
        window_size: how many words on each side count as near.
        negative_samples: number of pairs labelled 0, as a multiple of those labelled 1.
        shuffle: whether to shuffle the pairs.
        categorical: whether labels are [1, 0] and [0, 1] instead of 0 and 1.
        sampling_table: probability of keeping a word, by its index.
        seed: for the shuffling.

    Returns:
        (couples, labels), two lists.
    """
    couples = [list(couple) for couple in _neighbours(sequence, window_size, sampling_table)]
    true, false = ([0, 1], [1, 0]) if categorical else (1, 0)
    labels = [true] * len(couples)
    if negative_samples > 0:
        count = int(len(couples) * negative_samples)
        words = [word for word, _ in couples]
        random.shuffle(words)
        couples += [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)]
        labels += [false] * count
    if shuffle:
        seed = random.randint(0, 10**7) if seed is None else seed
        for part in (couples, labels):
            random.seed(seed)
            random.shuffle(part)
    return couples, labels


def _neighbours(sequence, window_size, sampling_table):
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                yield word, sequence[j]
