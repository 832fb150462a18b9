"""`DepthwiseConv2D`: filters of one channel each."""

from minikeras.base.signatures import with_defaults
from minikeras.layers.convolutional.base_depthwise_conv import BaseDepthwiseConv


class DepthwiseConv2D(BaseDepthwiseConv):
    """y[n,i,j,c·M+m] = activation(Σ x[n, i·s+a·d, j·s+b·d, c] · kernel[a,b,c,m] + bias[c·M+m]).

    M is `depth_multiplier`.
    Input: (batch, height, width, channels), or with the channels first for `data_format="channels_first"`.
    Output: the same with channels · M channels and the spatial lengths given by `padding` and `strides`.
    The kernel is (height, width, channels, M).

    Args and errors: see `BaseDepthwiseConv`.
    """

    rank = 2
    __init__ = with_defaults(BaseDepthwiseConv.__init__, strides=(1, 1), dilation_rate=(1, 1))
