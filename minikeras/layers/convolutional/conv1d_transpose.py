"""`Conv1DTranspose`: transposed convolution, to longer sequences."""

from minikeras.layers.convolutional.base_conv_transpose import BaseConvTranspose


class Conv1DTranspose(BaseConvTranspose):
    """y[n, i·s+a·d, f] += Σ x[n,i,c] · kernel[a,f,c]; then activation(y + bias[f]).

    Input: (batch, steps, channels), or (batch, channels, steps) for `data_format="channels_first"`.
    Output: the same with `filters` channels and the spatial length that a convolution with the same arguments
    would shrink to those of the input. The kernel is (steps, filters, channels).

    Args and errors: see `BaseConvTranspose`.
    """

    rank = 1
