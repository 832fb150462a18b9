"""`SeparableConv1D`: filters of one channel each, then a mix of the channels."""

from minikeras.layers.convolutional.base_separable_conv import BaseSeparableConv


class SeparableConv1D(BaseSeparableConv):
    """z[n,i,c·M+m] = Σ x[n, i·s+a·d, c] · depthwise_kernel[a,c,m],   M = `depth_multiplier`

    y[n,i,f] = activation(Σ z[n,i,q] · pointwise_kernel[0,q,f] + bias[f])

    Input: (batch, steps, channels), or (batch, channels, steps) for `data_format="channels_first"`.
    Output: the same with `filters` channels and the spatial length given by `padding` and `strides`.

    Args and errors: see `BaseSeparableConv`.
    """

    rank = 1
