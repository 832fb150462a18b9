"""Seeds of TensorFlow's older operations: `tf.random.uniform`, `normal`, `shuffle` … after `tf.random.set_seed`.

Each such operation has two seeds, a global one and its own, which Philox uses unchanged: the first is the key, the
second the stream. An operation keeps its position in the sequence between calls; a call reserves 256 blocks per output,
used or not.

Without a seed of the operation, TensorFlow chooses one: inside a graph (a `tf.function`, a step of a
data pipeline) the count of seeded operations so far, 0, 1, 2, …; eagerly the next integer of Python's generator seeded
with the global seed.
"""

import random

from minikeras.kernels.random.philox import Philox, as_uint64

LARGEST_SEED = 2**31 - 1
DEFAULT_GLOBAL_SEED = 87654321
BLOCKS_PER_OUTPUT = 256


def operation_seeds(global_seed, operation_seed):
    """The two seeds (seed, seed2) under which an operation runs, from the global seed and its own.

    Both are taken modulo 2³¹ − 1; a missing global seed is 87654321. TensorFlow reserves (0, 0) for "draw seeds
    from the system" and uses (0, 2³¹ − 1) instead.
    """
    first = DEFAULT_GLOBAL_SEED if global_seed is None else global_seed % LARGEST_SEED
    second = operation_seed % LARGEST_SEED
    return (0, LARGEST_SEED) if (first, second) == (0, 0) else (first, second)


def from_seeds(seed, seed2):
    """The sequence of an operation with these two seeds, at its first call."""
    return Philox(key=as_uint64(seed), stream=as_uint64(seed2))


class EagerSeeds:
    """The operation seeds of TensorFlow's eager operations after `tf.random.set_seed(global_seed)`."""

    def __init__(self, global_seed):
        self.global_seed = global_seed
        self._generator = random.Random(global_seed)

    def next(self):
        """The pair (seed, seed2) of the next unseeded operation."""
        return operation_seeds(self.global_seed, self._generator.randint(0, LARGEST_SEED))
