"""`AdaptiveMaxPooling2D`: the largest value of each window, for a given number of windows."""

from minikeras.layers.pooling.base_adaptive_pooling import BaseAdaptivePooling


class AdaptiveMaxPooling2D(BaseAdaptivePooling):
    """y[n, i, j, c] = largest value of x[n, …, c] in window (i, j) of `output_size`.

    Input: (batch, height, width, channels), or with the channels first. Output: the same with `output_size`
    in place of (height, width).

    Args: see `BaseAdaptivePooling`.
    """

    rank = 2
    pool_mode = "max"
