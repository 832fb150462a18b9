"""What autodiff remembers per thread: the active tapes, and whether symbolic calls leave nodes behind."""

import itertools
import threading
from contextlib import contextmanager


class _ThreadState(threading.local):
    def __init__(self):
        self.tapes = []  # innermost last
        self.recorder = None  # while a step is traced for a plan: it stands among the tapes and sees every op
        self.records_history = True  # False while a layer's `call` runs only to infer shapes
        self.autocast_dtype = None  # the dtype in which Variables are read, or None for their own
        self.name_scopes = []
        self.stateless_scope = None  # hears of assignments to Variables and of losses, see `stateless_scope.py`
        self.remat_scopes = []  # how layers made now are to save memory, see `rematerialization.py`
        self.call_depth = 0  # how many layer calls are open
        self.call_number = 0  # counts the outermost ones
        self.training = None  # what the outermost call was told


thread = _ThreadState()

# Tensors are told apart by a running number, never by id(): Python hands out freed ids again.
next_index = itertools.count().__next__


class stop_recording:  # noqa: N801  a class takes a quarter of the time of a `contextmanager`
    """No tape of this thread records what happens inside (a recorder of whole steps does)."""

    def __enter__(self):
        self.tapes, thread.tapes = thread.tapes, [] if thread.recorder is None else [thread.recorder]

    def __exit__(self, *error):
        thread.tapes = self.tapes


@contextmanager
def no_history():
    """Symbolic calls inside infer shapes only: they leave no node in the functional graph."""
    before, thread.records_history = thread.records_history, False
    try:
        yield
    finally:
        thread.records_history = before


@contextmanager
def history():
    """Symbolic calls inside leave nodes again: a `build` may draw a model of its own while shapes are inferred."""
    before, thread.records_history = thread.records_history, True
    try:
        yield
    finally:
        thread.records_history = before


@contextmanager
def autocast(dtype):
    """Float Variables are read as `dtype` inside (mixed precision)."""
    before, thread.autocast_dtype = thread.autocast_dtype, dtype
    try:
        yield
    finally:
        thread.autocast_dtype = before
