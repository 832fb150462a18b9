"""Random permutations: that of the samples in `fit`, and that of `keras.random.shuffle`.

`fit` shuffles 0 … n−1 by swaps (Fisher and Yates): for k = 0, 1, …, n−2 element k is swapped with one drawn from k …
n−1,

    a[k] ↔ a[k + word mod (n − k)],        one 32-bit word per step.

Keras shuffles with `tf.random.shuffle` inside a data pipeline, where TensorFlow's generator has the global seed as key,
and restarts with every epoch. So after `set_random_seed(42)` every epoch of every `fit` has ten samples in the order 3
8 7 5 2 0 1 6 9 4. Without a global seed each epoch has another order.

Source: Fisher and Yates, "Statistical tables" (1938), in the form of Durstenfeld, CACM 7 (1964).
"""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.random.legacy import from_seeds, operation_seeds
from minikeras.kernels.random.philox import (
    LOW_WORD,
    Demand,
    Philox,
    block_count,
    draw,
    from_seed_pair,
    words_jobs,
)
from minikeras.kernels.random.uniform import unit_uniform
from minikeras.kernels.tasks import indices, integers, task_kernel


def shuffle_permutation(seed, size):
    """The order (size,) int64 of the samples in each epoch of Keras's `fit(shuffle=True)`.

    Args:
        seed: the integer given to `set_random_seed`. Without one, draw a new integer for each epoch.
        size: the number of samples.
    """
    return shuffled_range(*from_seeds(*operation_seeds(seed, 0)), size)


def shuffle_batches(seed, size, batch_size):
    """The order (size,) int64 of Keras's `fit(shuffle="batch")`: batches keep their order, each is shuffled.

    All batches of an epoch share one generator; a batch of b samples uses the words of ⌈(b − 1)/4⌉ blocks.
    (Keras's documentation says shuffling "in batch-sized chunks"; on TensorFlow the chunks keep their order.)
    """
    generator = from_seeds(*operation_seeds(seed, 0))
    order = np.empty(size, np.int64)
    for start in range(0, size, batch_size):
        batch = order[start : start + batch_size]
        batch[:] = start + shuffled_range(*generator, batch.size)
        generator = generator.skip(block_count(batch.size - 1))
    return order


def stateless_permutation(seed_pair, size):
    """The order (size,) int64 of `keras.random.shuffle`: the order of `size` uniform float32 values.

    Equal numbers (23 bits soon repeat: among 4000, likely) stay in their original order.
    """
    return np.argsort(unit_uniform(from_seed_pair(seed_pair), size, "float32"), kind="stable")


def shuffled_range_reference(key, stream, position, size):
    """0 … size−1 after the swaps a[k] ↔ a[k + word mod (size − k)]."""
    order = list(range(size))  # a list, in which swaps take half the time of those in an array
    words = Philox(key, stream, position).words(max(size - 1, 0))
    others = np.arange(size - 1) + words % np.arange(size, 1, -1)
    for k, other in enumerate(others.tolist()):
        order[k], order[other] = order[other], order[k]
    return np.array(order, np.int64)


demand = Demand(1 << 18)  # 60000 samples: 0.4 ms, the reference 15


def shuffled_range(key, stream, position, size):
    """0 … size−1 after the swaps a[k] ↔ a[k + word mod (size − k)]."""
    if not demand(size):
        return shuffled_range_reference(key, stream, position, size)
    order = np.arange(size)
    draw(exchange_jobs, (key, stream, position), order)
    return order


def exchange_jobs(sequence, order, most=0):
    """The jobs that swap a[k] ↔ a[k + word mod min(most, size − k)], for k from 0 on; `most` 0 is the size."""
    words = aligned((4 * block_count(order.size),), np.int32)
    return [*words_jobs(sequence, words), exchange.job(1, words, order, most or order.size)]


@task_kernel
def exchange(task, words: indices(1), order: integers(1), most: int):
    """The swaps of `exchange_jobs`."""
    for k in range(len(order)):
        word = np.uint64(words[k]) & LOW_WORD
        other = k + np.int64(word % np.uint64(min(most, len(order) - k)))
        order[k], order[other] = order[other], order[k]
