"""`tf.queue`: a queue of tuples of tensors, for exchange between threads.

`dequeue` waits for an element, `enqueue` for space. A closed queue accepts no more elements, but still returns its own.
"""

import math
import threading
from collections import deque

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.errors import CancelledError, InvalidArgumentError, OutOfRangeError
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.tensor_shape import TensorShape

__all__ = ["FIFOQueue"]


class FIFOQueue:
    """A queue that returns elements in the order in which they were added.

    Args:
        capacity: how many elements it holds; a negative number for any.
        dtypes, shapes, names: see the attributes.
        shared_name: for several sessions of TensorFlow 1; without effect.
        name: of the queue, in messages.

    Attributes:
        dtypes, shapes: of the parts of an element; a shape of unknown rank for a part that may have any.
        names: of the parts, the keys of elements that are dicts; None for tuples.
    """

    def __init__(self, capacity, dtypes, shapes=None, names=None, shared_name=None, name="fifo_queue"):
        self.dtypes = [as_dtype(dtype) for dtype in (dtypes if isinstance(dtypes, (list, tuple)) else [dtypes])]
        self.shapes = _shapes(shapes, len(self.dtypes))
        self.names = [names] if isinstance(names, str) else names
        if self.names is not None and len(self.names) != len(self.dtypes):
            raise ValueError(
                f"`names` must have one name for each dtype. Received: {len(self.names)}, for {len(self.dtypes)} dtypes"
            )
        self.name, self._queue = name, _Waiting(capacity, name)

    @staticmethod
    def from_list(index, queues):
        """One of several queues with the same dtypes and names.

        Raises:
            TypeError: `queues` is not such a list.
        """
        if not isinstance(queues, list) or not queues or not all(isinstance(x, FIFOQueue) for x in queues):
            raise TypeError(f"`queues` must be a list of queues. Received: {queues!r}")
        if any((x.dtypes, x.names) != (queues[0].dtypes, queues[0].names) for x in queues):
            raise TypeError("`queues` must have the same dtypes and the same names.")
        return queues[integers(index)]

    def enqueue(self, vals, name=None):
        """Put an element in: a tensor, a tuple of them, or a dict if the queue has names.

        Raises:
            CancelledError: the queue is closed, or gets closed while this waits for room.
            ValueError: the parts have other shapes or keys than the queue.
        """
        self._queue.put([self._checked(self._parts(vals), self.shapes)])

    def enqueue_many(self, vals, name=None):
        """Put several elements in: each row of the tensors, along their first axes, is one. See `enqueue`."""
        parts = [tensor(part, dtype) for part, dtype in zip(self._parts(vals), self.dtypes, strict=True)]
        lengths = {part.shape[0] for part in parts}
        if len(lengths) > 1:
            raise ValueError(f"All parts must have the same number of rows. Received: {sorted(lengths)}")
        self._queue.put([self._checked([part[i] for part in parts], self.shapes) for i in range(lengths.pop())])

    def dequeue(self, name=None):
        """The next element: its tensor, a list if it has several parts, or a dict if the queue has names.

        Raises:
            OutOfRangeError: the queue is closed and empty.
        """
        return self._named(self._queue.take(1, 1)[0])

    def dequeue_many(self, n, name=None):
        """The next n elements, each part stacked along a new first axis.

        Raises:
            OutOfRangeError: the queue is closed and has fewer.
            InvalidArgumentError: shapes of parts are not known.
        """
        return self._stacked(integers(n), integers(n))

    def dequeue_up_to(self, n, name=None):
        """The next n elements as `dequeue_many`, or those that are left if the queue is closed and has fewer."""
        return self._stacked(integers(n), 1)

    def close(self, cancel_pending_enqueues=False, name=None):
        """Close the queue: it accepts no more elements.

        Args:
            cancel_pending_enqueues: whether calls that wait for room fail; otherwise they still get it.
        """
        self._queue.close(cancel_pending_enqueues)

    def is_closed(self, name=None):
        """Whether it was closed, a Tensor."""
        return Tensor(np.asarray(bool(self._queue.closed)))

    def size(self, name=None):
        """The number of elements, an int32 Tensor."""
        return Tensor(np.asarray(len(self._queue.elements), np.int32))

    def _parts(self, vals):
        """An element's parts in order.

        Raises:
            ValueError: a dict for a queue without names, or the reverse, or other keys.
        """
        if isinstance(vals, dict) != (self.names is not None):
            raise ValueError("Elements are dicts if, and only if, the queue was made with `names`.")
        if isinstance(vals, dict):
            if set(vals) != set(self.names):
                raise ValueError(f"Keys {sorted(vals)} are not the names {sorted(self.names)} of the queue.")
            return [vals[key] for key in self.names]
        return list(vals) if isinstance(vals, (list, tuple)) else [vals]

    def _checked(self, parts, shapes):
        tensors = [tensor(part, dtype) for part, dtype in zip(parts, self.dtypes, strict=True)]
        for part, shape in zip(tensors, shapes, strict=True):
            if not shape.is_compatible_with(part.shape):
                raise ValueError(f"A part of the queue's elements has the shape {shape}. Received: {part.shape}")
        return tensors

    def _stacked(self, count, enough):
        if not all(shape.is_fully_defined() for shape in self.shapes):
            raise InvalidArgumentError(None, None, "Several elements at once need `shapes` for all parts of the queue.")
        if not count:
            return self._named(
                [Tensor(np.zeros((0, *s), d.as_numpy_dtype)) for s, d in zip(self.shapes, self.dtypes, strict=True)]
            )
        taken = self._queue.take(count, enough)
        return self._named(
            [Tensor(np.stack([as_array(part) for part in column])) for column in zip(*taken, strict=True)]
        )

    def _named(self, parts):
        if self.names is not None:
            return dict(zip(self.names, parts, strict=True))
        return parts[0] if len(parts) == 1 else parts


class _Waiting:
    """Elements that threads exchange: `put` waits for space, `take` for elements. Each is a list of Tensors.

    Args:
        capacity: how many it holds; a negative number for any.
        name: in messages.
    """

    def __init__(self, capacity, name):
        self.name, self.capacity = name, math.inf if capacity < 0 else capacity
        self.elements, self.closed, self._changed = deque(), False, threading.Condition()

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
                self.elements.append(element)
                self._changed.notify_all()

    def take(self, count, enough):
        """The next `count` elements, or fewer of a closed queue.

        Raises:
            OutOfRangeError: it is closed and has less than `enough`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.closed or len(self.elements) >= count)
            if len(self.elements) < enough:
                raise OutOfRangeError(
                    None,
                    None,
                    f"The queue {self.name!r} is closed and has insufficient elements: {count} were requested, "
                    f"{len(self.elements)} are there.",
                )
            taken = [self.elements.popleft() for _ in range(min(count, len(self.elements)))]
            self._changed.notify_all()
            return taken

    def close(self, at_once):
        """Take no more elements; `at_once` also none of those that wait for room."""
        with self._changed:
            self.closed = "at once" if at_once else True
            self._changed.notify_all()


def _shapes(shapes, count):
    if shapes is None:
        return [TensorShape(None) for _ in range(count)]
    shapes = shapes if _is_list_of_shapes(shapes) else [shapes]
    if len(shapes) != count:
        raise InvalidArgumentError(
            None, None, f"`shapes` must have one shape for each dtype. Received: {len(shapes)}, for {count} dtypes"
        )
    return [TensorShape(shape) for shape in shapes]


def _is_list_of_shapes(shapes):
    return isinstance(shapes, (list, tuple)) and any(isinstance(s, (list, tuple, TensorShape)) for s in shapes)
