"""`MaxPooling3D`: the largest value of each window."""

from minikeras.layers.pooling.base_pooling import BasePooling


class MaxPooling3D(BasePooling):
    """y[n,i,j,k,c] = max of x[n, i·s + a, j·s + b, k·s + e, c] over the window (a, b, e).

    Input and output: (batch, depth, height, width, channels), or with the channels first for "channels_first".
    With "valid" padding a side of n gives ⌊(n − pool_size) / strides⌋ + 1, with "same" ⌈n / strides⌉.
    The gradient goes to all of several equal maxima, as in TensorFlow.

    Args: see `BasePooling`.
    """

    rank = 3
    pool_mode = "max"

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)
