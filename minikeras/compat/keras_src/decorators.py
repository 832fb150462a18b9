"""Decorators that Keras applies to methods; here they have no effect."""

__replay__ = "computes"

__all__ = ["filter_traceback", "inject_argument_info_in_traceback", "no_automatic_dependency_tracking"]


def filter_traceback(fn):
    """`fn` itself: tracebacks are shortened where they are printed, see `minikeras/base/tracebacks.py`."""
    return fn


def inject_argument_info_in_traceback(fn, object_name=None):
    """Return `fn` itself: the errors of minikeras already name the layer and its inputs."""
    return fn


def no_automatic_dependency_tracking(fn):
    """`fn` itself: minikeras looks for layers and variables in attributes when it needs them, so lists stay lists."""
    return fn
