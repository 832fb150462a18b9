"""The thread pool: runs jobs one after the other and the tasks of each on several threads.

A job's tasks are numbered. The thread that called `run` claims them from the low end, the others from the high end,
until both ends meet. So a task tends to stay with the thread that did it in the step before, whose cache still holds
its data; a slow or absent thread delays nobody, since the others claim its share; and nothing waits but for tasks
already begun. Who does a task never changes what it computes, so results repeat bit for bit.

Claiming is one atomic instruction on one word: (job's number, low end, high end). A thread that has nothing to do
spins, for waking it takes longer (5 to 50 µs) than most jobs; after about a millisecond without work it sleeps until
the next `run`. A job of two empty tasks costs 0.02 µs this way, Numba's own `prange` 1.2 (OpenMP) to 60; a `run` 2.3.

One `run` uses the pool at a time. A second one, from another Python thread, does its tasks by itself meanwhile.
"""

import atexit
import os
import threading

import numpy as np

from minikeras.config import threads
from minikeras.kernels.machine.functions import compiled_function
from minikeras.kernels.machine.words import (
    atomic_add,
    atomic_load,
    atomic_replace,
    atomic_store,
    call_task,
    flush_denormals,
    load_word,
    offer_core,
    relax,
    restore_denormals,
)
from minikeras.kernels.tasks import address_of

# Places of the shared words, in bytes from the state's start: a cache line (64 bytes) for each that threads fight for.
CLAIM, FUNCTION, BLOCK, DONE, ACTIVE, CLOSING = 0, 64, 72, 128, 192, 256
STATE_BYTES = 320

JOB_BYTES = 24  # three words: the addresses of function and argument block, the number of tasks

# The claim word: 23 bits of the job's number, 20 of the low end, 20 of the high end.
ENDS = 0xFFFFF
ONE_LOW, ONE_JOB = 1 << 20, 1 << 40
JOB_NUMBERS = (1 << 23) - 1

PATIENCE = 20_000  # turns of waiting before a thread goes to sleep: about 1 ms
POLITE = 2_000  # turns after which a waiting thread offers its core to others


@compiled_function
def _work(state, thread):
    """What another thread does: claim tasks from the high end, until there was nothing to do for a while."""
    flush_denormals()  # for good: the thread does nothing else
    turns = 0
    while turns < PATIENCE and atomic_load(state + CLOSING) == 0:
        claim = atomic_load(state + CLAIM)
        low, high = (claim >> 20) & ENDS, claim & ENDS
        if low < high:
            # Read before claiming: were they those of a later job, the claim would fail.
            function, block = atomic_load(state + FUNCTION), atomic_load(state + BLOCK)
            if atomic_replace(state + CLAIM, claim, claim - 1):
                call_task(function, block, high - 1, thread)
                atomic_add(state + DONE, 1)
                turns = 0
        elif atomic_load(state + ACTIVE) == 0:
            turns += 1
            relax()
        else:
            turns = min(turns + 1, POLITE)  # a run is under way: wait for its next job
            if turns == POLITE:
                offer_core()
            relax()


@compiled_function
def _run(state, jobs, count):
    """Run `count` jobs, words (function, block, tasks) from an address on, with the help of whoever is in `_work`."""
    modes = flush_denormals()
    atomic_store(state + ACTIVE, 1)
    for row in range(jobs, jobs + JOB_BYTES * count, JOB_BYTES):
        function, block, tasks = load_word(row), load_word(row + 8), load_word(row + 16)
        if tasks == 1:
            call_task(function, block, 0, 0)
            continue
        number = ((atomic_load(state + CLAIM) >> 40) + 1) & JOB_NUMBERS
        atomic_store(state + FUNCTION, function)
        atomic_store(state + BLOCK, block)
        atomic_store(state + DONE, 0)
        atomic_store(state + CLAIM, number * ONE_JOB + tasks)
        while True:
            claim = atomic_load(state + CLAIM)
            low, high = (claim >> 20) & ENDS, claim & ENDS
            if low >= high:
                break
            if atomic_replace(state + CLAIM, claim, claim + ONE_LOW):
                call_task(function, block, low, 0)
                atomic_add(state + DONE, 1)
        turns = 0
        while atomic_load(state + DONE) < tasks:
            turns += 1
            if turns > POLITE:
                offer_core()
            relax()
    atomic_store(state + ACTIVE, 0)
    restore_denormals(modes)


@compiled_function
def _run_alone(jobs, count):
    """Run jobs on this thread."""
    modes = flush_denormals()
    for row in range(jobs, jobs + JOB_BYTES * count, JOB_BYTES):
        for task in range(load_word(row + 16)):
            call_task(load_word(row), load_word(row + 8), task, 0)
    restore_denormals(modes)


@compiled_function
def _set_closing(state):
    """Have the threads leave `_work`."""
    atomic_store(state + CLOSING, 1)


class Pool:
    """The calling thread and `count` − 1 others, started when they are first needed."""

    def __init__(self, count):
        self.count = count
        words = np.zeros(STATE_BYTES // 8 + 8, np.int64)
        self._words = words  # owns the memory
        self.state = (address_of(words) + 63) // 64 * 64
        self._busy = threading.Lock()
        self._asleep = []  # the locks on which sleeping threads wait
        self._closing = False
        self._threads = []

    def run(self, jobs, most):
        """Run jobs, an int64 array of rows (function, block, tasks), on all threads if they are made for so many."""
        if self.count == 1 or self.count > most or not self._busy.acquire(blocking=False):
            _run_alone(address_of(jobs), len(jobs))
            return
        try:
            if not self._threads:
                self._start()
            while self._asleep:
                self._asleep.pop().release()
            _run(self.state, address_of(jobs), len(jobs))
        finally:
            self._busy.release()

    def _start(self):
        for number in range(1, self.count):
            thread = threading.Thread(target=self._live, args=(number,), name=f"minikeras-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _live(self, number):
        woken = threading.Lock()
        woken.acquire()
        while not self._closing:
            _work(self.state, number)
            self._asleep.append(woken)
            woken.acquire()

    def close(self):
        """End the threads."""
        self._closing = True
        _set_closing(self.state)
        while self._asleep or any(thread.is_alive() for thread in self._threads):
            while self._asleep:
                self._asleep.pop().release()
            for thread in self._threads:
                thread.join(timeout=0.01)


_pool = None
_making = threading.Lock()


def run(jobs, most):
    """Run jobs, an int64 array of rows (function, block, tasks), on `tasks.threads()` threads.

    Jobs made for at most `most` threads, fewer than there are, run on the calling one alone.
    """
    pool = _pool
    if pool is None or pool.count != threads():
        pool = _renewed()
    pool.run(jobs, most)


def _renewed():
    global _pool
    with _making:
        if _pool is None or _pool.count != threads():
            close()
            _pool = Pool(threads())
        return _pool


def close():
    """End the pool's threads. The next `run` starts new ones."""
    global _pool
    pool, _pool = _pool, None
    if pool is not None:
        pool.close()


def _forget():
    """In the child of a fork there are no other threads: begin anew."""
    global _pool, _making
    _pool, _making = None, threading.Lock()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
