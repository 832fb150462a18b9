"""`GlobalMaxPooling` and `GlobalAveragePooling`, 1D, 2D and 3D: the largest or mean value of each channel."""

from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.core import cast
from minikeras.ops.indexing import where
from minikeras.ops.reduction import max as max_over
from minikeras.ops.reduction import mean
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import expand_dims


class BaseGlobalPooling(Layer):
    """The largest or mean value over all spatial axes, channel by channel.

    Args:
        data_format: "channels_last" or "channels_first"; the configured one if None.
        keepdims: whether to keep the spatial axes, with length 1.
    """

    rank = None  # number of spatial axes
    pool_mode = None  # "max" or "average"
    _takes = "fiubc"

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


class GlobalMaxPooling1D(BaseGlobalPooling):
    """y[n,c] = max of x[n, i, c] over all i.

    Input: (batch, steps, channels), or (batch, channels, steps) for "channels_first".
    Output: (batch, channels), or with `keepdims` the input's rank with 1 step.

    Args: see `BaseGlobalPooling`.
    """

    rank = 1
    pool_mode = "max"
    _takes = "fiub"


class GlobalMaxPooling2D(BaseGlobalPooling):
    """y[n,c] = max of x[n, i, j, c] over all i, j.

    Input: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".
    Output: (batch, channels), or with `keepdims` the input's rank with sides of 1.

    Args: see `BaseGlobalPooling`.
    """

    rank = 2
    pool_mode = "max"
    _takes = "fiub"


class GlobalMaxPooling3D(BaseGlobalPooling):
    """y[n,c] = max of x[n, i, j, k, c] over all i, j, k.

    Input: (batch, depth, height, width, channels), or (batch, channels, depth, height, width) for "channels_first".
    Output: (batch, channels), or with `keepdims` the input's rank with sides of 1.

    Args: see `BaseGlobalPooling`.
    """

    rank = 3
    pool_mode = "max"
    _takes = "fiub"


class GlobalAveragePooling1D(BaseGlobalPooling):
    """y[n,c] = mean of x[n, i, c] over all i.

    Input: (batch, steps, channels), or (batch, channels, steps) for "channels_first".
    Output: (batch, channels), or with `keepdims` the input's rank with 1 step.
    Steps masked by a mask (batch, steps) do not count in the mean.

    Args: see `BaseGlobalPooling`.
    """

    rank = 1
    pool_mode = "average"

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return super().call(inputs)
        counts = cast(expand_dims(mask, 2 if self.data_format == "channels_last" else 1), "bool")
        (axis,) = self._axes
        total = sum_over(where(counts, inputs, 0), axis=axis, keepdims=self.keepdims)
        return total / sum_over(cast(counts, total.dtype), axis=axis, keepdims=self.keepdims)

    def compute_mask(self, inputs, mask=None):
        return None  # the output has no axis of steps


class GlobalAveragePooling2D(BaseGlobalPooling):
    """y[n,c] = mean of x[n, i, j, c] over all i, j.

    Input: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".
    Output: (batch, channels), or with `keepdims` the input's rank with sides of 1.

    Args: see `BaseGlobalPooling`.
    """

    rank = 2
    pool_mode = "average"


class GlobalAveragePooling3D(BaseGlobalPooling):
    """y[n,c] = mean of x[n, i, j, k, c] over all i, j, k.

    Input: (batch, depth, height, width, channels), or (batch, channels, depth, height, width) for "channels_first".
    Output: (batch, channels), or with `keepdims` the input's rank with sides of 1.

    Args: see `BaseGlobalPooling`.
    """

    rank = 3
    pool_mode = "average"
