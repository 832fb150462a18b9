"""The thread pool: runs jobs in order, and the tasks of each on several threads.

A job's tasks are numbered. The thread that called `run` claims them from the low end, the others from the high end,
until both ends meet. So a task tends to stay with the thread that ran it in the step before, whose cache still holds
its data; a slow or absent thread delays no other, since the others claim its share; and threads wait only for tasks
already begun. The thread of a task never changes its result, so results repeat bit for bit.

Claiming is one atomic instruction on one word: (job's number, low end, high end). An idle thread spins, since waking it
takes longer (5 to 50 µs) than most jobs; after about a millisecond without work it parks until the next `run`. A job of
two empty tasks costs 0.02 µs this way, Numba's own `prange` 1.2 (OpenMP) to 60.

Threads wake up on another processor than the one of the thread that wakes them: `affinity.py`.

One `run` uses the other threads at a time. A second one, from another Python thread, meanwhile runs its tasks alone.
Compiled code cannot be interrupted, so a run pauses every 50 ms, in the middle of a job if need be, and makes Python
handle signals. If that raises KeyboardInterrupt, the run ends there: it holds nothing that would have to be released.

A run is a function that Python calls as a built-in one (`functions.Builtin`), without arguments: its jobs are in a
table built beforehand, and its position is on its stack. So the same run may execute in several Python threads at once.
"""

import atexit
import ctypes
import os
import threading
from functools import cache

import numpy as np

from minikeras.config import threads
from minikeras.kernels.machine.affinity import MASK_WORDS, avoid_this_processor, use_former_processors
from minikeras.kernels.machine.functions import builtin, compiled_function
from minikeras.kernels.machine.words import (
    acquire_gil,
    acquire_lock,
    atomic_add,
    atomic_load,
    atomic_replace,
    atomic_store,
    call_task,
    flush_denormals,
    handle_signals,
    load_word,
    nanoseconds,
    new_reference,
    offer_core,
    relax,
    release_gil,
    release_lock,
    restore_denormals,
)
from minikeras.kernels.memory import DATA_POINTER_OFFSET, address_of
from minikeras.kernels.registry import subroutine

# Offsets of the shared words, in bytes from the state's start: a cache line (64 bytes) for each contended one.
CLAIM, FUNCTION, BLOCK, DONE, ACTIVE, CLOSING, COUNT, JOINED = 0, 64, 72, 128, 192, 256, 264, 272
PARKING_SLOTS, PARKING_SLOT_BYTES = 320, 64  # offset of the parking slots, a cache line each; in each:
PARKED, LOCK = 0, 8  # whether the thread is parked, and the address of its lock
THREAD_ID, MASKS, RESTRICTED = 16, 24, 32  # its system ID, the address of two masks, whether they restrict it

JOB_BYTES = 24  # three words: the addresses of function and argument block, the number of tasks

# The claim word: 23 bits of the job's number, 20 of the low end, 20 of the high end.
END_MASK = 0xFFFFF
ONE_LOW, ONE_JOB = 1 << 20, 1 << 40
JOB_NUMBER_MASK = (1 << 23) - 1

SPINS_BEFORE_YIELD = 2_000  # spins, about 0.1 ms, after which a thread yields its core at each spin
IDLE_TIMEOUT = 1_000_000  # nanoseconds of yielding without a run, after which it parks
INTERRUPT_INTERVAL = 50_000_000  # nanoseconds between two checks for signals
TASKS_BETWEEN_CLOCK_CHECKS = 8  # tasks between two checks of the clock


@compiled_function
def _serve(state, number):
    """The main function of a worker thread: claim tasks from the high end, or park. `number`: its system ID."""
    thread = atomic_add(state + JOINED, 1) + 1
    if thread >= atomic_load(state + COUNT):
        return
    flush_denormals()
    parking_slot = state + PARKING_SLOTS + PARKING_SLOT_BYTES * thread
    atomic_store(parking_slot + THREAD_ID, number)
    turns = idle_deadline = 0
    while atomic_load(state + CLOSING) == 0:
        claim = atomic_load(state + CLAIM)
        low, high = (claim >> 20) & END_MASK, claim & END_MASK
        if low < high:
            # Read before claiming: if they belong to a later job, the claim fails.
            function, block = atomic_load(state + FUNCTION), atomic_load(state + BLOCK)
            if atomic_replace(state + CLAIM, claim, claim - 1):
                call_task(function, block, high - 1, thread)
                atomic_add(state + DONE, 1)
                turns = 0
            continue
        relax()
        turns += 1
        if turns < SPINS_BEFORE_YIELD:
            continue
        offer_core()
        # By the clock: where other programs use the cores, a yield may take 10 ms, and 2000 took up to 20 s.
        now = nanoseconds()
        if turns == SPINS_BEFORE_YIELD or atomic_load(state + ACTIVE):
            idle_deadline = now + IDLE_TIMEOUT  # during a run, wait for its next job
        elif now > idle_deadline:
            _park(state, parking_slot)
            if atomic_load(parking_slot + RESTRICTED):
                atomic_store(parking_slot + RESTRICTED, 0)
                use_former_processors(atomic_load(parking_slot + MASKS))
            turns = 0


