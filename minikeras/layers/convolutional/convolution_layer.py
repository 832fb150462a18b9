"""The base of all convolutions: a window that slides over the spatial axes, a bias, an activation."""

import numpy as np

from minikeras import activations
from minikeras.config import standardize_data_format
from minikeras.layers.epilogue import product_with_epilogue
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.core import as_float_tensor
from minikeras.ops.spatial import (
    per_axis,
    spatial_output_shape,
    standardize_padding,
    to_channels_first,
    to_channels_last,
)


class ConvolutionLayer(Layer):
    """y = activation(a linear function of x + bias), over `rank` spatial axes.

    Subclasses create the kernels in `build` and use them in `call`. Their subclasses for one, two and three axes set
    `rank`, and other defaults where Keras has a tuple (`base/signatures.py`).

    Args:
        kernel_size, strides, dilation_rate: an integer, or one per spatial axis.
        padding: "valid" or "same" (any case).
        data_format: "channels_last" or "channels_first"; the configured one if None.
        activation: name or function applied to the sum; none if None.
        use_bias: whether a bias (one value per output channel) is added.
        activity_regularizer: a penalty on the outputs, added to the loss.
        bias_initializer: the bias's initializer.
        bias_regularizer: a penalty on the bias, added to the loss.
        bias_constraint: applied to the bias after each update.
    """

    rank = None  # number of spatial axes
    _accepted_kinds = "f"
    paddings = ("valid", "same")

    def __init__(
        self, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, weights, **kwargs
    ):
        """`weights`: {prefix: (initializer, regularizer, constraint)}, see `_set_weight_arguments`."""
        super().__init__(**kwargs)
        self.kernel_size = per_axis(kernel_size, self.rank, "kernel_size")
        self.strides = per_axis(strides, self.rank, "strides")
        self.dilation_rate = per_axis(dilation_rate, self.rank, "dilation_rate")
        self.padding = standardize_padding(padding, self.paddings)
        self.data_format = standardize_data_format(data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self._set_weight_arguments(**weights)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    # --- building -------------------------------------------------------------------------------------------------

    @property
    def _channel_axis(self):
        return -1 if self.data_format == "channels_last" else 1

    def _input_channels(self, input_shape, divisor=1):
        """The number of input channels; sets `input_spec`, so that later inputs must have as many.

        Raises:
            ValueError: it is unknown, or not a multiple of `divisor`, the number of groups.
        """
        channels = input_shape[self._channel_axis]
        if channels is None or channels % divisor:
            raise ValueError(
                f"The channels of the input of layer '{self.name}' (axis {self._channel_axis} for "
                f"data_format={self.data_format!r}) must be known"
                + (f" and a multiple of groups={divisor}" if divisor > 1 else "")
                + f". Received: input_shape={tuple(input_shape)}"
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        return channels

    def _add_bias(self, length):
        """The bias, or None without one."""
        return self._add_configured_weight("bias", (length,)) if self.use_bias else None

    # --- calling --------------------------------------------------------------------------------------------------

    def _product_with_epilogue(self, product, inputs, kernel):
        """activation(product(x, kernel) + bias), for a product of channels-last arrays."""
        x = as_float_tensor(inputs)
        if self.data_format == "channels_last":
            return product_with_epilogue(product, x, kernel, self.bias, self.activation)
        x = to_channels_last(x)
        if (
            self.activation is activations.relu
        ):  # fused with the product; other activations may work along the last axis
            return to_channels_first(product_with_epilogue(product, x, kernel, self.bias, self.activation))
        outputs = to_channels_first(product_with_epilogue(product, x, kernel, self.bias, None))
        return outputs if self.activation is None else self.activation(outputs)

    def _channels_last_shape(self, shape):
        """A shape (batch, *spatial, channels), from one in the layer's data format.

        Raises:
            ValueError: it has another number of spatial axes than the kernel.
        """
        if len(shape) != self.rank + 2:
            raise ValueError(
                f"The input of layer '{self.name}' must have the same length of shape as its kernel, {self.rank + 2}. "
                f"Received: input_shape={tuple(shape)}, kernel_size={self.kernel_size}"
            )
        return tuple(shape) if self.data_format == "channels_last" else (shape[0], *shape[2:], shape[1])

    def _output_shape(self, input_shape, sizes, channels):
        """The shape of outputs with these spatial lengths, in the layer's data format."""
        if self.data_format == "channels_last":
            return (input_shape[0], *sizes, channels)
        return (input_shape[0], channels, *sizes)

    def _pads(self):
        """The padding in the form of the ops; causal padding, the dilated window less one, goes before the axis."""
        if self.padding != "causal":
            return self.padding
        return ((self.dilation_rate[0] * (self.kernel_size[0] - 1), 0),)

    def _sizes_after_window(self, input_shape):
        """Spatial lengths of the outputs of a convolution.

        Raises:
            ValueError: the window does not fit.
        """
        shape = self._channels_last_shape(input_shape)
        try:
            return spatial_output_shape(shape, self.kernel_size, self.strides, self._pads(), self.dilation_rate)
        except ValueError as error:
            raise ValueError(f"Layer '{self.name}' cannot take input_shape={tuple(input_shape)}: {error}") from None

    def _check_positive(self, name):
        value = getattr(self, name)
        if not isinstance(value, (int, np.integer)) or value <= 0:
            raise ValueError(
                f"Invalid value for argument `{name}`. Expected a strictly positive integer. Received {name}={value}."
            )

    def _check_strides_and_dilation(self):
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "`strides > 1` is not compatible, and not supported in conjunction, with a `dilation_rate > 1`. "
                f"Received: strides={self.strides}, dilation_rate={self.dilation_rate}"
            )

    def get_config(self):
        config = super().get_config()
        config.setdefault("activity_regularizer", None)
        return config
