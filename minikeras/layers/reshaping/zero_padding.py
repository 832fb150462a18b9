"""`ZeroPadding1D`, `ZeroPadding2D` and `ZeroPadding3D`: samples with zeros at the ends of their axes."""

from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.reshaping.borders import pair_of, pairs_per_axis
from minikeras.ops.padding import Pad


class BaseZeroPadding(Layer):
    """Samples with zeros at the ends of the spatial axes: a side of n gives n + before + after.

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


class ZeroPadding1D(BaseZeroPadding):
    """y[n, i + before, c] = x[n, i, c], and 0 elsewhere.

    Input and output: (batch, steps, channels), or (batch, channels, steps) for "channels_first".
    A side of n gives n + before + after.

    Args:
        padding: how many zeros to add at both ends, or a pair (before, after).
        data_format: "channels_last" or "channels_first"; the configured one if None.
    """

    rank = 1

    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(pair_of(padding, "padding"), data_format, **kwargs)

    @property
    def _pairs(self):
        return (self.padding,)


class ZeroPadding2D(BaseZeroPadding):
    """y[n, i + top, j + left, c] = x[n, i, j, c], and 0 elsewhere.

    Input and output: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".
    A side of n gives n + before + after.

    Args: see `BaseZeroPadding`.
    """

    rank = 2

    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(pairs_per_axis(padding, self.rank, "padding"), data_format, **kwargs)


class ZeroPadding3D(BaseZeroPadding):
    """y[n, i + front, j + top, k + left, c] = x[n, i, j, k, c], and 0 elsewhere.

    Input and output: (batch, depth, height, width, channels), or
    (batch, channels, depth, height, width) for "channels_first".
    A side of n gives n + before + after.

    Args: see `BaseZeroPadding`.
    """

    rank = 3

    def __init__(self, padding=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(pairs_per_axis(padding, self.rank, "padding"), data_format, **kwargs)
