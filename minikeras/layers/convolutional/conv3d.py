"""`Conv3D`: filters that slide over volumes."""

from minikeras.base.signatures import with_defaults
from minikeras.layers.convolutional.base_conv import BaseConv


class Conv3D(BaseConv):
    """y[n,i,j,k,f] = activation(Σ x[n, i·s+a·d, j·s+b·d, k·s+e·d, c] · kernel[a,b,e,c,f] + bias[f]).

    Input: (batch, depth, height, width, channels), or with the channels first for `data_format="channels_first"`.
    Output: the same with `filters` channels and the spatial lengths given by `padding` and `strides`.
    The kernel is (depth, height, width, channels / groups, filters).

    Args and errors: see `BaseConv`.
    """

    rank = 3
    _kind_error = ValueError
    __init__ = with_defaults(BaseConv.__init__, strides=(1, 1, 1), dilation_rate=(1, 1, 1))
