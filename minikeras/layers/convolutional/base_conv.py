"""What Conv1D, Conv2D and Conv3D share."""

from minikeras import activations, constraints, initializers, regularizers
from minikeras.autodiff.arithmetic import Add
from minikeras.autodiff.shapes import Reshape
from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.convolution import conv
from minikeras.ops.spatial import per_axis, spatial_output_shape, standardize_padding


class BaseConv(Layer):
    """Convolution over `rank` spatial axes: y = activation(conv(x, kernel) + bias).

    Args:
        rank: number of spatial axes.
        filters: length of the output's channel axis.
        kernel_size, strides, dilation_rate: an integer, or one per spatial axis.
        padding: "valid" or "same" (any case).
        data_format: "channels_last" or "channels_first"; the configured one if None.
        groups: the channels are convolved in so many separate groups.
        activation: name or function applied to the sum; none if None.
        use_bias: whether a bias (one number per filter) is added.
        kernel_initializer, bias_initializer: the first values of the weights.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties added to the loss.
        kernel_constraint, bias_constraint: applied to the weights after each update.

    Raises:
        ValueError: a number is not positive, groups do not divide the filters, or both strides and dilation exceed 1.
    """

    def __init__(
        self,
        rank,
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
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.rank = rank
        self.filters = filters
        self.groups = groups
        self.kernel_size = per_axis(kernel_size, rank, "kernel_size")
        self.strides = per_axis(strides, rank, "strides")
        self.dilation_rate = per_axis(dilation_rate, rank, "dilation_rate")
        self.padding = standardize_padding(padding)
        self.data_format = standardize_data_format(data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=rank + 2)
        self._check_arguments()

    def _check_arguments(self):
        if not isinstance(self.filters, int) or self.filters <= 0:
            raise ValueError(f"`filters` must be a positive integer. Received: filters={self.filters}")
        if not isinstance(self.groups, int) or self.groups <= 0 or self.filters % self.groups:
            raise ValueError(
                "`groups` must be a positive integer that divides the filters. "
                f"Received: groups={self.groups}, filters={self.filters}"
            )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "`strides` > 1 and `dilation_rate` > 1 do not go together. "
                f"Received: strides={self.strides}, dilation_rate={self.dilation_rate}"
            )

    @property
    def _channel_axis(self):
        return -1 if self.data_format == "channels_last" else 1

    def build(self, input_shape):
        channels = input_shape[self._channel_axis]
        if channels is None or channels % self.groups:
            raise ValueError(
                f"The channels of the input of layer '{self.name}' (axis {self._channel_axis} for "
                f"data_format={self.data_format!r}) must be known and a multiple of groups={self.groups}. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        self.compute_output_shape(input_shape)  # raises if the window does not fit

    def call(self, inputs):
        outputs = conv(inputs, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate)
        if self.bias is not None:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = Reshape((self.filters, *[1] * self.rank))(bias)
            outputs = Add()(outputs, bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        channels_last = self.data_format == "channels_last"
        channels_last_shape = input_shape if channels_last else (input_shape[0], *input_shape[2:], input_shape[1])
        try:
            sizes = spatial_output_shape(
                channels_last_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate
            )
        except ValueError as error:
            raise ValueError(f"Layer '{self.name}' cannot take input_shape={tuple(input_shape)}: {error}") from None
        return (input_shape[0], *sizes, self.filters) if channels_last else (input_shape[0], self.filters, *sizes)

    def get_config(self):
        config = super().get_config()
        config.setdefault("activity_regularizer", None)
        return config
