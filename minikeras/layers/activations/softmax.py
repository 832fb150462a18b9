"""`Softmax`: positive values that sum to one."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.layers.layer import Layer
from minikeras.ops.softmax import softmax

_NEVER = {"float16": -3e4}  # added where the mask is False: exp of it is 0


class Softmax(Layer):
    """y = exp(x) / Σ exp(x) along `axis`.

    Args:
        axis: the axis (or several) that sums to one.

    Call arguments:
        inputs: logits.
        mask: booleans of the input's shape; where False the output is 0.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True
        self.built = True

    def call(self, inputs, mask=None):
        if mask is not None:
            inputs = inputs + (1.0 - Cast(inputs.dtype)(mask)) * _NEVER.get(inputs.dtype, -1e9)
        return softmax(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape):
        return input_shape
