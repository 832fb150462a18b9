"""Seeds of TensorFlow's older operations: `tf.random.uniform`, `normal`, `shuffle` … after `tf.random.set_seed`.

Each such operation has two seeds, a global one and its own, which go into Philox as they are: the first is the key,
the second the stream. An operation keeps its place in the sequence from call to call; one call reserves 256 blocks per
output, whether it uses them or not.

Where the program gives no seed of the operation, TensorFlow takes one: inside a graph (a `tf.function`, a step of a
data pipeline) the count of seeded operations so far, 0, 1, 2, …; eagerly the next number of Python's generator seeded
with the global seed.
"""

import random

from minikeras.kernels.random.philox import Philox, as_uint64, block_count

LARGEST_SEED = 2**31 - 1
DEFAULT_GLOBAL_SEED = 87654321
BLOCKS_PER_OUTPUT = 256


def operation_seeds(global_seed, operation_seed):
    """The two seeds (seed, seed2) under which an operation runs, from the global seed and its own.

    Both are taken modulo 2³¹ − 1; a missing global seed counts as 87654321. TensorFlow reserves (0, 0) for "draw seeds
    from the system" and uses (0, 2³¹ − 1) in its place.
    """
    first = DEFAULT_GLOBAL_SEED if global_seed is None else global_seed % LARGEST_SEED
    second = operation_seed % LARGEST_SEED
    return (0, LARGEST_SEED) if (first, second) == (0, 0) else (first, second)


def from_seeds(seed, seed2):
    """The sequence of an operation with these two seeds, at its first call."""
    return Philox(key=as_uint64(seed), stream=as_uint64(seed2))


def after_calls(generator, outputs):
    """The place at which an operation continues after calls that gave so many outputs in all."""
    return generator.skip(outputs * BLOCKS_PER_OUTPUT)


def after_shuffle(generator, size):
    """The place at which `tf.random.shuffle` continues after a call with `size` elements: it needs size − 1 words."""
    return generator.skip(block_count(max(size - 1, 0)))


class EagerSeeds:
    """The operation seeds that TensorFlow takes for eager operations after `tf.random.set_seed(global_seed)`."""

    def __init__(self, global_seed):
        self.global_seed = global_seed
        self._generator = random.Random(global_seed)

    def next(self):
        """The pair (seed, seed2) of the next unseeded operation."""
        return operation_seeds(self.global_seed, self._generator.randint(0, LARGEST_SEED))
