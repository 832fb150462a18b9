"""`Dense`: every output is a weighted sum of all inputs."""

from minikeras import activations
from minikeras.autodiff.matrix_product import Matmul
from minikeras.layers.epilogue import RELUS
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.quantization.kernel_axes import KernelAxes
from minikeras.layers.quantization.kernel_modes import KERNEL_MODES
from minikeras.layers.quantization.quantizable import Quantizable
from minikeras.ops import epilogue


class Dense(Quantizable, Layer):
    """y = activation(x @ kernel + bias).

    Input: (batch, …, features), float. Output: (batch, …, units). The kernel is (features, units), the bias (units,).

    Args:
        units: length of the output's last axis, a positive integer.
        activation: name or function applied to the sum; none if None.
        use_bias: whether the bias is added.
        kernel_initializer, bias_initializer: initializers of the weights.
        kernel_regularizer, bias_regularizer: penalties on the weights, added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: applied to the weights after each update.
        lora_rank: if given, the kernel is frozen, and a trainable product of two small kernels is added to it
            (`enable_lora`).
        lora_alpha: stored in the config; as in Keras, `enable_lora` uses `lora_rank` in its place.
        quantization_config: how a layer with a quantized dtype policy is quantized; see `keras.quantizers`.

    Raises:
        ValueError: `units` is not a positive integer.
    """

    quantizations = KERNEL_MODES

    _accepted_kinds = "fiubc"
    _kind_error = ValueError

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if not isinstance(units, int) or units <= 0:
            raise ValueError(
                f"Received an invalid value for `units` of {type(self).__name__} '{self.name}': it must be a positive "
                f"integer. Received: units={units!r}"
            )
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self._set_weight_arguments(
            kernel=(kernel_initializer, kernel_regularizer, kernel_constraint),
            bias=(bias_initializer, bias_regularizer, bias_constraint),
        )
        self._set_low_rank(lora_rank, lora_alpha)
        self._set_quantization(quantization_config)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape):
        features = input_shape[-1]
        if features is None:
            raise ValueError(
                f"The last axis of the input of Dense layer '{self.name}' must have a known length. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        shape = (features, self.units)
        if self.quantization_mode is not None:
            self.quantized_build(shape, self.quantization_mode, self.quantization_config)
        if self._keeps_weight():
            self._kernel = self._add_configured_weight("kernel", shape)
        self.bias = self._add_configured_weight("bias", (self.units,)) if self.use_bias else None
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})
        if self.lora_rank:
            self.built = True
            self.enable_lora(self.lora_rank)

    @property
    def kernel(self):
        """(features, units)"""
        is_plain = self.built and not self.lora_enabled and self._quantization is None
        return self._kernel if is_plain else self._adapted_weight()

    def quantized_build(self, kernel_shape, mode, config=None):
        """Create the Variables of the quantized kernel. See `Quantizable`."""
        self._quantized_build(kernel_shape, mode, config)

    def call(self, inputs, training=None):
        if self._split_rule is not None:
            return self._split_rule(inputs)
        if self._quantization is not None:
            return self.quantized_call(inputs, training=training)
        kernel, bias, activation = self.kernel, self.bias, self.activation
        if bias is not None and epilogue.can_fuse(inputs, kernel, bias):
            relu = activation in RELUS  # it is part of the product's op then
            y = epilogue.ProductEpilogue(Matmul(), relu)(inputs, kernel, bias)
            return y if relu or activation is None else activation(y)
        y = Matmul()(inputs, kernel)
        if bias is not None:
            y = y + bias
        return y if activation is None else activation(y)

    def _product(self, inputs, kernel):
        return Matmul()(inputs, kernel)

    def _as_matrix_product(self, inputs):
        """(inputs, (rows, columns), function from the product to the output): here the product is the output."""
        return inputs, self._quantization.shape, lambda y: y

    def _kernel_axes(self):
        shape = self._adapted_shape()
        return KernelAxes(shape, (0,), (-1,), shape[1:], (1, shape[1]))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return self._without_low_rank(super().get_config())
