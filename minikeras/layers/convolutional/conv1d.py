"""`Conv1D`: filters that slide over sequences."""

from minikeras.layers.convolutional.base_conv import BaseConv


class Conv1D(BaseConv):
    """y[n,i,f] = activation(Σ x[n, i·s+a·d, c] · kernel[a,c,f] + bias[f]).

    Input: (batch, steps, channels), or (batch, channels, steps) for `data_format="channels_first"`.
    Output: the same with `filters` channels and the spatial length given by `padding` and `strides`.
    The kernel is (steps, channels / groups, filters).

    `padding` may also be "causal": zeros before the first step only, so that y[n,i] depends on nothing
    after x[n, i·s]. Then the output has ⌈steps / s⌉ steps.

    Args and errors: see `BaseConv`.
    """

    rank = 1
    paddings = ("valid", "same", "causal")
