"""`AveragePooling1D`: the mean of each window."""

from minikeras.layers.pooling.base_pooling import BasePooling


class AveragePooling1D(BasePooling):
    """y[n,i,c] = mean of x[n, i·s + a, c] over the window (a).

    Input and output: (batch, steps, channels), or (batch, channels, steps) for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    Padding does not count in the mean.

    Args: see `BasePooling`.
    """

    rank = 1
    pool_mode = "average"
