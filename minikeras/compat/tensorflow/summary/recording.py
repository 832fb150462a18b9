"""The current step, and whether summaries are recorded."""

import threading
from contextlib import contextmanager

from minikeras.compat.tensorflow.conversion import tensor
from minikeras.formats.event_files import default_writer


class _State(threading.local):
    def __init__(self):
        self.step = None
        self.record = True  # or a function that returns it


state = _State()


@contextmanager
def record_if(condition):
    """Inside it, summaries are recorded only if `condition` holds: a boolean, a tensor, or a function returning one."""
    before, state.record = state.record, condition
    try:
        yield
    finally:
        state.record = before


def should_record_summaries():
    """Whether there is a default writer, and `record_if` allows it: a boolean Tensor."""
    return tensor(is_recording())


def is_recording():
    """The same as a Python boolean."""
    writer, _ = default_writer()
    return writer is not None and bool(state.record() if callable(state.record) else state.record)


def current_step():
    """The step that `as_default(step=…)` or `set_step` set; None if neither did."""
    return default_writer()[1] if state.step is None else state.step


@contextmanager
def step_set(step):
    """Inside it, `step` is the current step, unless it is None."""
    before = state.step
    state.step = before if step is None else step
    try:
        yield
    finally:
        state.step = before
