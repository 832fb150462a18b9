"""`ConvLSTMCell`: one step of a long short-term memory of images, with convolutions in place of products."""

import numpy as np

from minikeras import activations
from minikeras.base.signatures import inherits_arguments
from minikeras.config import standardize_data_format
from minikeras.layers.epilogue import product_with_epilogue
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.recurrent.lstm import forget_bias, gated
from minikeras.layers.recurrent.recurrent_cell import RecurrentCell
from minikeras.ops.convolution import Conv
from minikeras.ops.creation import zeros
from minikeras.ops.joining import concatenate, split
from minikeras.ops.shaping import expand_dims, reshape
from minikeras.ops.spatial import (
    per_axis,
    spatial_output_shape,
    standardize_padding,
    to_channels_first,
    to_channels_last,
)


class ConvLSTMCell(RecurrentCell):
    """i, f, g, o = split(conv(x, kernel) + bias + conv(h, recurrent_kernel)), then as in `LSTMCell`.

    The convolution of x has the given strides, padding and dilation; that of h preserves its size. States: [h, c], each
    like a convolution's output with `filters` channels. Kernel: (*kernel_size, channels, 4 · filters), recurrent kernel
    (*kernel_size, filters, 4 · filters), bias (4 · filters).

    Args:
        rank: number of spatial axes, 1 to 3.
        filters: length of the output's channel axis.
        kernel_size, strides, dilation_rate: an integer, or one per spatial axis.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; the configured one if None.
        others: see `LSTMCell`.

    Source: Shi et al., "Convolutional LSTM network: a machine learning approach for precipitation nowcasting" (2015).
    """

    gates = 4

    @inherits_arguments(
        RecurrentCell, after={"recurrent_activation": "activation", "unit_forget_bias": "bias_initializer"}
    )
    def __init__(
        self,
        rank,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        *,
        recurrent_activation="sigmoid",
        unit_forget_bias=True,
        **kwargs,
    ):
        if not isinstance(filters, (int, np.integer)) or filters <= 0:
            raise ValueError(f"`filters` must be a positive integer. Received: filters={filters!r}")
        super().__init__(**kwargs)
        self.rank = rank
        self.filters = filters
        self.kernel_size = per_axis(kernel_size, rank, "kernel_size")
        self.strides = per_axis(strides, rank, "strides")
        self.padding = standardize_padding(padding)
        self.data_format = standardize_data_format(data_format)
        self.dilation_rate = per_axis(dilation_rate, rank, "dilation_rate")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "`strides > 1` is not compatible with `dilation_rate > 1`. "
                f"Received: strides={self.strides}, dilation_rate={self.dilation_rate}"
            )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.dropout_mask_count = 4
        self.input_spec = InputSpec(ndim=rank + 2)
        self.state_size = [filters, filters]
        self.output_size = filters

    # --- building -------------------------------------------------------------------------------------------------

    def build(self, inputs_shape, states_shape=None):
        self._step_shape = tuple(inputs_shape[1:])
        if None in self._step_shape:
            raise ValueError(
                "A ConvLSTM layer needs known spatial lengths and channels, since they are those of its states. "
                f"Received: shape of one step {tuple(inputs_shape)} for {type(self).__name__} '{self.name}'"
            )
        channels = inputs_shape[self._channel_axis]
        width = 4 * self.filters
        self.kernel = self._add_configured_weight("kernel", (*self.kernel_size, channels, width))
        shape = (*self.kernel_size, self.filters, width)
        self.recurrent_kernel = self._add_configured_weight("recurrent", shape, name="recurrent_kernel")
        first = forget_bias(self.filters, self.bias_initializer) if self.unit_forget_bias else self.bias_initializer
        self.bias = self._add_configured_weight("bias", (width,), initializer=first) if self.use_bias else None
        self.compute_output_shape(inputs_shape)  # raises if the window does not fit

    @property
    def _channel_axis(self):
        return -1 if self.data_format == "channels_last" else 1

    def compute_output_shape(self, inputs_shape, states_shape=None):
        """The shape of the output of a step, and those of the states."""
        is_last = self.data_format == "channels_last"
        shape = tuple(inputs_shape) if is_last else (inputs_shape[0], *inputs_shape[2:], inputs_shape[1])
        sizes = spatial_output_shape(shape, self.kernel_size, self.strides, self.padding, self.dilation_rate)
        shape = (shape[0], *sizes, self.filters) if is_last else (shape[0], self.filters, *sizes)
        return shape, [shape, shape]

    def get_initial_state(self, batch_size=None):
        """Zeros for h and c."""
        shape, _ = self.compute_output_shape((batch_size, *self._step_shape))
        return [zeros(shape, dtype=self.compute_dtype), zeros(shape, dtype=self.compute_dtype)]

    # --- calling --------------------------------------------------------------------------------------------------

    def call(self, inputs, states, training=False):
        return self.step(self.input_sums(inputs, training), states, training)

    def step(self, sums, states, training):
        """The output and the states of a step, from its `input_sums`."""
        h, c = states
        return gated(self, sums + self.state_sums(h, training), c, self._channel_axis)

    def input_sums(self, inputs, training):
        """conv(x, kernel) + bias of one step (batch, …) or of all (batch, steps, …)."""
        all_steps = len(inputs.shape) == self.rank + 3
        step = inputs[:, 0] if all_steps else inputs
        masks = self._masks_in_use(self.get_dropout_mask, step, self.dropout, training)
        if masks is not None:
            masks = [expand_dims(m, 1) for m in masks] if all_steps else masks
            parts = split(self.kernel, 4, axis=-1)
            biases = [None] * 4 if self.bias is None else split(self.bias, 4)
            sums = [
                self._input_convolution(inputs * m, kernel, bias)
                for m, kernel, bias in zip(masks, parts, biases, strict=True)
            ]
            return concatenate(sums, axis=len(sums[0].shape) - 1 if self._channel_axis == -1 else 1 + all_steps)
        return self._input_convolution(inputs, self.kernel, self.bias)

    def _input_convolution(self, x, kernel, bias):
        leading = x.shape[: len(x.shape) - self.rank - 1]
        if len(leading) == 2:  # all steps are one batch
            x = reshape(x, (leading[0] * leading[1], *x.shape[2:]))
        y = self._convolution(Conv(self.strides, self.padding, self.dilation_rate), x, kernel, bias)
        return reshape(y, (*leading, *y.shape[1:])) if len(leading) == 2 else y

    def state_sums(self, h, training):
        """conv(h, recurrent_kernel), with recurrent dropout in training."""
        masks = self._masks_in_use(self.get_recurrent_dropout_mask, h, self.recurrent_dropout, training)
        op = Conv((1,) * self.rank, "same", (1,) * self.rank)
        if masks is None:
            return self._convolution(op, h, self.recurrent_kernel)
        parts = split(self.recurrent_kernel, 4, axis=-1)
        sums = [self._convolution(op, h * m, kernel) for m, kernel in zip(masks, parts, strict=True)]
        return concatenate(sums, axis=self._channel_axis)

    def _convolution(self, op, x, kernel, bias=None):
        if self.data_format == "channels_last":
            return product_with_epilogue(op, x, kernel, bias, None)
        return to_channels_first(product_with_epilogue(op, to_channels_last(x), kernel, bias, None))
