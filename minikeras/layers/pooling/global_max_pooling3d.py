"""`GlobalMaxPooling3D`: the largest value of each channel."""

from minikeras.layers.pooling.base_pooling import BaseGlobalPooling


class GlobalMaxPooling3D(BaseGlobalPooling):
    """y[n,c] = max of x[n, i, j, k, c] over all i, j, k.

    Input: (batch, depth, height, width, channels), or (batch, channels, depth, height, width) for "channels_first".
    Output: (batch, channels), or with `keepdims` the input's rank with sides of 1.

    Args: see `BaseGlobalPooling`.
    """

    rank = 3
    pool_mode = "max"
    _accepted_kinds = "fiub"
