"""`GlobalAveragePooling1D`: the mean of each channel."""

from minikeras.layers.pooling.base_pooling import BaseGlobalPooling
from minikeras.ops.core import cast
from minikeras.ops.indexing import where
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import expand_dims


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
        unmasked = cast(expand_dims(mask, 2 if self.data_format == "channels_last" else 1), "bool")
        (axis,) = self._axes
        total = sum_over(where(unmasked, inputs, 0), axis=axis, keepdims=self.keepdims)
        return total / sum_over(cast(unmasked, total.dtype), axis=axis, keepdims=self.keepdims)

    def compute_mask(self, inputs, mask=None):
        return None  # the output has no axis of steps
