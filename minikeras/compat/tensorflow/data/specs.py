"""`tf.data.DatasetSpec`, and the conversion between the specs of TensorFlow and of the pipeline."""

from minikeras import tree
from minikeras.compat.tensorflow.ragged.ragged_tensor_spec import RaggedTensorSpec
from minikeras.compat.tensorflow.tensor_spec import SparseTensorSpec, TensorSpec, TypeSpec
from minikeras.data import pipeline
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


def tensorflow_spec(spec):
    """The spec of a stage with `tf.TensorSpec`, `tf.RaggedTensorSpec` and `tf.data.DatasetSpec` in it."""
    return tree.map_structure(_tensorflow_leaf, spec)


def _tensorflow_leaf(leaf):
    if isinstance(leaf, pipeline.ArraySpec):
        return TensorSpec(leaf.shape, leaf.dtype)
    if isinstance(leaf, pipeline.RaggedSpec):
        return RaggedTensorSpec(leaf.shape, leaf.dtype, leaf.ragged_rank)
    if isinstance(leaf, pipeline.SparseSpec):
        return SparseTensorSpec(leaf.shape, leaf.dtype)
    if isinstance(leaf, pipeline.DatasetSpec):
        return DatasetSpec(tensorflow_spec(leaf.element_spec))
    return leaf


def pipeline_signature(output_types, output_shapes, output_signature):
    """The signature of a generator's elements, from the arguments of `tf.data.Dataset.from_generator`.

    Raises:
        TypeError: both ways to specify it were used, or neither.
    """
    if output_signature is not None:
        if output_types is not None or output_shapes is not None:
            raise TypeError("Give either `output_signature`, or `output_types` and `output_shapes`, not both.")
        return tree.map_structure(pipeline_spec, output_signature)
    if output_types is None:
        raise TypeError("Either `output_signature` or `output_types` must be given.")
    if output_shapes is None:
        return tree.map_structure(lambda dtype: _array_spec(None, dtype), output_types)
    return tree.map_structure_up_to(output_types, lambda *pair: _array_spec(*pair[::-1]), output_types, output_shapes)


def pipeline_spec(spec):
    """The pipeline's spec for a spec of TensorFlow's. The spec of an extension type is returned unchanged."""
    if hasattr(spec, "batched"):
        return spec
    if isinstance(spec, RaggedTensorSpec):
        return pipeline.RaggedSpec(tuple(spec.shape), spec.dtype.name, spec.ragged_rank)
    if isinstance(spec, SparseTensorSpec):
        return pipeline.SparseSpec(tuple(spec.shape), spec.dtype.name)
    return _array_spec(spec.shape, spec.dtype)


def _array_spec(shape, dtype):
    spec = TensorSpec(shape, dtype)
    return pipeline.ArraySpec(None if spec.shape.rank is None else tuple(spec.shape), spec.dtype.name)
