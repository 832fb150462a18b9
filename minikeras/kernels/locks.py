"""Locks that the child of a fork can take.

A forked child has one thread only, a copy of the one that forked. A lock that another thread held at that moment stays
locked in the child for ever. So the locks of shared parts that the child continues using, such as a compiler, are
acquired before a process forks and released after it on both sides; single objects get new locks in the child.
"""

import os
import threading
import weakref

compile_lock = threading.RLock()
"""Held by the thread that compiles."""

_held = [compile_lock]  # in the order in which other code acquires them, which rules out deadlocks
_owners = weakref.WeakSet()


def hold_across_forks(lock):
    """Acquire a lock before the process forks, after those registered earlier."""
    _held.append(lock)


def lock_of(owner):
    """A lock for one object, stored as its `_lock`; the object gets a new one in the child of a fork."""
    _owners.add(owner)
    return threading.RLock()


def _before():
    for lock in _held:
        lock.acquire()


def _after():
    for lock in reversed(_held):
        lock.release()


def _after_in_child():
    _after()
    for owner in _owners:
        owner._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after_in_child)
