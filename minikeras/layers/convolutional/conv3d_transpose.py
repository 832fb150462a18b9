"""`Conv3DTranspose`: transposed convolution, to larger volumes."""

from minikeras.base.signatures import inherits_arguments
from minikeras.layers.convolutional.base_conv_transpose import BaseConvTranspose


class Conv3DTranspose(BaseConvTranspose):
    """y[n, i·s+a·d, j·s+b·d, k·s+e·d, f] += Σ x[n,i,j,k,c] · kernel[a,b,e,f,c]; then activation(y + bias[f]).

    Input: (batch, depth, height, width, channels), or with the channels first for `data_format="channels_first"`.
    Output: the same with `filters` channels and the spatial lengths that a convolution with the same arguments
    would shrink to those of the input. The kernel is (depth, height, width, filters, channels).

    Args and errors: see `BaseConvTranspose`.
    """

    rank = 3
    _kind_error = ValueError

    @inherits_arguments(BaseConvTranspose)
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        data_format=None,  # before `output_padding`, unlike for one and two axes: as in Keras
        output_padding=None,
        dilation_rate=(1, 1, 1),
        *args,
        **kwargs,
    ):
        super().__init__(
            *(filters, kernel_size, strides, padding, output_padding, data_format, dilation_rate, *args), **kwargs
        )
