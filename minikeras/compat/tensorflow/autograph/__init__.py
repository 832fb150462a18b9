"""`tf.autograph`: TensorFlow's rewriting of Python's `if` and `while` for graphs. Here they need no rewriting."""

import inspect

from minikeras.compat.tensorflow.autograph import experimental

__all__ = ["experimental", "set_verbosity", "to_code", "to_graph", "trace"]

_settings = {"verbosity": 0}


def to_graph(entity, recursive=True, experimental_optional_features=None):
    """The function itself."""
    return entity


def to_code(entity, recursive=True, experimental_optional_features=None):
    """The function's own source text, since nothing is rewritten."""
    return inspect.getsource(getattr(entity, "python_function", entity))


def set_verbosity(level, alsologtostdout=False):
    """Store the level: there is nothing to report."""
    _settings["verbosity"] = level


def trace(*args):
    """Print the arguments, in every call of a traced function too."""
    print(*args)