@subroutine
def _park(state, parking_slot):
    """Sleep until `_wake`. Only the thread that changes PARKED back to 0 releases the lock: no wake-up is lost.

    A thread sets PARKED, then reads ACTIVE; `_run` sets ACTIVE, then reads PARKED. One of them sees what the other has
    set, if no read is reordered before its own thread's write: hence the sequential order of `instructions.py`.
    """
    atomic_store(parking_slot + PARKED, 1)
    wanted = atomic_load(state + ACTIVE) or atomic_load(state + CLOSING)
    if not (wanted and atomic_replace(parking_slot + PARKED, 1, 0)):
        acquire_lock(atomic_load(parking_slot + LOCK), 1)


@subroutine
def _wake(state):
    """Wake the parked threads."""
    for thread in range(1, atomic_load(state + COUNT)):
        parking_slot = state + PARKING_SLOTS + PARKING_SLOT_BYTES * thread
        if atomic_load(parking_slot + PARKED) and atomic_replace(parking_slot + PARKED, 1, 0):
            thread_id, masks = atomic_load(parking_slot + THREAD_ID), atomic_load(parking_slot + MASKS)
            atomic_store(parking_slot + RESTRICTED, avoid_this_processor(thread_id, masks))
            release_lock(atomic_load(parking_slot + LOCK))


@builtin
def _call(array, nothing):
    """Wake the threads ahead of a run. `array`: `_common`."""
    common = load_word(array + DATA_POINTER_OFFSET)
    state = load_word(common)
    if state:
        _wake(state)
    return new_reference(load_word(common + 8))


@subroutine
def _share(state, function, block, low, high, end):
    """Run tasks low to high − 1 with the help of the threads in `_serve`, until the time `end`.

    Returns the ends of the remaining tasks, as a claim word.
    """
    tasks = high - low
    number = ((atomic_load(state + CLAIM) >> 40) + 1) & JOB_NUMBER_MASK
    atomic_store(state + FUNCTION, function)
    atomic_store(state + BLOCK, block)
    atomic_store(state + DONE, 0)
    atomic_store(state + CLAIM, number * ONE_JOB + low * ONE_LOW + high)
    left = calls = 0
    while True:
        claim = atomic_load(state + CLAIM)
        low, high = (claim >> 20) & END_MASK, claim & END_MASK
        if low >= high:
            break
        if calls % TASKS_BETWEEN_CLOCK_CHECKS == TASKS_BETWEEN_CLOCK_CHECKS - 1 and nanoseconds() > end:
            if atomic_replace(state + CLAIM, claim, number * ONE_JOB):  # no further claims
                left = low * ONE_LOW + high
                tasks -= high - low
                break
        elif atomic_replace(state + CLAIM, claim, claim + ONE_LOW):
            call_task(function, block, low, 0)
            atomic_add(state + DONE, 1)
            calls += 1
    turns = 0
    while atomic_load(state + DONE) < tasks:
        turns += 1
        if turns > SPINS_BEFORE_YIELD:
            offer_core()
        relax()
    return left


@builtin
def _run(table, nothing):
    """Run the jobs of a table (see `runner`), on all threads if it allows that and no other run uses them."""
    words = load_word(table + DATA_POINTER_OFFSET)
    count, most, common = load_word(words), load_word(words + 8), load_word(words + 16)
    state = load_word(common)
    if state and load_word(state + COUNT) > most:
        state = 0
    position = 0
    python = release_gil()
    while position >= 0:
        position = _resume(state, words + JOB_BYTES, count, position)
        acquire_gil(python)
        if position >= 0:
            if handle_signals() != 0:
                return 0
            python = release_gil()
    return new_reference(load_word(common + 8))


@subroutine
def _resume(state, jobs, count, position):
    """Run `count` jobs, words (function, block, tasks) from an address on, from a position on, until time is up.

    A position is 0 at first. It holds a row, and as a claim word the remaining tasks of a job already begun. Returns
    the position reached, −1 after the last job. Without a `state` only the calling thread works.
    """
    modes = flush_denormals()
    shares = 0
    if state:
        shares = atomic_replace(state + ACTIVE, 0, 1)  # 0 while another Python thread uses the workers
    if shares:
        _wake(state)
    end = nanoseconds() + INTERRUPT_INTERVAL
    row, left, calls = position >> 40, position & (ONE_JOB - 1), 0
    while row < count:
        job = jobs + JOB_BYTES * row
        function, block, low, high = load_word(job), load_word(job + 8), 0, load_word(job + 16)
        if left:
            low, high, left = left >> 20, left & END_MASK, 0
        if shares and high - low > 1:
            calls += high - low
            left = _share(state, function, block, low, high, end)
        else:
            while low < high and left == 0:
                call_task(function, block, low, 0)
                low += 1
                calls += 1
                if calls % TASKS_BETWEEN_CLOCK_CHECKS == 0 and low < high and nanoseconds() > end:
                    left = low * ONE_LOW + high
        if left:
            break
        row += 1
        if calls >= TASKS_BETWEEN_CLOCK_CHECKS:
            calls = 0
            if nanoseconds() > end:
                break
    if shares:
        atomic_store(state + ACTIVE, 0)
    restore_denormals(modes)
    return row * ONE_JOB + left if row < count else -1


