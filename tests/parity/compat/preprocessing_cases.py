"""Images, labels and texts for `keras.preprocessing`, and how both packages are asked."""

import random

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import keras as ours  # noqa: E402

theirs = tf.keras
GROUP = "compat: keras.preprocessing"
EXACT = 0
FLOAT64 = 1e-13  # a few roundings of float64
RNG = np.random.default_rng(1)

BYTES = RNG.integers(0, 256, (10, 8, 9, 3)).astype("uint8")
FLOATS = RNG.random((10, 8, 9, 3)).astype("float32")
LABELS = np.arange(10) % 3
TEXTS = [
    "The cat sat on the mat.",
    "The dog sat on the log; the cat did NOT!",
    "don't panic\tthe\nend",
    "",
    "cat cat cat",
]


def both(run):
    """(ours, theirs): what `run(keras)` gives on each side, from the same random state."""
    results = []
    for keras in (ours, theirs):
        np.random.seed(5)
        random.seed(5)
        results.append(run(keras))
    return results
