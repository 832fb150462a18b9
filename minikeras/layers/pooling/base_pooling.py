"""The base of the pooling layers of all ranks."""

from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.pooling import average_pool, max_pool
from minikeras.ops.reduction import max as max_over
from minikeras.ops.reduction import mean
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
    _accepted_kinds = "fiu"

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


class BaseGlobalPooling(Layer):
    """The largest or mean value over all spatial axes, channel by channel.

    Args:
        data_format: "channels_last" or "channels_first"; the configured one if None.
        keepdims: whether to keep the spatial axes, with length 1.
    """

    rank = None  # number of spatial axes
    pool_mode = None  # "max" or "average"
    _accepted_kinds = "fiubc"

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self._build_at_init()

    @property
    def _axes(self):
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def call(self, inputs):
        reduce = max_over if self.pool_mode == "max" else mean
        return reduce(inputs, axis=self._axes, keepdims=self.keepdims)

    def compute_output_shape(self, input_shape):
        axes = self._axes
        if self.keepdims:
            return tuple(1 if i in axes else n for i, n in enumerate(input_shape))
        return tuple(n for i, n in enumerate(input_shape) if i not in axes)
