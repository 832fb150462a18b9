"""The base of ZeroPadding1D, 2D and 3D."""

from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.padding import Pad


class BaseZeroPadding(Layer):
    """Adds zeros at the ends of the spatial axes: a side of n gives n + before + after.

    Args:
        padding: an integer for all ends, one per axis, or a pair (before, after) per axis.
        data_format: "channels_last" or "channels_first"; the configured one if None.

    Raises:
        ValueError: `padding` is none of these, or negative.
    """

    rank = None  # number of spatial axes

    def __init__(self, padding, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.padding = padding
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _pairs(self):
        return self.padding

    def _in_data_format(self, pairs):
        """The pairs of all axes, from the spatial axes' pairs."""
        whole = ((0, 0),)
        return (*whole, *pairs, *whole) if self.data_format == "channels_last" else (*whole, *whole, *pairs)

    def call(self, inputs):
        return Pad(self._in_data_format(self._pairs))(inputs)

    def compute_output_shape(self, input_shape):
        pairs = self._in_data_format(self._pairs)
        return tuple(None if n is None else n + sum(pair) for n, pair in zip(input_shape, pairs, strict=True))
