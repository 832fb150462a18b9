"""`DepthwiseConv1D`: filters of one channel each."""

from minikeras.layers.convolutional.base_depthwise_conv import BaseDepthwiseConv


class DepthwiseConv1D(BaseDepthwiseConv):
    """y[n,i,c·M+m] = activation(Σ x[n, i·s+a·d, c] · kernel[a,c,m] + bias[c·M+m]).

    M is `depth_multiplier`.
    Input: (batch, steps, channels), or (batch, channels, steps) for `data_format="channels_first"`.
    Output: the same with channels · M channels and the spatial length given by `padding` and `strides`.
    The kernel is (steps, channels, M).

    Args and errors: see `BaseDepthwiseConv`.
    """

    rank = 1
