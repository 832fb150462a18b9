"""From a name or a config to an activation function, and back."""

import inspect
import reprlib

from minikeras.activations.functions import exponential, gelu, linear, mish, relu
from minikeras.ops.activation import (
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    relu6,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from minikeras.ops.smooth_activation import (
    celu,
    elu,
    glu,
    log_sigmoid,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    squareplus,
    tanh_shrink,
)
from minikeras.ops.softmax import log_softmax, softmax, sparsemax
from minikeras.ops.trigonometric import tanh
from minikeras.serialization import (
    deserialize_keras_object,
    get_registered_name,
    get_registered_object,
    serialize_keras_object,
    unknown_name,
)

_FUNCTIONS = (
    *(relu, leaky_relu, relu6, softmax, celu, elu, selu, softplus, softsign, squareplus, soft_shrink, sparse_plus),
    *(silu, gelu, glu, tanh, tanh_shrink, threshold, sigmoid, sparse_sigmoid, exponential, hard_sigmoid, hard_silu),
    *(hard_tanh, hard_shrink, linear, mish, log_softmax, log_sigmoid, sparsemax),
)
_BY_NAME = {
    **{function.__name__: function for function in _FUNCTIONS},
    "swish": silu,
    "hard_swish": hard_silu,
}


def serialize(activation):
    """The name of a built-in function; a dict for other functions and for objects with `get_config`."""
    name = getattr(activation, "__name__", None)
    if inspect.isfunction(activation) and name in _BY_NAME and activation.__module__.startswith("minikeras."):
        return name
    config = serialize_keras_object(activation)
    if config.get("class_name") == "function":
        config["config"] = get_registered_name(activation)
    return config


def deserialize(config, custom_objects=None):
    """The activation function that a name or config describes.

    Raises:
        ValueError: no function has that name.
    """
    return deserialize_keras_object(
        config, module_objects=_BY_NAME, custom_objects=custom_objects, printable_module_name="activation function"
    )


def get(identifier):
    """An activation function from its name ("relu"), its config, or itself; `linear` from None.

    Raises:
        ValueError: no function has that name, or it is something that cannot be called.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        found = get_registered_object(identifier, module_objects=_BY_NAME)
        if found is None:
            raise unknown_name("activation function", identifier, _BY_NAME)
        return found
    if isinstance(identifier, dict):
        identifier = deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(
        f"Could not interpret activation function identifier: {reprlib.repr(identifier)}. Use a name such as 'relu', "
        "or a function from a tensor to a tensor."
    )
