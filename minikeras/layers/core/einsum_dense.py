"""`EinsumDense`: a dense layer whose product is an einsum equation."""

from functools import lru_cache

from minikeras import activations
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.shapes import Reshape
from minikeras.initializers.variance_scaling import VarianceScaling
from minikeras.layers.core.einsum_layout import EinsumLayout
from minikeras.layers.epilogue import product_with_epilogue
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.quantization.kernel_modes import KERNEL_MODES
from minikeras.layers.quantization.quantizable import Quantizable
from minikeras.ops.einsum import einsum
from minikeras.serialization import constructor_config

_layout = lru_cache(maxsize=256)(EinsumLayout)


class EinsumDense(Quantizable, Layer):
    """y = activation(einsum(equation, x, kernel) + bias).

    "abc,cd->abd" is `Dense` on (batch, steps, features); "...x,xy->...y" the same with any number of leading axes;
    "abc,cde->abde" produces several heads. In `x,kernel->y`, axes whose letter is in x and y are kept, those only in x
    and kernel are summed over, those only in kernel and y are new. `...` stands for axes without letters, at the same
    end of x and y.

    Args:
        equation: the letters of the axes, such as "abc,cd->abd".
        output_shape: lengths of y's axes except the batch's and those of `...`; None for one equal to x's.
        activation: name or function applied to the sum; none if None.
        bias_axes: the letters of y's axes that the bias has; no bias if None.
        kernel_initializer, bias_initializer: initializers of the weights. Those that depend on fan-in and fan-out take
            them from the equation.
        kernel_regularizer, bias_regularizer: penalties on the weights, added to the loss.
        kernel_constraint, bias_constraint: applied to the weights after each update.
        lora_rank, lora_alpha: if given, the kernel is frozen, and a trainable product of two small kernels is added to
            it (`enable_lora`).
        gptq_unpacked_column_size: for Keras's configs: columns of a kernel packed by GPTQ; here the equation gives it.
        quantization_config: how a layer with a quantized dtype policy is quantized; see `keras.quantizers`.

    Raises:
        ValueError: the equation is not of this form, or does not fit the shapes.
    """

    quantizations = KERNEL_MODES
    zero_point_name = "zero_point"

    def __init__(
        self,
        equation,
        output_shape,
        activation=None,
        bias_axes=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        gptq_unpacked_column_size=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.equation = equation
        self.partial_output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.activation = activations.get(activation)
        self.bias_axes = bias_axes
        self._set_weight_arguments(
            kernel=(kernel_initializer, kernel_regularizer, kernel_constraint),
            bias=(bias_initializer, bias_regularizer, bias_constraint),
        )
        self.gptq_unpacked_column_size = gptq_unpacked_column_size
        self._set_low_rank(lora_rank, lora_alpha)
        self._set_quantization(quantization_config)

    def _layout(self, input_shape):
        bias_axes = None if self.bias_axes is None else tuple(self.bias_axes)
        return _layout(self.equation, bias_axes, tuple(input_shape), self.partial_output_shape, self.name)

    def build(self, input_shape):
        layout = self._layout(input_shape)
        self._built_layout = layout
        if self.quantization_mode is not None:
            self.quantized_build(layout.kernel_shape, self.quantization_mode, self.quantization_config)
        if self._keeps_weight():
            initializer = self._initializer_for(layout)
            self._kernel = self._add_configured_weight("kernel", layout.kernel_shape, initializer=initializer)
        self.bias = None
        if self.bias_axes is not None:
            self.bias = self._add_configured_weight("bias", layout.bias_shape)
        self.input_spec = InputSpec(ndim=len(input_shape))
        if self.lora_rank:
            self.built = True
            self.enable_lora(self.lora_rank, self.lora_alpha)

    def _initializer_for(self, layout):
        """The kernel's initializer; one that depends on fan-in and fan-out is given the axes of both."""
        initializer = self.kernel_initializer
        if not isinstance(initializer, VarianceScaling) or None not in (
            initializer.input_axes,
            initializer.output_axes,
        ):
            return initializer
        axes = {"input_axes": layout.input_axes, "output_axes": layout.output_axes}
        return type(initializer).from_config({**initializer.get_config(), "seed": initializer.seed, **axes})

    @property
    def kernel(self):
        """The kernel, with the axes of the equation."""
        return self._adapted_weight()

    def quantized_build(self, kernel_shape, mode, config=None):
        """Create the Variables of the quantized kernel. See `Quantizable`."""
        self._quantized_build(kernel_shape, mode, config)

    def call(self, inputs, training=None):
        if self._split_rule is not None:
            return self._split_rule(inputs)
        if self._quantization is not None:
            return self.quantized_call(inputs, training=training)
        layout = self._layout(inputs.shape)
        if not layout.is_product:
            return self._with_epilogue(self._product(inputs, self.kernel), self.bias)
        x, (rows, columns), restore = self._as_matrix_product(inputs)
        kernel = Reshape((rows, columns))(self.kernel)
        bias = None if self.bias is None else Reshape((columns,))(self.bias)
        y = restore(product_with_epilogue(Matmul(), x, kernel, bias, None))
        return y if self.activation is None else self.activation(y)

    def _product(self, inputs, kernel):
        return einsum(self.equation, inputs, kernel)

    def _as_matrix_product(self, inputs):
        """(x, (rows, columns), function from the product to the output): the equation as one matrix product.

        None unless the summed axes are x's last and the kernel's first.
        """
        layout = self._layout(inputs.shape)
        if not layout.is_product:
            return None
        x = Reshape((inputs.shape[0], *layout.kept_shape, layout.matrix_shape[0]))(inputs)
        restore = Reshape((inputs.shape[0], *layout.kept_shape, *layout.new_shape))
        return x, layout.matrix_shape, restore

    def _kernel_axes(self):
        return self._built_layout.kernel_axes

    def compute_output_shape(self, input_shape):
        return self._layout(input_shape).output_shape

    def get_config(self):
        config = self._own_config()
        others = ("output_shape", "gptq_unpacked_column_size", *config)
        config = {**config, "output_shape": self.partial_output_shape, **constructor_config(self, others, EinsumDense)}
        config.setdefault("activity_regularizer", None)
        return self._without_low_rank(config)
