"""`TensorSpec`: the shape, dtype and name of future tensors; `SparseTensorSpec`: the same for sparse ones."""

__replay__ = "computes"

from minikeras.autodiff import KerasTensor, Tensor, Variable
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.compat.tensorflow.tensors import convert_to_tensor
from minikeras.tensors.sparse import SparseTensor

__all__ = ["TensorSpec", "TypeSpec", "type_spec_from_value"]


class TypeSpec:
    """Base class of descriptions of future values."""

    @property
    def value_type(self):
        """The class of the values."""
        raise NotImplementedError(f"{type(self).__name__} must define `value_type`.")

    def is_compatible_with(self, spec_or_value):
        """Whether a value (or those of another spec) is compatible."""
        raise NotImplementedError(f"{type(self).__name__} must define `is_compatible_with`.")

    def __ne__(self, other):
        return not self == other


class TensorSpec(TypeSpec):
    """Shape and dtype of a future tensor.

    Args:
        shape: lengths of its axes, None where unknown; None for any number of axes.
        dtype: of its elements.
        name: of the tensor, or None.
    """

    def __init__(self, shape, dtype=dtypes.float32, name=None):
        self._shape = TensorShape(shape)
        self._dtype = as_dtype(dtype)
        self._name = name

    @classmethod
    def from_spec(cls, spec, name=None):
        """The same spec, with another name if one is given."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor, name=None):
        """The spec of an existing tensor."""
        return cls(tensor.shape, standardize_dtype(tensor.dtype), name)

    @property
    def shape(self):
        """The lengths of the axes, a `TensorShape`."""
        return self._shape

    @property
    def dtype(self):
        """The `DType` of the elements."""
        return self._dtype

    @property
    def name(self):
        """The name, or None."""
        return self._name

    @property
    def value_type(self):
        """`Tensor`."""
        return Tensor

    def is_compatible_with(self, spec_or_tensor):
        """Whether a tensor has this dtype, and a shape that this one allows."""
        dtype = getattr(spec_or_tensor, "dtype", None)
        return dtype is not None and self._dtype == dtype and self._shape.is_compatible_with(spec_or_tensor.shape)

    def is_subtype_of(self, other):
        """Whether every tensor that this spec describes is described by `other` too."""
        return isinstance(other, TensorSpec) and self._dtype == other._dtype and self._shape.is_subtype_of(other._shape)

    def most_specific_compatible_type(self, other):
        """The most specific spec that describes the tensors of both.

        Raises:
            ValueError: the dtypes differ.
        """
        if not isinstance(other, TensorSpec) or other._dtype != self._dtype:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return TensorSpec(self._shape.most_specific_compatible_shape(other._shape), self._dtype)

    def most_specific_common_supertype(self, others):
        """The most specific spec that describes the tensors of all; None if the dtypes differ."""
        spec = self
        for other in others:
            if not isinstance(other, TensorSpec) or other._dtype != self._dtype:
                return None
            spec = spec.most_specific_compatible_type(other)
        return spec

    def __eq__(self, other):
        if not isinstance(other, TensorSpec):
            return False
        return (self._shape, self._dtype, self._name) == (other._shape, other._dtype, other._name)

    def __hash__(self):
        return hash((self._shape, self._dtype.name))

    def __repr__(self):
        return f"TensorSpec(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"

    __str__ = __repr__


def type_spec_from_value(value):
    """The `TensorSpec` of a tensor, a variable, an array or a (nested list of) numbers.

    Raises:
        TypeError: the value is none of these.
    """
    if isinstance(value, (Tensor, Variable, KerasTensor)):
        return TensorSpec.from_tensor(value)
    if hasattr(value, "_type_spec"):  # a ragged or sparse tensor
        return value._type_spec
    try:
        return TensorSpec.from_tensor(convert_to_tensor(value))
    except (TypeError, ValueError):
        raise TypeError(f"Could not build a TypeSpec for {value!r} of type {type(value).__name__}") from None


class SparseTensorSpec(TypeSpec):
    """Shape of the dense tensor, None where a length is unknown, and dtype of the values."""

    def __init__(self, shape=None, dtype="float32"):
        self.shape, self.dtype = TensorShape(shape), as_dtype(dtype)

    @classmethod
    def from_value(cls, value):
        """The spec of an existing SparseTensor."""
        return cls(value.shape, value.dtype)

    @property
    def value_type(self):
        """`SparseTensor`."""
        return SparseTensor

    def is_compatible_with(self, spec_or_value):
        """Whether a SparseTensor (or spec) is compatible."""
        return (
            isinstance(spec_or_value, (SparseTensor, SparseTensorSpec))
            and self.dtype == spec_or_value.dtype
            and self.shape.is_compatible_with(spec_or_value.shape)
        )

    def __eq__(self, other):
        return isinstance(other, SparseTensorSpec) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self):
        return hash((self.shape, self.dtype.name))

    def __repr__(self):
        return f"SparseTensorSpec({self.shape!r}, {self.dtype!r})"
