"""The base of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose."""

from minikeras.layers.convolutional.convolution_layer import ConvolutionLayer
from minikeras.ops.convolution import Conv, transposed_op, transposed_sizes


class BaseConvTranspose(ConvolutionLayer):
    """A transposed convolution: from the shape of a convolution's outputs to that of its inputs.

    y = activation(conv_transpose(x, kernel) + bias): every input value adds a copy of the kernel, multiplied by it, to
    the output, `strides` positions from its neighbour's copy. Decoders use it to enlarge images.

    Args:
        filters: length of the output's channel axis.
        output_padding: an integer below the stride, or one per spatial axis: how much longer the output is than the
            shortest that a convolution would shrink to x. If None, the output is as long as all copies need ("valid")
            or x · stride ("same").
        kernel_initializer: the initializer of the kernel (*window, filters, channels).
        kernel_regularizer: a penalty added to the loss.
        kernel_constraint: applied to the kernel after each update.
        others: see `ConvolutionLayer`.

    Raises:
        ValueError: a number is not positive, the output padding is not below the strides, or both strides and dilation
            exceed 1.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
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
            *(kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias),
            weights={
                "kernel": (kernel_initializer, kernel_regularizer, kernel_constraint),
                "bias": (bias_initializer, bias_regularizer, bias_constraint),
            },
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.filters = filters
        self.output_padding = _output_padding(output_padding, self.strides)
        self._check_positive("filters")
        self._check_strides_and_dilation()

    def build(self, input_shape):
        channels = self._input_channels(input_shape)
        self.kernel = self._add_configured_weight("kernel", (*self.kernel_size, self.filters, channels))
        self.bias = self._add_bias(self.filters)

    def call(self, inputs):
        settings = self.strides, self.padding, self.output_padding, self.data_format, self.dilation_rate
        op = transposed_op(inputs, self.kernel, *settings)
        return self._product_with_epilogue(op, inputs, self.kernel)

    def compute_output_shape(self, input_shape):
        shape = self._channels_last_shape(input_shape)
        conv = Conv(self.strides, self.padding, self.dilation_rate)
        sizes = transposed_sizes(shape, (*self.kernel_size, self.filters, shape[-1]), conv, self.output_padding)
        return list(self._output_shape(input_shape, sizes, self.filters))  # a list, as in Keras


def _output_padding(value, strides):
    """`output_padding` as one integer per axis, or None.

    Raises:
        ValueError: it is not one integer per axis, from 0 to below the stride.
    """
    if value is None:
        return None
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * len(strides)
    fits = len(values) == len(strides) and all(isinstance(extra, int) for extra in values)
    if not fits or any(not 0 <= extra < stride for extra, stride in zip(values, strides, strict=True)):
        raise ValueError(
            f"`output_padding` must be an integer from 0, strictly less than `strides`, or {len(strides)} of them, one "
            f"per spatial axis. Received: output_padding={value}, strides={strides}"
        )
    return values
