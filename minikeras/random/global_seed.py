"""`set_random_seed`: one number that makes a whole run reproducible."""

import random

import numpy as np

from minikeras.random.seed_generator import forget_global_seed_generator

_global = {"seed": None, "times_set": 0}


def set_random_seed(seed):
    """Make everything random reproducible: initial weights, dropout, the order of samples in `fit`.

    It has four effects: Python's `random` and NumPy's `np.random` are seeded; the generator that unseeded
    `keras.random` functions share restarts, from Python's `random`; and `fit` shuffles by this seed from now on.
    Since its permutation depends on the seed alone, **every epoch and every later `fit` then sees the samples in the
    same order**, in tf.keras as here. (Without a seed, each epoch has another order.)

    Args:
        seed: integer, 0 … 2³² − 1.

    Raises:
        ValueError: `seed` is not an integer, or out of range.
    """
    if not isinstance(seed, int):
        raise ValueError(f"Expected the `seed` argument to be an integer. Received: seed={seed} (of type {type(seed)})")
    if not 0 <= seed < 2**32:
        raise ValueError(f"Seed must be between 0 and 2**32 - 1. Received: seed={seed}")
    forget_global_seed_generator()
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 — users call np.random after set_random_seed
    set_global_seed(seed)


def set_global_seed(seed):
    """Seed only the order of samples in `fit`, and what depends on this seed itself: `tf.random.set_seed`."""
    _global["seed"] = seed
    _global["times_set"] += 1


def times_set():
    """How often the seed was set: sequences that depend on it restart when this number changes."""
    return _global["times_set"]


def get_random_seed():
    """The seed by which `fit` shuffles: that of `set_random_seed`, or None."""
    return _global["seed"]
