"""`Lambda`: any function as a layer."""

import inspect

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import no_history
from minikeras.base.limits import reads_config
from minikeras.layers.layer import Layer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object, serialize_lambda


class Lambda(Layer):
    """y = function(x). A computation with weights needs a Layer subclass instead.

    Args:
        function: takes the input first (and `mask` or `training`, if it has such parameters).
        output_shape: shape without the batch axis, or a function from input shape to output shape; found by running
            the function symbolically if None.
        mask: the output's mask, or a function (inputs, mask) that returns it.
        arguments: dict of further keyword arguments of the function.
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda takes a function. Received: {function!r}")
        self.function = function
        self.arguments = dict(arguments or {})
        self._output_shape = output_shape
        self.mask = mask
        self.supports_masking = mask is not None
        self._parameters = _parameters_of(function)

    def call(self, inputs, mask=None, training=None):
        arguments = dict(self.arguments)
        if "mask" in self._parameters:
            arguments["mask"] = mask
        if "training" in self._parameters:
            arguments["training"] = training
        return self.function(inputs, **arguments)

    def compute_output_spec(self, *args, **kwargs):
        if self._output_shape is None:
            with no_history():
                return self.call(*args, **kwargs)
        inputs = args[0]
        first = inputs[0] if isinstance(inputs, (list, tuple)) else inputs
        if callable(self._output_shape):
            shapes = [x.shape for x in inputs] if isinstance(inputs, (list, tuple)) else inputs.shape
            return KerasTensor(tuple(self._output_shape(shapes)), dtype=self.compute_dtype)
        return KerasTensor((first.shape[0], *self._output_shape), dtype=self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self):
        config = {**self._own_config(), "function": _function_config(self.function)}
        if self._output_shape is not None:
            config["output_shape"] = _function_config(self._output_shape)
        if self.mask is not None:
            config["mask"] = _function_config(self.mask)
        return {**config, "arguments": serialize_keras_object(self.arguments)}

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """A layer from the result of `get_config`; `safe_mode` as in `keras.saving.deserialize_keras_object`."""
        config = dict(config)
        for key in ("function", "output_shape", "mask"):
            if isinstance(config.get(key), dict):
                config[key] = deserialize_keras_object(config[key], custom_objects, safe_mode)
        return cls(**config)


def _parameters_of(function):
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some builtins have no signature
        return set()


def _function_config(function):
    """A function's config; a lambda's bytecode is nested one level higher than elsewhere, as in Keras's files."""
    if getattr(function, "__name__", None) == "<lambda>":
        return {"class_name": "__lambda__", "config": serialize_lambda(function)}
    return serialize_keras_object(function)
