"""Checks for NaN and infinity: of one tensor, or of everything that is computed from now on."""

import numpy as np

from minikeras.autodiff.gradient_parts import as_one
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.observers import Observer, start, stop
from minikeras.autodiff.tensor import as_array
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


class _Numerics(Observer):
    """Looks at the results of every operation and at every gradient."""

    uses_ops = False

    def op_called(self, op, inputs, outputs):
        """Raise if an output is not finite."""
        for place, y in enumerate(outputs):
            self._check(y.array, "output", place, f'operation "{type(op).__name__}"', inputs)

    def gradient_ended(self, call, dys, dxs):
        """Raise if a gradient is not finite."""
        for place, dx in enumerate(dxs or ()):
            if dx is not None:
                self._check(as_array(as_one(dx)), "gradient", place, f'operation "{type(call.op).__name__}"', dys)

    def _check(self, array, what, place, name, inputs):
        found = _what_is_wrong(array)
        if found:
            shapes = [tuple(np.shape(x)) for x in inputs]
            raise InvalidArgumentError(
                None,
                None,
                f"Detected {found} in {what} {place} of {name}, of shape {array.shape}; its inputs have the shapes "
                f"{shapes}. (tf.debugging.disable_check_numerics() ends these checks.)",
            )


_numerics = _Numerics()


def enable_check_numerics(stack_height_limit=30, path_length_limit=50):
    """From now on, in this thread, an operation whose result holds NaN or infinity raises an InvalidArgumentError.

    So does a gradient, and every step runs op by op. The arguments limit the stack that TensorFlow prints for a graph;
    here Python's own traceback shows the line, so they are without effect.
    """
    disable_check_numerics()
    start(_numerics, eagerly=True)


def disable_check_numerics():
    """End what `enable_check_numerics` began."""
    stop(_numerics)
