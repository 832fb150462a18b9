"""`MaxPooling2D`: the largest value of each window."""

from minikeras.layers.pooling.base_pooling import BasePooling


class MaxPooling2D(BasePooling):
    """y[n,i,j,c] = max of x[n, i·s + a, j·s + b, c] over the window (a, b).

    Input and output: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    The gradient goes to the first of several equal maxima.

    Args: see `BasePooling`.
    """

    rank = 2
    pool_mode = "max"

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)
