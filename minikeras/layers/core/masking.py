"""`Masking`: mask the time steps that contain only a padding value."""

from minikeras.layers.layer import Layer
from minikeras.ops.comparison import not_equal
from minikeras.ops.indexing import where
from minikeras.ops.reduction import any as any_over
from minikeras.serialization import deserialize_keras_object


class Masking(Layer):
    """y = x, and 0 at the steps whose features all equal `mask_value`; the output carries the mask of the other steps.

    Input: (batch, time, …, features). Output: the same shape, with the mask (batch, time, …), False at masked steps.
    Later layers that support masking skip these steps.

    Args:
        mask_value: the value of padding.
    """

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        if isinstance(mask_value, dict) and mask_value.get("config"):
            mask_value = deserialize_keras_object(mask_value)  # an array, in a config
        self.mask_value = mask_value
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        unmasked = any_over(not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return where(unmasked, inputs, 0)

    def compute_mask(self, inputs, mask=None):
        return any_over(not_equal(inputs, self.mask_value), axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape
