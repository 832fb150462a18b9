"""`RaggedTensorSpec`: the shape and dtype of future ragged tensors."""

from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.compat.tensorflow.tensor_spec import TypeSpec


class RaggedTensorSpec(TypeSpec):
    """Shape, dtype and number of ragged axes.

    Args:
        shape: lengths of the axes, None where unknown or ragged.
        dtype: of the values.
        ragged_rank: how many axes are ragged; the shape's rank − 1 if None.
        row_splits_dtype: int64, the dtype of the splits.
        flat_values_spec: None, since there is no other kind of values here.
    """

    def __init__(self, shape=None, dtype="float32", ragged_rank=None, row_splits_dtype="int64", flat_values_spec=None):
        if flat_values_spec is not None:
            raise ValueError("`flat_values_spec` must be None: the values are ordinary tensors.")
        self.shape, self.dtype = TensorShape(shape), as_dtype(dtype)
        if ragged_rank is None:
            if self.shape.rank is None:
                raise ValueError("Must specify ragged_rank or shape with a known rank.")
            ragged_rank = self.shape.rank - 1
        self.ragged_rank = ragged_rank
        self.row_splits_dtype = as_dtype(row_splits_dtype)

    @classmethod
    def from_value(cls, value):
        """The spec of an existing ragged tensor."""
        return cls([len(value), None, *value.values.shape[1:]], value.dtype, value.ragged_rank)

    def is_compatible_with(self, spec_or_value):
        """Whether a ragged tensor (or spec) is compatible."""
        return (
            getattr(spec_or_value, "ragged_rank", None) == self.ragged_rank
            and self.dtype == spec_or_value.dtype
            and self.shape.is_compatible_with(spec_or_value.shape)
        )

    def __eq__(self, other):
        if not isinstance(other, RaggedTensorSpec):
            return False
        return (self.shape, self.dtype, self.ragged_rank) == (other.shape, other.dtype, other.ragged_rank)

    def __hash__(self):
        return hash((self.shape, self.dtype.name, self.ragged_rank))

    def __repr__(self):
        return f"RaggedTensorSpec({self.shape!r}, {self.dtype!r}, {self.ragged_rank}, {self.row_splits_dtype!r})"
