"""`GlobalMaxPooling1D`: the largest value of each channel."""

from minikeras.layers.pooling.base_pooling import BaseGlobalPooling


class GlobalMaxPooling1D(BaseGlobalPooling):
    """y[n,c] = max of x[n, i, c] over all i.

    Input: (batch, steps, channels), or (batch, channels, steps) for "channels_first".
    Output: (batch, channels), or with `keepdims` the input's rank with 1 step.

    Args: see `BaseGlobalPooling`.
    """

    rank = 1
    pool_mode = "max"
    _accepted_kinds = "fiub"
