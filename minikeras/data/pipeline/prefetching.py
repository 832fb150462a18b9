"""`Prefetch`: a thread that makes the next elements while the one before them is in use.

    upstream ──▶ [thread] ──▶ buffer of `size` elements ──▶ `for element in dataset`

Python runs one thread at a time, so handing an element from one to the other costs up to half a millisecond. Elements
that are made faster (rows taken out of arrays) are made on demand; the thread starts once some have taken
longer. It ends with the epoch: when the elements end, when one of them fails (the exception is raised where the element
would have come out), or when the consumer stops.
"""

import threading
import time
from collections import deque

from minikeras.data.pipeline.stage import Stage
from minikeras.system import has_threads

AUTOTUNED_SIZE = 2  # one element under work, one ready: what hides the work of one after another
WORTH_A_THREAD = 0.001  # seconds to make an element: a training step of 0.3 ms took 0.7 with a thread for every batch
SLOW_ONES = 3  # so many slow elements more than fast ones start the thread: the first may have files to open
TIMEOUT = 5.0  # seconds to wait for the thread to finish the element it is at, when the epoch is left early

END = object()


class Prefetch(Stage):
    """Up to `size` elements made ahead of time; −1 leaves the size to us, 0 makes none."""

    def __init__(self, input, size):
        super().__init__(input)
        if size < -1:
            raise ValueError(f"`buffer_size` must be at least 0, or tf.data.AUTOTUNE. Received: buffer_size={size}")
        self.size = AUTOTUNED_SIZE if size == -1 else int(size)

    def run(self, elements):
        return made_ahead(elements, self.size)

    def together(self, size):
        return self.run(self.input.together(size))


def made_ahead(elements, size=AUTOTUNED_SIZE, patience=SLOW_ONES):
    """What an iterator gives, up to `size` elements made ahead of time by a thread, if that is worth one.

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
    finally:  # also when the iterator is thrown away before its end, or on Ctrl-C
        buffer.close()
        if thread is not threading.current_thread():
            thread.join(TIMEOUT)


class Buffer:
    """Elements on their way from one thread to another, at most `size` at a time."""

    def __init__(self, size):
        self.size = size
        self.elements = deque()
        self.changed = threading.Condition()
        self.ended = self.closed = False
        self.error = None

    def fill(self, elements):
        """Put in what `elements` gives, as long as there is a consumer: the work of the thread."""
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
        """Add an element when there is space; False if the consumer is gone."""
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
        """Stop the thread: no more elements are wanted."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()
