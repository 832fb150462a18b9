"""`Conv2DTranspose`: transposed convolution, to larger images."""

from minikeras.base.signatures import with_defaults
from minikeras.layers.convolutional.base_conv_transpose import BaseConvTranspose


class Conv2DTranspose(BaseConvTranspose):
    """y[n, i·s+a·d, j·s+b·d, f] += Σ x[n,i,j,c] · kernel[a,b,f,c]; then activation(y + bias[f]).

    Input: (batch, height, width, channels), or with the channels first for `data_format="channels_first"`.
    Output: the same with `filters` channels and the spatial lengths that a convolution with the same arguments
    would shrink to those of the input. The kernel is (height, width, filters, channels).

    Args and errors: see `BaseConvTranspose`.
    """

    rank = 2
    _kind_error = ValueError
    __init__ = with_defaults(BaseConvTranspose.__init__, strides=(1, 1), dilation_rate=(1, 1))
