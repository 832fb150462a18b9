"""`MaxPooling` and `AveragePooling` 1D, 2D and 3D: the largest or mean value of each window."""

from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.pooling import average_pool, max_pool
from minikeras.ops.spatial import per_axis, spatial_output_shape, standardize_padding


class BasePooling(Layer):
    """The largest or mean value of each window, channel by channel.

    Args:
        pool_size: length of the window, an integer or one per spatial axis.
        strides: distance between windows; `pool_size` if None.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; the configured one if None.
        name: of the layer.
    """

    rank = None  # number of spatial axes
    pool_mode = None  # "max" or "average"
    _takes = "fiu"

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.pool_size = per_axis(pool_size, self.rank, "pool_size")
        self.strides = self.pool_size if strides is None else per_axis(strides, self.rank, "strides")
        self.padding = standardize_padding(padding)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self._build_at_init()

    def call(self, inputs):
        pool = max_pool if self.pool_mode == "max" else average_pool
        return pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def compute_output_shape(self, input_shape):
        channels_last = self.data_format == "channels_last"
        channels_last_shape = input_shape if channels_last else (input_shape[0], *input_shape[2:], input_shape[1])
        try:
            sizes = spatial_output_shape(
                channels_last_shape, self.pool_size, self.strides, self.padding, (1,) * self.rank
            )
        except ValueError as error:
            raise ValueError(f"Layer '{self.name}' cannot take input_shape={tuple(input_shape)}: {error}") from None
        if channels_last:
            return (input_shape[0], *sizes, input_shape[-1])
        return (*input_shape[:2], *sizes)


class MaxPooling1D(BasePooling):
    """y[n,i,c] = max of x[n, i·s + a, c] over the window (a).

    Input and output: (batch, steps, channels), or (batch, channels, steps) for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    The gradient goes to the first of several equal maxima.

    Args: see `BasePooling`.
    """

    rank = 1
    pool_mode = "max"

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling2D(BasePooling):
    """y[n,i,j,c] = max of x[n, i·s + a, j·s + b, c] over the window (a, b).

    Input and output: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    The gradient goes to the first of several equal maxima.

    Args: see `BasePooling`.
    """

    rank = 2
    pool_mode = "max"

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling3D(BasePooling):
    """y[n,i,j,k,c] = max of x[n, i·s + a, j·s + b, k·s + e, c] over the window (a, b, e).

    Input and output: (batch, depth, height, width, channels), or with the channels first for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    The gradient goes to all of several equal maxima, as in TensorFlow.

    Args: see `BasePooling`.
    """

    rank = 3
    pool_mode = "max"

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling1D(BasePooling):
    """y[n,i,c] = mean of x[n, i·s + a, c] over the window (a).

    Input and output: (batch, steps, channels), or (batch, channels, steps) for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    Padding does not count in the mean.

    Args: see `BasePooling`.
    """

    rank = 1
    pool_mode = "average"


class AveragePooling2D(BasePooling):
    """y[n,i,j,c] = mean of x[n, i·s + a, j·s + b, c] over the window (a, b).

    Input and output: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    Padding does not count in the mean.

    Args: see `BasePooling`.
    """

    rank = 2
    pool_mode = "average"


class AveragePooling3D(BasePooling):
    """y[n,i,j,k,c] = mean of x[n, i·s + a, j·s + b, k·s + e, c] over the window (a, b, e).

    Input and output: (batch, depth, height, width, channels), or with the channels first for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    Padding does not count in the mean.

    Args: see `BasePooling`.
    """

    rank = 3
    pool_mode = "average"
