"""`DTypePolicy`: "float32" everywhere, or "mixed_float16": compute in float16, keep variables in float32."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.limits import FromConfig
from minikeras.config import dtype_policy

_MIXED = ("mixed_float16", "mixed_bfloat16")


class DTypePolicy(FromConfig):
    """The dtypes of a layer.

    Args:
        name: a dtype, "mixed_float16" or "mixed_bfloat16". The global default if None.

    Attributes:
        compute_dtype: inputs are cast to it and variables are read in it.
        variable_dtype: variables are stored in it.
        quantization_mode: None; "int8", "int4", "float8", "gptq" or "awq" in the policies of quantized layers.

    Raises:
        TypeError: `name` is not a string.
        ValueError: there is no such dtype.
    """

    quantization_mode = None

    def __init__(self, name=None):
        self._set(dtype_policy().name if name is None else name)

    def _set(self, name):
        """Set the name and both dtypes."""
        self._compute_dtype, self._variable_dtype = dtypes_of(name)
        self._name = name

    @property
    def name(self):
        return self._name

    @property
    def compute_dtype(self):
        return self._compute_dtype

    @property
    def variable_dtype(self):
        return self._variable_dtype

    def convert_input(self, x, autocast, dtype):
        """`x` as a Tensor, of that dtype if it is of another floating one; integers stay as they are.

        Values without a dtype or array, such as strings, are returned unchanged.
        """
        if not isinstance(x, (Tensor, KerasTensor)):
            if not hasattr(x, "__array__"):
                return x
            x = Tensor(as_array(x))
        casts = autocast and is_float(dtype) and is_float(x.dtype) and x.dtype != dtype
        return Cast(dtype)(x) if casts else x

    def get_config(self):
        return {"name": self.name}

    def _equality_class(self):
        """Policies of different classes differ, but `FloatDTypePolicy` is another name of `DTypePolicy`."""
        return DTypePolicy if type(self) is FloatDTypePolicy else type(self)

    def __eq__(self, other):
        if not isinstance(other, DTypePolicy) or self._equality_class() is not other._equality_class():
            return False
        return self.name == other.name and self.get_config() == other.get_config()

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f'<{self._equality_class().__name__} "{self.name}">'


class FloatDTypePolicy(DTypePolicy):
    """Keras's alias of `DTypePolicy`."""


def dtypes_of(name):
    """(compute dtype, variable dtype) of a name such as "float32" or "mixed_float16".

    Raises:
        TypeError: `name` is not a string.
        ValueError: there is no such dtype, or none to mix float32 with.
    """
    if not isinstance(name, str):
        raise TypeError(f"The 'name' must be a string that names a dtype policy. Received: name={name!r}")
    if name in _MIXED:
        return standardize_dtype(name.removeprefix("mixed_")), "float32"
    try:
        dtype = standardize_dtype(name)
    except ValueError as error:
        raise ValueError(
            f"Cannot convert {name!r} to a mixed precision DTypePolicy. Valid policies are 'mixed_float16', "
            f"'mixed_bfloat16' and the names of dtypes, such as 'float32'. {error}"
        ) from None
    return dtype, dtype
