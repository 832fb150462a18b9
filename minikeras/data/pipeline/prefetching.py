"""`Prefetch`: a thread that makes the next elements while the current one is in use.

    upstream ──▶ [thread] ──▶ buffer of `size` elements ──▶ `for element in dataset`

Python runs one thread at a time, so passing an element from one to the other costs up to half a millisecond. Elements
that are made faster (rows of arrays) are made on demand; the thread starts once some have taken longer. It ends with
the epoch: when the elements end, when making one fails (the exception is raised in place of the element), or when the
consumer stops.
"""

import threading
import time
from collections import deque

from minikeras.base.system import has_threads
from minikeras.data.pipeline.stage import Stage

AUTOTUNED_SIZE = 2  # one element in progress and one ready hide the work of one after another
WORTH_A_THREAD = 0.001  # seconds to make an element: a training step of 0.3 ms took 0.7 with a thread for every batch
SLOW_ONES = 3  # the thread starts after this many more slow elements than fast ones: the first may have files to open
TIMEOUT = 5.0  # seconds to wait for the thread to finish its current element when the epoch ends early

END = object()


class Prefetch(Stage):
    """Up to `size` elements made ahead of time; −1 lets minikeras choose the size, 0 makes none."""

    def __init__(self, input, size):
        super().__init__(input)
        if size < -1:
            raise ValueError(f"`buffer_size` must be at least 0, or tf.data.AUTOTUNE. Received: buffer_size={size}")
        self.size = AUTOTUNED_SIZE if size == -1 else int(size)

    def run(self, elements):
        return prefetched(elements, self.size)

    def together(self, size):
        return self.run(self.input.together(size))


def prefetched(elements, size=AUTOTUNED_SIZE, patience=SLOW_ONES):
    """The items of an iterator, of which a thread makes up to `size` ahead of time if that pays.

    Args:
        elements: a generator.
        size: see above; 0 makes none ahead.
        patience: how many more slow elements than fast ones start the thread; 0 starts it at once.
    """
    if size == 0 or not has_threads():
        yield from elements
        return
    slow = 0
    while slow < patience:
        begin = time.perf_counter()
        element = next(elements, END)
        if element is END:
            return
        slow = slow + 1 if time.perf_counter() - begin > WORTH_A_THREAD else max(slow - 1, 0)
        yield element
    yield from _in_background(elements, size)


def _in_background(elements, size):
    buffer = Buffer(size)
    thread = threading.Thread(target=buffer.fill, args=(elements,), name="minikeras-prefetch", daemon=True)
    thread.start()
    try:
        yield from buffer
    finally:  # also when the iterator is discarded before its end, or on Ctrl-C
        buffer.close()
        if thread is not threading.current_thread():
            thread.join(TIMEOUT)


class Buffer:
    """A buffer between two threads, of at most `size` elements."""

    def __init__(self, size):
        self.size = size
        self.elements = deque()
        self.changed = threading.Condition()
        self.ended = self.closed = False
        self.error = None

    def fill(self, elements):
        """Put the elements in as long as there is a consumer; this runs in the thread."""
        try:
            for element in elements:
                if not self._put(element):
                    break
        except BaseException as error:  # every kind of failure is raised in the consumer
            self.error = error
        finally:
            if hasattr(elements, "close"):
                elements.close()
            with self.changed:
                self.ended = True
                self.changed.notify_all()

    def _put(self, element):
        """Add an element when there is space; return False if the consumer has stopped."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.elements) < self.size or self.closed)
            self.elements.append(element)
            self.changed.notify_all()
            return not self.closed

    def __iter__(self):
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.elements or self.ended)
                if not self.elements:
                    break
                element = self.elements.popleft()
                self.changed.notify_all()
            yield element
        if self.error is not None:
            raise self.error

    def close(self):
        """Stop the thread: no more elements are needed."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()
