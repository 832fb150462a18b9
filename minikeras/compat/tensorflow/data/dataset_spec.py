"""`DatasetSpec`: the spec of a data set that is an element itself."""

from minikeras.compat.tensorflow.tensor_spec import TypeSpec
from minikeras.data.pipeline import Dataset


class DatasetSpec(TypeSpec):
    """The spec of the elements of a data set.

    Args:
        element_spec: nest of specs.
        dataset_shape: (), since there are no tensors of data sets.
    """

    def __init__(self, element_spec, dataset_shape=()):
        if len(dataset_shape):
            raise ValueError(f"`dataset_shape` must be (). Received: {dataset_shape}")
        self.element_spec = element_spec

    @classmethod
    def from_value(cls, value):
        """The spec of a data set."""
        return cls(value.element_spec)

    @property
    def value_type(self):
        """The class of data sets."""
        return Dataset

    def is_compatible_with(self, spec_or_value):
        """Whether a data set (or spec) has elements of this kind."""
        return getattr(spec_or_value, "element_spec", None) == self.element_spec

    def __eq__(self, other):
        return isinstance(other, DatasetSpec) and self.element_spec == other.element_spec

    def __hash__(self):
        return hash(repr(self))

    def __repr__(self):
        return f"DatasetSpec({self.element_spec!r}, TensorShape([]))"
