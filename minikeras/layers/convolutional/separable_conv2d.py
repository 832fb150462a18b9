"""`SeparableConv2D`: filters of one channel each, then a mix of the channels."""

from minikeras.base.signatures import with_defaults
from minikeras.layers.convolutional.base_separable_conv import BaseSeparableConv


class SeparableConv2D(BaseSeparableConv):
    """z[n,i,j,c·M+m] = Σ x[n, i·s+a·d, j·s+b·d, c] · depthwise_kernel[a,b,c,m],   M = `depth_multiplier`

    y[n,i,j,f] = activation(Σ z[n,i,j,q] · pointwise_kernel[0,0,q,f] + bias[f])

    Input: (batch, height, width, channels), or with the channels first for `data_format="channels_first"`.
    Output: the same with `filters` channels and the spatial lengths given by `padding` and `strides`.

    Args and errors: see `BaseSeparableConv`.
    """

    rank = 2
    __init__ = with_defaults(BaseSeparableConv.__init__, strides=(1, 1), dilation_rate=(1, 1))
