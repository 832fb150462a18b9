"""`DTypePolicy`: "float32" everywhere, or "mixed_float16": compute in float16, keep variables in float32."""

import reprlib

from minikeras.config import dtype_policy, register_policy_maker
from minikeras.dtypes import is_float, standardize_dtype
from minikeras.limits import reads_config
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class DTypePolicy:
    """The dtypes of a layer.

    Args:
        name: a dtype, or "mixed_float16". The global default if None.

    Attributes:
        compute_dtype: inputs are cast to it and variables are read in it.
        variable_dtype: variables are stored in it.
    """

    def __init__(self, name=None):
        if name is None:
            name = dtype_policy().name
        if not isinstance(name, str):
            raise TypeError(f"A dtype policy is made of a name such as 'mixed_float16'. Received: name={name!r}")
        self._name = name
        if name.startswith("mixed_"):
            self._compute_dtype, self._variable_dtype = standardize_dtype(name.removeprefix("mixed_")), "float32"
        else:
            self._compute_dtype = self._variable_dtype = standardize_dtype(name)

    @property
    def name(self):
        return self._name

    @property
    def compute_dtype(self):
        return self._compute_dtype

    @property
    def variable_dtype(self):
        return self._variable_dtype

    quantization_mode = None

    def convert_input(self, x, autocast, dtype):
        """A Tensor or array in the compute dtype; integers stay as they are."""
        from minikeras.autodiff.arithmetic import Cast  # the layers above do this themselves, faster

        if autocast and is_float(dtype) and hasattr(x, "dtype") and is_float(x.dtype) and x.dtype != dtype:
            return Cast(dtype)(x)
        return x

    def get_config(self):
        return {"name": self.name}

    @classmethod
    @reads_config
    def from_config(cls, config):
        return cls(**config)

    def __eq__(self, other):
        return type(other) is type(self) and other.name == self.name

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f'<DTypePolicy "{self.name}">'


FloatDTypePolicy = DTypePolicy


def get(identifier):
    """A DTypePolicy from a name, a dtype, a config, or None (the global one)."""
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return DTypePolicy(identifier)
    try:
        return DTypePolicy(standardize_dtype(identifier))
    except (ValueError, RecursionError):
        raise ValueError(f"Cannot interpret `dtype` argument. Received: {reprlib.repr(identifier)}") from None


def serialize(dtype_policy):
    """The config of a policy."""
    return serialize_keras_object(dtype_policy)


def deserialize(config, custom_objects=None):
    """The policy that a config describes."""
    return deserialize_keras_object(config, custom_objects, module_objects={"DTypePolicy": DTypePolicy})


register_policy_maker(get)
