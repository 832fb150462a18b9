"""The base of SeparableConv1D and SeparableConv2D."""

from minikeras.layers.convolutional.convolution_layer import ConvolutionLayer
from minikeras.ops.convolution import conv_op, depthwise_conv


class BaseSeparableConv(ConvolutionLayer):
    """Each channel convolved separately, then the channels mixed: y = activation(separable_conv(x, …) + bias).

    A window of k × k from C channels to F filters costs k · k · C + C · F products per output position, where a full
    convolution costs k · k · C · F.

    Args:
        filters: length of the output's channel axis.
        depth_multiplier: how many filters each channel has before the channels are mixed.
        depthwise_initializer, pointwise_initializer: the kernels' initializers.
        depthwise_regularizer, pointwise_regularizer: penalties added to the loss.
        depthwise_constraint, pointwise_constraint: applied to the kernels after each update.
        others: see `ConvolutionLayer`.

    Raises:
        ValueError: a number is not positive.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            *(kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias),
            weights={
                "depthwise": (depthwise_initializer, depthwise_regularizer, depthwise_constraint),
                "pointwise": (pointwise_initializer, pointwise_regularizer, pointwise_constraint),
                "bias": (bias_initializer, bias_regularizer, bias_constraint),
            },
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.filters = filters
        self.depth_multiplier = depth_multiplier
        self._check_positive("filters")
        self._check_positive("depth_multiplier")

    def build(self, input_shape):
        channels = self._input_channels(input_shape)
        mixed = channels * self.depth_multiplier
        depthwise_shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add_configured_weight("depthwise", depthwise_shape, name="depthwise_kernel")
        self.pointwise_kernel = self._add_configured_weight(
            "pointwise", (*[1] * self.rank, mixed, self.filters), name="pointwise_kernel"
        )
        self.bias = self._add_bias(self.filters)
        self.compute_output_shape(input_shape)  # raises if the window does not fit

    def call(self, inputs):
        settings = self.strides, self.padding, self.data_format, self.dilation_rate
        x = depthwise_conv(inputs, self.depthwise_kernel, *settings)
        op = conv_op(x, self.pointwise_kernel, 1, "valid", 1)
        return self._product_with_epilogue(op, x, self.pointwise_kernel)

    def compute_output_shape(self, input_shape):
        return self._output_shape(input_shape, self._sizes_after_window(input_shape), self.filters)
