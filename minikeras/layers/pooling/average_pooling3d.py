"""`AveragePooling3D`: the mean of each window."""

from minikeras.layers.pooling.base_pooling import BasePooling


class AveragePooling3D(BasePooling):
    """y[n,i,j,k,c] = mean of x[n, i·s + a, j·s + b, k·s + e, c] over the window (a, b, e).

    Input and output: (batch, depth, height, width, channels), or with the channels first for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    Padding does not count in the mean.

    Args: see `BasePooling`.
    """

    rank = 3
    pool_mode = "average"
