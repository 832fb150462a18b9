"""Sessions and graphs of TensorFlow 1: accepted if scripts only configure GPUs with them, an error if they compute."""

from minikeras.compat.tensorflow.notices import warn_once


class _Options:
    """Settings by any name, also nested: `config.gpu_options.allow_growth = True`."""

    def __init__(self, **settings):
        vars(self).update(settings)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = _Options()
        setattr(self, name, value)
        return value


class ConfigProto(_Options):
    """Settings of a session: devices, threads, memory of GPUs. Stored, without effect."""


class GPUOptions(_Options):
    """Settings of GPUs. Stored, without effect."""


class Session:
    """A session that can be created, as scripts do to configure a GPU, but has no graph to run."""

    def __init__(self, target="", graph=None, config=None):
        warn_once("session", "tf.compat.v1.Session: minikeras has no sessions, and computes on the CPU.")

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """Not available.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            "The Session graph is empty: minikeras has no graphs and computes at once. "
            "Take the value of a tensor with `tensor.numpy()`."
        )

    def close(self):
        """Nothing to close."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


class InteractiveSession(Session):
    """The same as `Session`."""


def get_default_session():
    """None."""


def reset_default_graph():
    """No effect: there is no graph."""


def _needs_a_graph(name, instead):
    raise RuntimeError(f"tf.compat.v1.{name} is not compatible with eager execution, the only one here. {instead}")


def placeholder(dtype, shape=None, name=None):
    """Not available: raises a RuntimeError."""
    _needs_a_graph("placeholder()", "Use `keras.Input` in a model, or an argument of a function.")


def placeholder_with_default(input, shape, name=None):
    """Not available: raises a RuntimeError."""
    _needs_a_graph("placeholder_with_default()", "Use an argument of a function with a default.")


def get_variable(name, shape=None, dtype=None, initializer=None, **kwargs):
    """Not available: raises a RuntimeError."""
    _needs_a_graph("get_variable()", "Use `tf.Variable`, or `add_weight` in a layer.")


def variable_scope(*args, **kwargs):
    """Not available: raises a RuntimeError."""
    _needs_a_graph(
        "variable_scope()", "Use `tf.Module` or Keras layers, whose Variables are shared by sharing the object."
    )
