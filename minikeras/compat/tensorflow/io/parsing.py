"""`tf.io.parse_example` and its kin. (How: `example_parsing.py`, `sequence_example_parsing.py`.)"""

__replay__ = "computes"

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow.io import example_parsing, sequence_example_parsing
from minikeras.compat.tensorflow.io.example_parsing import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
)
from minikeras.compat.tensorflow.named import named
from minikeras.compat.tensorflow.symbolic import symbolic

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "RaggedFeature",
    "SparseFeature",
    "VarLenFeature",
    "parse_example",
    "parse_single_example",
    "parse_single_sequence_example",
]


def _single_spec(serialized, features, example_names=None, name=None):
    """Symbolic results; only features of fixed shapes have known ones."""
    if not all(isinstance(feature, FixedLenFeature) for feature in features.values()):
        raise ValueError("A symbolic example must have features of fixed shapes only (`FixedLenFeature`).")
    return {key: KerasTensor(_shape_of(feature), feature.dtype) for key, feature in sorted(features.items())}


def _shape_of(feature):
    return (feature.shape,) if isinstance(feature.shape, int) else tuple(feature.shape)


def _all_at_once(function, rows, serialized, features, *args, **kwargs):
    return example_parsing.parse_example(serialized, features)


parse_single_example = symbolic(output_spec=_single_spec, on_rows=_all_at_once)(
    named(example_parsing.parse_single_example)
)
parse_example = named(example_parsing.parse_example)
parse_single_sequence_example = named(sequence_example_parsing.parse_single_sequence_example)
