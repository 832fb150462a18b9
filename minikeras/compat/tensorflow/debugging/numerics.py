"""Checks for NaN and infinity. (Implementation: `minikeras/compat/tensorflow/debugging/finite_checks.py`.)"""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.value_ranges import not_finite
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.debugging import finite_checks
from minikeras.compat.tensorflow.debugging.finite_checks import disable_check_numerics

__all__ = ["assert_all_finite", "check_numerics", "disable_check_numerics", "enable_check_numerics"]


def check_numerics(tensor, message, name=None):
    """The tensor itself, which must be finite.

    Raises:
        InvalidArgumentError: it contains NaN or infinity; the text begins with `message`.
    """
    return _checked(tensor, message)


def assert_all_finite(x, message, name=None):
    """The tensor itself, which must be finite; the same as `check_numerics`."""
    return _checked(x, message)


def _checked(x, message):
    x = tensor(x)
    if not isinstance(x, KerasTensor):
        found = not_finite(x.array)
        if found:
            raise InvalidArgumentError(None, None, f"{message} : Tensor had {found} values")
    return x


def enable_check_numerics(stack_height_limit=30, path_length_limit=50):
    """From now on, in this thread, an operation whose result contains NaN or infinity raises an InvalidArgumentError.

    So does a gradient, and every step runs op by op. The arguments limit the stack that TensorFlow prints for a graph;
    here Python's own traceback shows the line, so they are without effect.
    """
    finite_checks.enable_check_numerics()
