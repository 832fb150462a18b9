"""The base of Conv1D, Conv2D and Conv3D."""

import numpy as np

from minikeras.autodiff.shapes import Reshape
from minikeras.layers.convolutional.convolution_layer import ConvolutionLayer
from minikeras.layers.low_rank import LowRankAdaptation
from minikeras.ops.convolution import Conv
from minikeras.ops.core import as_float_tensor
from minikeras.ops.spatial import in_channels_last


class BaseConv(LowRankAdaptation, ConvolutionLayer):
    """Convolution over `rank` spatial axes: y = activation(conv(x, kernel) + bias).

    Args:
        filters: length of the output's channel axis.
        groups: the channels are convolved in this many separate groups.
        kernel_initializer: the kernel's initializer.
        kernel_regularizer: a penalty added to the loss.
        kernel_constraint: applied to the kernel after each update.
        lora_rank, lora_alpha (keywords): if given, the kernel is frozen, and a trainable product of two small kernels
            is added to it (`enable_lora`).
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
        low_rank = kwargs.pop("lora_rank", None), kwargs.pop("lora_alpha", None)
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
        self._set_low_rank(*low_rank)
        self._check_arguments()

    def _check_arguments(self):
        self._check_positive("filters")
        if not isinstance(self.groups, (int, np.integer)) or self.groups <= 0 or self.filters % self.groups:
            raise ValueError(
                "The number of groups must be positive, an integer, and the filters evenly divisible by it. "
                f"Received: groups={self.groups}, filters={self.filters}"
            )
        self._check_strides_and_dilation()

    def build(self, input_shape):
        channels = self._input_channels(input_shape, self.groups)
        self._kernel = self._add_configured_weight("kernel", (*self.kernel_size, channels // self.groups, self.filters))
        self.bias = self._add_bias(self.filters)
        self.compute_output_shape(input_shape)  # raises if the window does not fit
        if self.lora_rank:
            self.built = True
            self.enable_lora(self.lora_rank, self.lora_alpha)

    @property
    def kernel(self):
        """(*kernel_size, channels / groups, filters)"""
        return self._kernel if self.built and not self.lora_enabled else self._adapted_weight()

    def convolution_op(self, inputs, kernel):
        """The convolution without bias and activation. A subclass of Conv2D or Conv3D may override it, to change the
        kernel for example; as in Keras, Conv1D does not use it."""
        x = as_float_tensor(inputs)
        return in_channels_last(lambda x: self._convolution()(x, kernel), x, self.data_format)

    def _convolution(self):
        return Conv(self.strides, self._pads(), self.dilation_rate)

    def call(self, inputs):
        if self.rank == 1 or type(self).convolution_op is BaseConv.convolution_op:
            return self._product_with_epilogue(self._convolution(), inputs, self.kernel)  # one op
        outputs = self.convolution_op(inputs, self.kernel)
        if self.bias is not None:
            last = self.data_format == "channels_last"
            outputs = outputs + (self.bias if last else Reshape((1, -1, *[1] * self.rank))(self.bias))
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        return self._output_shape(input_shape, self._sizes_after_window(input_shape), self.filters)

    def get_config(self):
        config = super().get_config()
        return {**config, "lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha} if self.lora_rank else config
