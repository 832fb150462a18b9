"""What threads do with the queues of `tf.queue`: waiting for elements, for room, and for the end."""

import threading

import pytest

from minikeras.compat import tensorflow as tf
from tests.waiting import join, wait_until


def in_thread(function):
    """Start the function in a thread; returns the thread and the list that gets its result or error."""
    found = []

    def run():
        try:
            found.append(function())
        except tf.errors.OpError as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, found


def test_an_empty_queue_is_waited_for():
    queue = tf.queue.FIFOQueue(3, tf.int32)
    thread, found = in_thread(lambda: int(queue.dequeue()))
    queue.enqueue(5)
    join(thread)
    assert found == [5]


def test_a_full_queue_is_waited_for():
    queue = tf.queue.FIFOQueue(1, tf.int32, shapes=[()])
    thread, _ = in_thread(lambda: queue.enqueue_many(([1, 2, 3],)))
    assert [int(queue.dequeue()) for _ in range(3)] == [1, 2, 3]
    join(thread)


@pytest.mark.parametrize("at_once", [True, False])
def test_what_a_waiting_enqueue_gets_when_the_queue_is_closed(at_once):
    queue = tf.queue.FIFOQueue(1, tf.int32)
    queue.enqueue(1)
    thread, found = in_thread(lambda: queue.enqueue(2))
    wait_until(lambda: queue._queue._changed._waiters, "the thread waits, and holds no lock any more")
    queue.close(cancel_pending_enqueues=at_once)
    first = int(queue.dequeue())
    join(thread)
    assert isinstance(found[0], tf.errors.CancelledError) == at_once
    if not at_once:
        assert int(queue.dequeue()) == 2
    assert first == 1
    with pytest.raises(tf.errors.OutOfRangeError, match="is closed"):
        queue.dequeue()
