"""What Conv1D, Conv2D and Conv3D share."""

from minikeras.layers.convolutional.convolution_layer import ConvolutionLayer
from minikeras.ops.convolution import Conv


class BaseConv(ConvolutionLayer):
    """Convolution over `rank` spatial axes: y = activation(conv(x, kernel) + bias).

    Args:
        filters: length of the output's channel axis.
        groups: the channels are convolved in so many separate groups.
        kernel_initializer: the first values of the kernel.
        kernel_regularizer: a penalty added to the loss.
        kernel_constraint: applied to the kernel after each update.
        others: see `ConvolutionLayer`.

    Raises:
        ValueError: a number is not positive, groups do not divide the filters, or both strides and dilation exceed 1.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
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
            *(kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias),
            weights={
                "kernel": (kernel_initializer, kernel_regularizer, kernel_constraint),
                "bias": (bias_initializer, bias_regularizer, bias_constraint),
            },
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.filters = filters
        self.groups = groups
        self._check_arguments()

    def _check_arguments(self):
        self._check_positive("filters")
        if not isinstance(self.groups, int) or self.groups <= 0 or self.filters % self.groups:
            raise ValueError(
                "`groups` must be a positive integer that divides the filters. "
                f"Received: groups={self.groups}, filters={self.filters}"
            )
        self._check_strides_and_dilation()

    def build(self, input_shape):
        channels = self._input_channels(input_shape, self.groups)
        self.kernel = self._add_kernel("kernel", (*self.kernel_size, channels // self.groups, self.filters), "kernel")
        self.bias = self._add_bias(self.filters)
        self.compute_output_shape(input_shape)  # raises if the window does not fit

    def call(self, inputs):
        op = Conv(self.strides, self._pads(), self.dilation_rate)
        return self._biased_and_activated(op, inputs, self.kernel)

    def compute_output_shape(self, input_shape):
        return self._output_shape(input_shape, self._sizes_after_window(input_shape), self.filters)
