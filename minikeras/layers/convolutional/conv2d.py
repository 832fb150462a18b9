"""`Conv2D`: filters that slide over images."""

from minikeras.base.signatures import with_defaults
from minikeras.layers.convolutional.base_conv import BaseConv


class Conv2D(BaseConv):
    """y[n,i,j,f] = activation(Σ x[n, i·s+a·d, j·s+b·d, c] · kernel[a,b,c,f] + bias[f]).

    Input: (batch, height, width, channels), or with the channels first for `data_format="channels_first"`.
    Output: the same with `filters` channels and the spatial lengths given by `padding` and `strides`.
    The kernel is (height, width, channels / groups, filters).

    Args and errors: see `BaseConv`.
    """

    rank = 2
    _kind_error = ValueError
    __init__ = with_defaults(BaseConv.__init__, strides=(1, 1), dilation_rate=(1, 1))
