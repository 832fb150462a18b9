"""Checks for NaN and infinity: of one tensor, or of everything that is computed from now on."""

import numpy as np

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import thread
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.errors import InvalidArgumentError


def check_numerics(tensor, message, name=None):
    """The tensor itself, which must be finite.

    Raises:
        InvalidArgumentError: it holds NaN or infinity; the text begins with `message`.
    """
    return _checked(tensor, message)


def assert_all_finite(x, message, name=None):
    """The tensor itself, which must be finite; the same as `check_numerics`."""
    return _checked(x, message)


def _checked(x, message):
    x = tensor(x)
    if not isinstance(x, KerasTensor):
        found = _what_is_wrong(x.array)
        if found:
            raise InvalidArgumentError(None, None, f"{message} : Tensor had {found} values")
    return x


def _what_is_wrong(array):
    """ "NaN", "Inf", "Inf and NaN" or ""."""
    if array.dtype.kind not in "fc" or np.isfinite(array).all():
        return ""
    words = [word for word, test in (("Inf", np.isinf), ("NaN", np.isnan)) if test(array).any()]
    return " and ".join(words)


class _NumericsWatch:
    """Stands among the active tapes, is told of every operation, and looks at its results."""

    def record(self, op, inputs, outputs):
        """Raise if an output is not finite."""
        for place, y in enumerate(outputs):
            found = _what_is_wrong(y.array)
            if found:
                shapes = [tuple(np.shape(x)) for x in inputs]
                raise InvalidArgumentError(
                    None,
                    None,
                    f'Detected {found} in output {place} of operation "{type(op).__name__}", of shape {y.shape}; its '
                    f"inputs have the shapes {shapes}. (tf.debugging.disable_check_numerics() ends these checks.)",
                )

    def note_read(self, variable):
        """Variables may hold what they like."""


_watch = _NumericsWatch()


def enable_check_numerics(stack_height_limit=30, path_length_limit=50):
    """From now on, in this thread, an operation whose result holds NaN or infinity raises an InvalidArgumentError.

    Gradients are checked as well, and take longer. The arguments limit the stack that TensorFlow prints for a graph;
    here Python's own traceback shows the line, so they are without effect.
    """
    if _watch not in thread.tapes:
        thread.tapes = [_watch, *thread.tapes]


def disable_check_numerics():
    """End what `enable_check_numerics` began."""
    thread.tapes = [tape for tape in thread.tapes if tape is not _watch]
