"""`tf.summary.experimental`: the current step, and name scopes."""

from contextlib import contextmanager

from minikeras.compat.tensorflow.scopes import name_scope
from minikeras.compat.tensorflow.summary.recording import current_step, state


def get_step():
    """The current step; None if none is set."""
    return current_step()


def set_step(step):
    """Set the step of summaries that are not given one: an integer, a tensor, or a Variable that is read each time."""
    state.step = step


@contextmanager
def summary_scope(name, default_name="summary", values=None):
    """A name scope around summaries: yields the tag and the scope's path."""
    with name_scope(name or default_name) as path:
        yield path.removesuffix("/"), path
