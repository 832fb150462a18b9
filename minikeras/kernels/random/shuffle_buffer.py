"""The output order of a shuffle buffer.

`tf.data`'s `shuffle(buffer_size)` keeps that many elements, returns a random one and adds the next. On the whole
sequence this is Fisher and Yates's shuffle in a window: for k = 0, 1, …, n−1 element k is swapped with one of
`buffer_size` elements from k on,

    a[k] ↔ a[k + word mod min(buffer_size, n − k)],        one 32-bit word per step.

With a buffer of the sequence's length it is the shuffle of `permutation.py`.
"""

import numpy as np

from minikeras.kernels.random.permutation import exchange_jobs
from minikeras.kernels.random.philox import COMPILED_FROM, Philox, draw
from minikeras.kernels.registry import compiles


def shuffle_buffer_order_reference(key, stream, position, size, buffer_size):
    """0 … size−1 after the swaps a[k] ↔ a[k + word mod min(buffer_size, size − k)]."""
    order = np.arange(size)
    words = Philox(key, stream, position).words(size)
    others = np.arange(size) + words % np.minimum(buffer_size, np.arange(size, 0, -1))
    for k, other in enumerate(others.tolist()):
        order[k], order[other] = order[other], order[k]
    return order


def shuffle_buffer_order(key, stream, position, size, buffer_size):
    """0 … size−1 after the swaps a[k] ↔ a[k + word mod min(buffer_size, size − k)]."""
    if size < COMPILED_FROM or not compiles():
        return shuffle_buffer_order_reference(key, stream, position, size, buffer_size)
    order = np.arange(size)  # once per epoch. 60000 elements: 0.15 ms, in Python 29
    draw(exchange_jobs, (key, stream, position), order, int(buffer_size))
    return order
