"""Queues between threads: `put` waits for space, `take` for elements; closed ones accept no more elements."""

import bisect
import math
import threading
from collections import deque

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.errors import CancelledError, OutOfRangeError
from minikeras.data.pipeline.shuffling import random_words


class Queue:
    """Elements in the order in which they are put in; each is a list of Tensors.

    Args:
        capacity: how many it holds; a negative number for any.
        name: in messages.
        least: how many elements stay in it until it is closed.
    """

    def __init__(self, capacity, name, least=0):
        self.name, self.least, self.capacity = name, least, math.inf if capacity < 0 else capacity
        self.elements, self.closed, self._changed = self.empty(), False, threading.Condition()

    def empty(self):
        """No elements."""
        return deque()

    def put(self, elements):
        """Put elements in, one by one as there is room.

        Raises:
            CancelledError: it is closed, or gets closed at once while this waits.
        """
        with self._changed:
            if self.closed:
                raise CancelledError(None, None, f"The queue {self.name!r} is closed.")
            for element in elements:
                self._changed.wait_for(lambda: len(self.elements) < self.capacity or self.closed == "at once")
                if self.closed == "at once":
                    raise CancelledError(None, None, f"The queue {self.name!r} was closed.")
                self.insert(element)
                self._changed.notify_all()

    def take(self, count, enough):
        """The next `count` elements, or fewer of a closed queue.

        Raises:
            OutOfRangeError: it is closed and has less than `enough`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.closed or len(self.elements) >= count + self.least)
            if len(self.elements) < enough:
                raise OutOfRangeError(
                    None,
                    None,
                    f"The queue {self.name!r} is closed and has insufficient elements: {count} were requested, "
                    f"{len(self.elements)} are there.",
                )
            taken = [self.remove() for _ in range(min(count, len(self.elements)))]
            self._changed.notify_all()
            return taken

    def close(self, at_once):
        """Take no more elements; `at_once` also none of those that wait for room."""
        with self._changed:
            self.closed = "at once" if at_once else True
            self._changed.notify_all()

    def insert(self, element):
        """Put an element at its place."""
        self.elements.append(element)

    def remove(self):
        """Take the next element out."""
        return self.elements.popleft()


class PriorityQueue(Queue):
    """The element whose first part is the smallest comes out first."""

    def empty(self):
        return []

    def insert(self, element):
        bisect.insort(self.elements, element, key=lambda parts: int(parts[0]))

    def remove(self):
        return self.elements.pop(0)


class ShuffledQueue(Queue):
    """Elements come out in random order.

    Args:
        seeds: a pair of seeds.
    """

    def __init__(self, capacity, name, least, seeds):
        super().__init__(capacity, name, least)
        self._words = random_words(*seeds)

    def remove(self):
        place = next(self._words) % len(self.elements)
        self.elements[place], self.elements[-1] = self.elements[-1], self.elements[place]
        return self.elements.pop()


def stacked(parts):
    """Tensors of one shape along a new first axis."""
    return Tensor(np.stack([as_array(part) for part in parts]))


def padded(parts):
    """Tensors of other lengths along a new first axis, filled with zeros, or empty strings, at their ends."""
    arrays = [as_array(part) for part in parts]
    longest = np.max([array.shape for array in arrays], axis=0).astype(int)
    result = np.full((len(arrays), *longest), b"" if arrays[0].dtype == object else 0, arrays[0].dtype)
    for row, array in zip(result, arrays, strict=True):
        row[tuple(map(slice, array.shape))] = array
    return Tensor(result)
