"""`tf.io.parse_example` and `parse_single_example`. (How examples are parsed: `minikeras/data/example_parsing.py`.)"""

from minikeras.data import example_parsing
from minikeras.data.example_parsing import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
)

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "RaggedFeature",
    "SparseFeature",
    "VarLenFeature",
    "parse_example",
    "parse_single_example",
]


def parse_single_example(serialized, features, example_names=None, name=None):
    """The tensors of one serialized `Example`, by name."""
    return example_parsing.parse_single_example(serialized, features, example_names)


def parse_example(serialized, features, example_names=None, name=None):
    """The tensors of serialized `Example`s, stacked, by name."""
    return example_parsing.parse_example(serialized, features, example_names)
