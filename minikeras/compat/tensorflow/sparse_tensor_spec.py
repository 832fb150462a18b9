"""`SparseTensorSpec`: the shape and dtype of future sparse tensors."""

from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.compat.tensorflow.tensor_spec import TypeSpec
from minikeras.sparse import SparseTensor


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
        """Whether a SparseTensor (or spec) fits."""
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
