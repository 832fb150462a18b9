"""The order in which TensorFlow on a CPU returns the k largest elements if they need not be sorted.

It keeps the best k so far in a heap, worst first: a full heap gives its first element away for a better one. The order
is that of the heap in memory at the end, by the steps of C++'s `make_heap`, `pop_heap` and `push_heap` in libstdc++.
"""

import numpy as np

AT_ONCE = 4096


def heap_order(keys, k):
    """The indices of the k least keys of each row along the last axis, in the order of the heap.

    Args:
        keys: numbers whose ascending order is that of the elements, the best first. Of equal ones the first is better.
        k: from 1 to the number of keys, exclusive.
    """
    rows = keys.reshape(-1, keys.shape[-1])
    return np.array([_of_row(row, k) for row in rows], np.int64).reshape(*keys.shape[:-1], k)


def _of_row(keys, k):
    """That of one row. Only elements better than the worst in the heap change it: few, and NumPy finds them."""
    plain = keys.tolist()
    heap = list(range(k + 1))
    for parent in range((k - 1) // 2, -1, -1):
        _sink(heap, parent, k + 1, heap[parent], plain)
    _give_away_first(heap, plain)
    heap.pop()
    for start in range(k + 1, len(plain), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        for place in (start + np.flatnonzero(part < keys[heap[0]])).tolist():
            if plain[place] < plain[heap[0]]:  # which may be better by now
                _give_away_first(heap, plain)
                _rise(heap, k - 1, 0, place, plain)
    return heap


def _is_better(a, b, keys):
    return (keys[a], a) < (keys[b], b)


def _give_away_first(heap, keys):
    """`pop_heap`: the first element goes to the end, the others are a heap again."""
    last, heap[-1] = heap[-1], heap[0]
    if len(heap) > 1:
        _sink(heap, 0, len(heap) - 1, last, keys)


def _sink(heap, hole, length, element, keys):
    """Put an element below the hole: the worse child moves up at each step, then the element rises to its place."""
    top, child = hole, hole
    while child < (length - 1) // 2:
        child = 2 * child + 2
        child -= _is_better(heap[child], heap[child - 1], keys)
        heap[hole], hole = heap[child], child
    if length % 2 == 0 and child == (length - 2) // 2:
        heap[hole], hole = heap[2 * child + 1], 2 * child + 1
    _rise(heap, hole, top, element, keys)


def _rise(heap, hole, top, element, keys):
    """Put an element into the hole, or above it where a parent is better than it, down to the place `top`."""
    parent = (hole - 1) // 2
    while hole > top and _is_better(heap[parent], element, keys):
        heap[hole], hole = heap[parent], parent
        parent = (hole - 1) // 2
    heap[hole] = element
