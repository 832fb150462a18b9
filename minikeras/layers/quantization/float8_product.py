"""Products in 8-bit floats: inputs and kernel are float8_e4m3fn, gradients of the outputs float8_e5m2.

Each of the three has a scale, computed from the largest absolute values of the last steps. Scales and histories are
trainable Variables whose "gradient" is their next value, with which the optimizer overwrites them.

Source: Micikevicius et al., "FP8 formats for deep learning", 2022.
"""

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor
from minikeras.base.extension_dtypes import dtype_limits
from minikeras.layers.quantization.weight import QuantizedWeight
from minikeras.quantizers import compute_float8_amax_history, compute_float8_scale, quantize_and_dequantize

_PARTS = {"inputs": "float8_e4m3fn", "kernel": "float8_e4m3fn", "outputs_grad": "float8_e5m2"}


def _next_values(x, scale, history, dtype):
    """The scale for the next step, and the history with this step's largest value."""
    x, scale, history, largest = map(Tensor, (*map(np.asarray, (x, scale, history)), np.max(history)))
    return [
        np.asarray(part)
        for part in (
            compute_float8_scale(largest, scale, float(dtype_limits(dtype).max)),
            compute_float8_amax_history(x, history),
        )
    ]


class ThroughFloat8(Op):
    """y = x rounded to float8;   dx = dy, and the "gradients" of scale and history are their next values."""

    keeps = ("inputs",)

    def __init__(self, training):
        self.training = training

    def forward(self, x, scale, history):
        return np.asarray(_rounded(x, scale, "float8_e4m3fn"))

    def backward(self, call, dy):
        if not self.training:
            return dy, None, None
        return dy, *_next_values(*call.inputs, "float8_e4m3fn")

    def output_shape(self, x, scale, history):
        return x

    def output_dtype(self, x, scale, history):
        return x.dtype


class GradientThroughFloat8(Op):
    """y = x;   dx = dy rounded to float8, and the same "gradients"."""

    keeps = ("inputs",)

    def __init__(self, training):
        self.training = training

    def forward(self, x, scale, history):
        return x

    def backward(self, call, dy):
        _, scale, history = call.inputs
        dx = np.asarray(_rounded(dy, scale, "float8_e5m2"))
        return (dx, None, None) if not self.training else (dx, *_next_values(dy, scale, history, "float8_e5m2"))

    def output_shape(self, x, scale, history):
        return x

    def output_dtype(self, x, scale, history):
        return x.dtype


def _rounded(x, scale, dtype):
    x, scale = Tensor(np.asarray(x)), Tensor(np.asarray(scale))
    return quantize_and_dequantize(x, scale, dtype, x.dtype)


class Float8Product(QuantizedWeight):
    """The kernel of a Dense or EinsumDense layer in mode "float8": it stays a float, and products are rounded."""

    mode = "float8"
    names = ("kernel", "bias", *(f"{part}_{kind}" for part in _PARTS for kind in ("scale", "amax_history")))
    keeps_weight = True

    def build(self):
        length = getattr(self.policy, "amax_history_length", 1024)
        for part in _PARTS:
            self._add_state(f"{part}_scale", (), "ones")
            self._add_state(f"{part}_amax_history", (length,), "zeros")

    def _add_state(self, name, shape, initializer):
        layer = self.layer
        variable = layer.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            dtype="float32",
            trainable=True,
            autocast=False,
            overwrite_with_gradient=True,
        )
        setattr(layer, name, variable)

    def bias(self, bias):
        """The bias; as in Keras, it is rounded to bfloat16 if it is float32."""
        if bias is None or self.layer.compute_dtype != "float32":
            return bias
        return Cast("float32")(Cast("bfloat16")(bias))

    def product(self, x, training=False):
        layer = self.layer
        if layer.lora_enabled:
            raise NotImplementedError(
                f"Layer '{layer.name}' computes in float8, which does not allow low-rank adaptation. Enable it in "
                "a layer that is not quantized, or quantized as int8 or int4."
            )
        training = bool(training)
        through = ThroughFloat8(training)
        x = through(x, layer.inputs_scale, layer.inputs_amax_history)
        kernel = through(layer._kernel, layer.kernel_scale, layer.kernel_amax_history)
        y = layer._product(self._in_compute_dtype(x), self._in_compute_dtype(kernel))
        y = GradientThroughFloat8(training)(y, layer.outputs_grad_scale, layer.outputs_grad_amax_history)
        return self._in_compute_dtype(y)

    def _in_compute_dtype(self, x):
        """Cast back to the compute dtype, since bfloat16 and a float32 scale give float32."""
        dtype = self.layer.compute_dtype
        return x if x.dtype == dtype else Cast(dtype)(x)
