"""Resolves identifiers of policies: `get`, `serialize`, `deserialize`."""

import reprlib

from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.config import dtype_policy, register_policy_maker
from minikeras.dtype_policies.dtype_policy import DTypePolicy
from minikeras.dtype_policies.grouped_dtype_policies import AWQDTypePolicy, GPTQDTypePolicy, Int4DTypePolicy
from minikeras.dtype_policies.quantized_dtype_policy import MODES, QuantizedDTypePolicy, QuantizedFloat8DTypePolicy
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


def get(identifier):
    """A DTypePolicy from a name, a dtype, a config, or None (the global one).

    Raises:
        ValueError: `identifier` is none of these.
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        policy = deserialize(identifier)
        if not isinstance(policy, DTypePolicy):
            raise ValueError(f"This is not a config of a dtype policy: {reprlib.repr(identifier)}")
        return policy
    if isinstance(identifier, str):
        return _quantized(identifier) if identifier.startswith(MODES) else DTypePolicy(identifier)
    try:
        return DTypePolicy(standardize_dtype(identifier))
    except (ValueError, RecursionError):
        raise ValueError(
            "Cannot interpret `dtype` argument. Expected a string or a DTypePolicy. "
            f"Received: {reprlib.repr(identifier)}"
        ) from None


def _quantized(name):
    """The policy of a name such as "int8_from_float32"."""
    mode, separator, source = name.partition("_from_")
    if not separator or "_from_" in source:
        raise ValueError(
            "Cannot convert `policy` into a valid pair: a quantized layer's is '<mode>_from_<source>', such as "
            f"'int8_from_float32'. Received: {name!r}"
        )
    if mode.startswith("int4/"):
        return Int4DTypePolicy(mode, source)
    if mode.startswith("gptq"):
        return GPTQDTypePolicy(mode, source)
    if mode.startswith("awq"):
        return AWQDTypePolicy(mode, source)
    return (QuantizedFloat8DTypePolicy if mode == "float8" else QuantizedDTypePolicy)(mode, source)


def serialize(dtype_policy):
    """The config of a policy."""
    return serialize_keras_object(dtype_policy)


def deserialize(config, custom_objects=None):
    """The policy that a config describes."""
    return deserialize_keras_object(config, custom_objects, module_objects={"DTypePolicy": DTypePolicy})


register_policy_maker(get)
