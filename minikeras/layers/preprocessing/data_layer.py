"""`DataLayer`: the base of layers that prepare data."""

from minikeras.layers.layer import Layer
from minikeras.ops.conversion import data_tensor


class DataLayer(Layer):
    """Base class of layers that also work in a data pipeline. They accept Python numbers and text, also in lists."""

    @property
    def has_given_state(self):
        """Whether the state that `adapt` would compute was passed to the constructor, so that `adapt` is not needed."""
        return False

    def convert_weight(self, weight):
        """The weight for the backend in which the layer runs. There is one backend, so the weight itself."""
        return weight

    def _convert_inputs(self, args, kwargs):
        if args and _is_plain(args[0]):
            args = (data_tensor(args[0]), *args[1:])
        return super()._convert_inputs(args, kwargs)


def _is_plain(x):
    """Whether `x` is a Python number or text, or nested lists of them."""
    while isinstance(x, (list, tuple)) and x:
        x = x[0]
    return isinstance(x, (int, float, str, bytes))
