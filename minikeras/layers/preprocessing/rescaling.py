"""`Rescaling`: scales inputs to another range."""

import reprlib

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.dtypes import is_float
from minikeras.base.limits import reads_config
from minikeras.config import image_data_format
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.serialization import deserialize_keras_object


class Rescaling(DataLayer):
    """y = x · scale + offset, in the layer's dtype: `Rescaling(1 / 255)` maps pixels to 0 … 1.

    Args:
        scale: a number, or one per channel, along the channel axis of the configured `image_data_format`.
        offset: a number, or an array that is broadcast.
    """

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("scale", scale), ("offset", offset)):
            if not isinstance(value, (int, float, list, tuple)) and not hasattr(value, "shape"):
                raise ValueError(f"`{name}` must be a number, or one per channel. Received: {reprlib.repr(value)}")
        self.scale = scale
        self.offset = offset
        self.supports_masking = True

    def call(self, inputs):
        scale = self._as_factor(self.scale)
        if np.ndim(scale) and image_data_format() == "channels_first":  # the scale only, as in Keras
            scale = np.reshape(scale, (*np.shape(scale), *[1] * (3 - np.ndim(scale))))
        return Cast(self.compute_dtype)(inputs) * scale + self._as_factor(self.offset)

    def _as_factor(self, value):
        if not is_float(self.compute_dtype):
            return np.asarray(value).astype(self.compute_dtype)  # an integer: 1 / 255 becomes 0, as in Keras
        return np.asarray(value, "float64") if isinstance(value, (list, tuple)) else value  # operators cast it

    def compute_output_shape(self, input_shape):
        return input_shape

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        """Make the layer from the result of `get_config`, where an array is a dict."""
        numbers = {
            name: deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("scale", "offset")
            if name in config
        }
        return super().from_config({**config, **numbers})
