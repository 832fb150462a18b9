"""`Conv2D`: filters that slide over images."""

from minikeras.layers.convolutional.base_conv import BaseConv


class Conv2D(BaseConv):
    """y[n,i,j,f] = activation(Σ x[n, i·s+a·d, j·s+b·d, c] · kernel[a,b,c,f] + bias[f]).

    Input: (batch, height, width, channels), or with the channels in front for `data_format="channels_first"`.
    Output: the same with `filters` channels and the spatial lengths that `padding` and `strides` leave.
    The kernel is (height, width, channels / groups, filters).

    Args and errors: see `BaseConv`.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            rank=2,
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            groups=groups,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
