"""`AveragePooling2D`: the mean of each window."""

from minikeras.layers.pooling.base_pooling import BasePooling


class AveragePooling2D(BasePooling):
    """y[n,i,j,c] = mean of x[n, i·s + a, j·s + b, c] over the window (a, b).

    Input and output: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    Padding does not count in the mean.

    Args: see `BasePooling`.
    """

    rank = 2
    pool_mode = "average"
