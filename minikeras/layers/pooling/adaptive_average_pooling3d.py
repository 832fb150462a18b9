"""`AdaptiveAveragePooling3D`: the mean of each window, for a given number of windows."""

from minikeras.layers.pooling.base_adaptive_pooling import BaseAdaptivePooling


class AdaptiveAveragePooling3D(BaseAdaptivePooling):
    """y[n, i, j, k, c] = mean of x[n, …, c] in window (i, j, k) of `output_size`.

    Input: (batch, depth, height, width, channels), or with the channels first. Output: the same with `output_size`
    in place of (depth, height, width).

    Args: see `BaseAdaptivePooling`.
    """

    rank = 3
    pool_mode = "average"
