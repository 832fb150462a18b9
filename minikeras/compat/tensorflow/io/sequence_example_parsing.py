"""Serialized `SequenceExample`s as tensors: a context like an `Example`, and lists of features, one for each step."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.io.example_parsing import (
    FeaturesOfMessage,
    FixedLenSequenceFeature,
    RaggedFeature,
    VarLenFeature,
    feature_values,
    in_order,
    single_feature,
)
from minikeras.formats.protobuf.example import SequenceExample
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse.sparse_tensor import SparseTensor, of_rows


def parse_single_sequence_example(serialized, context_features=None, sequence_features=None, example_name=None):
    """(tensors of the context, tensors of the sequences), each by name.

    Args:
        sequence_features: {name: FixedLenSequenceFeature: a tensor (steps, *shape), VarLenFeature: a SparseTensor
            (steps, longest), or RaggedFeature: a ragged tensor of as many rows}.

    Raises:
        InvalidArgumentError: the string holds no SequenceExample, or a feature is missing.
    """
    example = _sequence_example(byte_strings(serialized)[()], example_name)
    context = FeaturesOfMessage(example.context.feature)
    return (
        {key: single_feature(key, f, context) for key, f in in_order(context_features)},
        {key: _sequence(key, f, example) for key, f in in_order(sequence_features)},
    )


def _sequence_example(serialized, name):
    try:
        return SequenceExample.FromString(serialized)
    except ValueError as error:
        which = "" if name is None else f" (name: {name})"
        raise InvalidArgumentError(None, None, f"Could not parse a SequenceExample{which}. {error}") from None


def _steps(key, example):
    """The features of a list, one for each step; none if the example lacks the list."""
    found = example.feature_lists.feature_list.get(key)
    return [] if found is None else found.feature


def _rows(key, feature, example):
    """For each step, the values as an array."""
    is_required = isinstance(feature, FixedLenSequenceFeature) and not feature.allow_missing
    if is_required and key not in example.feature_lists.feature_list:
        raise InvalidArgumentError(
            None, None, f"The feature list {key!r} is missing. Set `allow_missing=True` if it may be empty."
        )
    return [feature_values(key, feature.dtype, step) for step in _steps(key, example)]


def _sequence(key, feature, example):
    rows = _rows(key, feature, example)
    if isinstance(feature, FixedLenSequenceFeature):
        return Tensor(_dense(key, feature, rows))
    if isinstance(feature, VarLenFeature):
        return of_rows(rows) if rows else _no_rows(feature)
    if isinstance(feature, RaggedFeature):
        return RaggedTensor.from_row_lengths(_joined(feature, rows), [len(row) for row in rows])
    raise ValueError(f"A sequence is no {type(feature).__name__}. Use FixedLenSequenceFeature for {key!r}.")


def _dense(key, feature, rows):
    shape = [feature.shape] if isinstance(feature.shape, int) else list(feature.shape)
    for row in rows:
        if row.size != int(np.prod(shape)):
            raise InvalidArgumentError(
                None, None, f"Key: {key}. A step has {row.size} values, which do not fill {shape}."
            )
    return _joined(feature, rows).reshape(len(rows), *shape)


def _joined(feature, rows):
    return np.concatenate([feature_values("", feature.dtype, None), *rows])


def _no_rows(feature):
    return SparseTensor(np.zeros((0, 2), np.int64), Tensor(feature_values("", feature.dtype, None)), [0, 0])
