"""`GlobalMaxPooling2D`: the largest value of each channel."""

from minikeras.layers.pooling.base_pooling import BaseGlobalPooling


class GlobalMaxPooling2D(BaseGlobalPooling):
    """y[n,c] = max of x[n, i, j, c] over all i, j.

    Input: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".
    Output: (batch, channels), or with `keepdims` the input's rank with sides of 1.

    Args: see `BaseGlobalPooling`.
    """

    rank = 2
    pool_mode = "max"
    _accepted_kinds = "fiub"
