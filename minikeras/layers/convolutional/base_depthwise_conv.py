"""The base of DepthwiseConv1D and DepthwiseConv2D."""

from minikeras.layers.convolutional.convolution_layer import ConvolutionLayer
from minikeras.ops.convolution import depthwise_op


class BaseDepthwiseConv(ConvolutionLayer):
    """Each channel convolved separately: y = activation(depthwise_conv(x, kernel) + bias).

    Args:
        depth_multiplier: how many filters each channel has; the outputs have channels · depth_multiplier channels.
        depthwise_initializer: the kernel's initializer.
        depthwise_regularizer: a penalty added to the loss.
        depthwise_constraint: applied to the kernel after each update.
        others: see `ConvolutionLayer`.

    Raises:
        ValueError: a number is not positive.
    """

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            *(kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias),
            weights={
                "depthwise": (depthwise_initializer, depthwise_regularizer, depthwise_constraint),
                "bias": (bias_initializer, bias_regularizer, bias_constraint),
            },
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self._check_positive("depth_multiplier")

    def build(self, input_shape):
        channels = self._input_channels(input_shape)
        self.kernel = self._add_configured_weight(
            "depthwise", (*self.kernel_size, channels, self.depth_multiplier), name="kernel"
        )
        self.bias = self._add_bias(channels * self.depth_multiplier)
        self.compute_output_shape(input_shape)  # raises if the window does not fit

    def call(self, inputs):
        settings = self.strides, self.padding, self.data_format, self.dilation_rate
        op, kernel = depthwise_op(inputs, self.kernel, *settings)
        return self._product_with_epilogue(op, inputs, kernel)

    def compute_output_shape(self, input_shape):
        channels = input_shape[self._channel_axis] * self.depth_multiplier
        return self._output_shape(input_shape, self._sizes_after_window(input_shape), channels)
