"""`AdaptiveAveragePooling1D`: the mean of each window, for a given number of windows."""

from minikeras.layers.pooling.base_adaptive_pooling import BaseAdaptivePooling


class AdaptiveAveragePooling1D(BaseAdaptivePooling):
    """y[n, i, c] = mean of x[n, …, c] in window (i) of `output_size`.

    Input: (batch, steps, channels), or with the channels first. Output: the same with `output_size`
    in place of (steps).

    Args: see `BaseAdaptivePooling`.
    """

    rank = 1
    pool_mode = "average"
