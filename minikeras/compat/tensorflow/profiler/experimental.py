"""`tf.profiler.experimental`: accepted, with a line in the log, and without effect."""

from contextlib import contextmanager

from minikeras.compat.tensorflow.notices import warn_once


def _say():
    warn_once("profiler", "tf.profiler: minikeras writes no profiles. Use `python -m cProfile -s cumtime script.py`.")


def start(logdir, options=None):
    """No effect, except a line in the log."""
    _say()


def stop(save=True):
    """Nothing."""


@contextmanager
def Profile(logdir, options=None):  # noqa: N802  TensorFlow's name
    """A context in which nothing is recorded; logs that once."""
    _say()
    yield


@contextmanager
def Trace(name, **kwargs):  # noqa: N802  TensorFlow's name
    """A block with a name, for profiles that are not written."""
    yield
