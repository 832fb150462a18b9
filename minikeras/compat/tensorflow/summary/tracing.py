"""`trace_on` and the like, which record graphs and profiles of TensorFlow; these do not exist here."""

from minikeras.compat.tensorflow.notices import warn_once


def trace_on(graph=True, profiler=False, profiler_outdir=None):
    """No effect, except a line in the log."""
    warn_once("trace", "tf.summary.trace_on: minikeras has no graphs to record. For times use `python -m cProfile`.")


def trace_export(name, step=None, profiler_outdir=None):
    """No effect: nothing was recorded."""


def trace_off():
    """No effect: nothing was recorded."""