_python = ctypes.pythonapi
_python.PyThread_allocate_lock.restype = ctypes.c_void_p
_python.PyThread_acquire_lock.argtypes = [ctypes.c_void_p, ctypes.c_int]
_python.PyThread_release_lock.argtypes = [ctypes.c_void_p]


def _acquired_lock():
    """The address of a new lock. It is never freed, since a late `run` may still wake a thread that has ended."""
    lock = _python.PyThread_allocate_lock()
    _python.PyThread_acquire_lock(lock, 1)
    return lock


class Pool:
    """The calling thread and `count` − 1 others, started when first needed."""

    def __init__(self, count):
        self.count = count
        memory = np.zeros((PARKING_SLOTS + PARKING_SLOT_BYTES * count + 64) // 8, np.int64)
        self.state = (address_of(memory) + 63) // 64 * 64
        self._words = memory[(self.state - address_of(memory)) // 8 :]
        self._words[COUNT // 8] = count
        self._locks = [_acquired_lock() for _ in range(1, count)]
        self._masks = np.zeros((count, 2, MASK_WORDS), np.int64)
        for thread, lock in enumerate(self._locks, 1):
            parking_slot = PARKING_SLOTS + PARKING_SLOT_BYTES * thread
            self._words[(parking_slot + LOCK) // 8] = lock
            self._words[(parking_slot + MASKS) // 8] = address_of(self._masks[thread])
        first, step = (PARKING_SLOTS + PARKING_SLOT_BYTES) // 8, PARKING_SLOT_BYTES // 8
        self._parked = memoryview(self._words)[first : first + step * (count - 1) : step]
        self._threads = []
        self.lacks_threads = count > 1

    def _start(self):
        """Start the threads that are missing."""
        with _making:
            while self.lacks_threads:
                thread = threading.Thread(target=self._serve, name="minikeras", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # no more threads are allowed, or the interpreter is about to exit
                    self.lacks_threads = False
                    return
                self._threads.append(thread)
                self.lacks_threads = len(self._threads) < self.count - 1

    def _serve(self):
        _serve(self.state, threading.get_native_id())

    def close(self):
        """End the threads, each after its current task."""
        self._words[CLOSING // 8] = 1
        for lock in self._locks:
            _python.PyThread_release_lock(lock)
        for thread in self._threads:
            thread.join()


_pool = None
_making = threading.Lock()
_kept = []  # all pools ever made: a run may still use the words of one that has since been closed
_common = np.array([0, id(None)], np.int64)  # read by all runs: the pool's state (0 if it has one thread only)


def runner(rows, most):
    """A function without arguments that runs jobs, and the table that lists them.

    The table, an int64 array, begins with (number of jobs, most threads, address of `_common`). A row (function, block,
    tasks) for each job follows. The calling thread works alone if there are more threads than `most`.

    Args:
        rows: the jobs' rows, an array or a list.
        most: how many threads the jobs were built for.
    """
    table = np.empty((1 + len(rows), 3), np.int64)
    table[0] = len(rows), most, address_of(_common)
    table[1:] = np.array(rows, np.int64).reshape(-1, 3)
    return _run.of(table), table


def get_ready():
    """Set the number of threads to `config.threads()`."""
    pool = _pool
    if pool is None or pool.count != threads():
        pool = _renewed()
    if pool.lacks_threads:
        pool._start()


@cache
def waker():
    """A function without arguments that wakes parked threads ahead of the next run."""
    return _call.of(_common)


def _renewed():
    global _pool
    with _making:
        if _pool is None or _pool.count != threads():
            close()
            _pool = Pool(threads())
            _kept.append(_pool)
            _common[0] = _pool.state if _pool.count > 1 else 0
        return _pool


def close():
    """End the pool's threads. The next `get_ready` starts new ones."""
    global _pool
    pool, _pool = _pool, None
    _common[0] = 0
    if pool is not None:
        pool.close()


def _forget():
    """Start again in the child of a fork, which has no other threads."""
    global _pool, _making
    _pool, _making = None, threading.Lock()
    _common[0] = 0


atexit.register(close)
if hasattr(os, "register_at_fork"):  # a process without other threads forks safely, and without a warning
    os.register_at_fork(before=close, after_in_child=_forget)
