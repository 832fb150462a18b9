"""`Softmax`: positive values that sum to one."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.layers.layer import Layer
from minikeras.ops.softmax import softmax

_MASKED_LOGIT = {"float16": -3e4}  # added where the mask is False: exp of it is 0


class Softmax(Layer):
    """y = exp(x) / Σ exp(x) along `axis`.

    Args:
        axis: the axis (or several) that sums to one.

    Call arguments:
        inputs: logits.
        mask: booleans that broadcast to the input's shape; the output is 0 where they are False, even if all are.

    Raises:
        ValueError: the mask does not broadcast to the input's shape.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, mask=None):
        if mask is None:
            return softmax(inputs, axis=self.axis)
        self._check_mask(tuple(mask.shape), tuple(inputs.shape))
        kept = Cast(inputs.dtype)(mask)
        return softmax(inputs + (1.0 - kept) * _MASKED_LOGIT.get(inputs.dtype, -1e9), axis=self.axis) * kept

    def _check_mask(self, mask_shape, shape):
        lengths = zip(reversed(mask_shape), reversed(shape), strict=False)
        if len(mask_shape) > len(shape) or any(m not in (1, n) for m, n in lengths if None not in (m, n)):
            raise ValueError(
                f"The mask of softmax layer '{self.name}' must be broadcastable to its input, and must not have more "
                f"dimensions than the input. Received: a mask of shape {mask_shape}, inputs of shape {shape}"
            )

    def compute_output_shape(self, input_shape):
        return input_shape
