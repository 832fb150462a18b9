"""Parses serialized `Example`s (`formats/protobuf/example.py`) to tensors, one for each wanted feature."""

import math
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings, holds_strings
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.packed_tensor import PackedTensor, packed_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.formats.protobuf.example import Example
from minikeras.formats.protobuf.example_offsets import feature_offsets, values_at
from minikeras.kernels.example_jobs import TAGS, are_enough, features_of_all
from minikeras.kernels.strings.packed import PackedStrings
from minikeras.ops.conversion import data_array
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse.sparse_tensor import SparseTensor, of_rows, reorder

_LISTS = {"string": "bytes_list", "float32": "float_list", "int64": "int64_list"}


class FixedLenFeature(NamedTuple):
    """A feature of one shape; `default_value` is for examples that lack it."""

    shape: Any
    dtype: Any
    default_value: Any = None


class FixedLenSequenceFeature(NamedTuple):
    """A feature of any number of rows of one shape, padded with `default_value` to the longest of a batch."""

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class RaggedFeature(NamedTuple):
    """A feature of any length, parsed to a ragged tensor (of one example: to a tensor)."""

    dtype: Any
    value_key: Any = None
    partitions: Any = ()
    row_splits_dtype: Any = "int32"
    validate: bool = False


class VarLenFeature(NamedTuple):
    """A feature of any length, parsed to a SparseTensor: of one example along one axis, of several along two."""

    dtype: Any


class SparseFeature(NamedTuple):
    """A SparseTensor whose positions (one feature for each axis) and values are separate features."""

    index_key: Any
    value_key: Any
    dtype: Any
    size: Any
    already_sorted: bool = False


_KINDS = (VarLenFeature, (FixedLenFeature, FixedLenSequenceFeature), RaggedFeature, SparseFeature)


def in_order(features):
    """(name, feature)s in the order of the results, TensorFlow's: by kind, then by name."""
    return sorted((features or {}).items(), key=lambda item: (_place_of_kind(type(item[1])), item[0]))


@cache
def _place_of_kind(kind):
    return next((i for i, kinds in enumerate(_KINDS) if issubclass(kind, kinds)), len(_KINDS))


def parse_single_example(serialized, features, example_names=None):
    """The tensors of one serialized `Example`, by name.

    Args:
        features: {name: FixedLenFeature, FixedLenSequenceFeature, VarLenFeature, SparseFeature or RaggedFeature}.
        example_names: a name for messages, or None.

    Raises:
        InvalidArgumentError: the string holds no Example, or one without a feature that has no default.
    """
    example = _example(byte_strings(serialized)[()], example_names)
    return {key: single_feature(key, feature, example) for key, feature in in_order(features)}


def parse_example(serialized, features, example_names=None):
    """The tensors of serialized `Example`s, stacked, by name. See `parse_single_example`."""
    records, shape, owner = packed_strings(serialized)
    if shape == ():
        return parse_single_example(serialized, features, example_names)
    found = _read_by_kernels(records, owner, features)
    if len(found) < len(features):
        examples = [_example(string, example_names) for string in byte_strings(serialized).ravel().tolist()]
        others = {key: feature for key, feature in features.items() if key not in found}
        found |= {key: batch_of_feature(key, feature, examples) for key, feature in others.items()}
    return {key: found[key] for key, _ in in_order(features)}


def _read_by_kernels(records, owner, features):
    """{key: Tensor} of the fixed-shape features that all records have in the usual form. 64 records: 0.4 ms → 0.1."""
    try:
        fixed, wanted = _of_one_shape(tuple(features.items()))
    except TypeError:  # a shape that is a list, or a default that is an array
        fixed, wanted = _of_one_shape.__wrapped__(tuple(features.items()))
    if not fixed or not are_enough(records):
        return {}
    found = {}
    for (key, dtype, shape), values in zip(fixed, features_of_all(records, wanted), strict=True):
        if values is not None:
            shape = (len(records), *shape)
            found[key] = _parts(records, values, shape, owner) if dtype == "string" else Tensor(values.reshape(shape))
    return found


@lru_cache(maxsize=64)
def _of_one_shape(features):
    """([(key, dtype, shape)] of the FixedLenFeatures, the same as `features_of_all` wants them)."""
    fixed = [(key, _dtype_of(f), _shape_of(f)) for key, f in features if isinstance(f, FixedLenFeature)]
    fixed = [(key, dtype, shape) for key, dtype, shape in fixed if dtype in TAGS]
    return fixed, tuple([(key.encode(), dtype, math.prod(shape)) for key, dtype, shape in fixed])


def _parts(records, positions, shape, owner):
    """The tensor of the strings that begin at positions[…, 0] in the bytes of the records, positions[…, 1] bytes
    each.
    """
    starts, lengths = positions.reshape(-1, 2).T.copy()
    strings = PackedTensor(PackedStrings(records.content, starts, lengths), shape, owner)
    if 2 * strings.packed.lengths.sum() < records.lengths.sum():
        strings.array  # noqa: B018  Python objects: short names are not to keep the records in memory
    return strings


def _dtype_of(feature):
    return standardize_dtype(feature.dtype)


class _Positions:
    """A serialized `Example` of the usual form, whose values are read on demand."""

    def __init__(self, serialized, positions, example_names):
        self.serialized, self.positions, self.example_names = serialized, positions, example_names

    def __contains__(self, key):
        return key.encode() in self.positions

    def values(self, key):
        """(kind of the feature, None if it has none, its values)."""
        kind, start, end = self.positions.get(key.encode(), (None, 0, 0))
        values = [] if kind is None else values_at(self.serialized, kind, start, end)
        return (kind, values) if values is not None else _from_message(self.serialized, self.example_names).values(key)


class FeaturesOfMessage:
    """The features of an `Example` of any form.

    Args:
        features: {key: `Feature`}.
    """

    def __init__(self, features):
        self.features = features

    def __contains__(self, key):
        return key in self.features

    def values(self, key):
        """(kind of the feature, None if it has none, its values)."""
        return _kind_and_values(self.features.get(key))


def _example(serialized, example_names):
    positions = feature_offsets(serialized)
    if positions is not None:
        return _Positions(serialized, positions, example_names)
    return _from_message(serialized, example_names)


def _from_message(serialized, example_names):
    try:
        return FeaturesOfMessage(Example.FromString(serialized).features.feature)
    except ValueError as error:
        which = "" if example_names is None else f" (name: {example_names})"
        raise InvalidArgumentError(
            None, None, f"Could not parse example input{which}, value: {serialized[:50]!r}. {error}"
        ) from None


def single_feature(key, feature, example):
    """The tensor of a feature of one `Example`."""
    if isinstance(feature, FixedLenFeature):
        return Tensor(_fixed(key, feature, example))
    if isinstance(feature, FixedLenSequenceFeature):
        return Tensor(_rows(key, feature, example))
    if isinstance(feature, VarLenFeature):
        values = _values(key, feature.dtype, example)
        return SparseTensor(np.arange(len(values))[:, None], Tensor(values), [len(values)])
    if isinstance(feature, SparseFeature):
        return _sparse(feature, [example], has_batch=False)
    _refuse_others(key, feature)
    return Tensor(_values(feature.value_key or key, feature.dtype, example))


def batch_of_feature(key, feature, examples):
    """The tensor of a feature of several `Example`s."""
    if isinstance(feature, FixedLenFeature):
        together = _fixed_of_all(key, feature, examples)
        if together is not None:
            return Tensor(together)
        return Tensor(np.stack([_fixed(key, feature, example) for example in examples]))
    if isinstance(feature, FixedLenSequenceFeature):
        return Tensor(padded_batch([_rows(key, feature, example) for example in examples], feature))
    if isinstance(feature, VarLenFeature):
        return of_rows([_values(key, feature.dtype, example) for example in examples])
    if isinstance(feature, SparseFeature):
        return _sparse(feature, examples, has_batch=True)
    _refuse_others(key, feature)
    return RaggedTensor.of_rows([Tensor(_values(feature.value_key or key, feature.dtype, e)) for e in examples])


def _sparse(feature, examples, has_batch):
    """The SparseTensor whose positions and values are features of the examples, positions in row-major order."""
    keys = [feature.index_key] if isinstance(feature.index_key, str) else list(feature.index_key)
    sizes = [feature.size] if isinstance(feature.size, int) else list(feature.size)
    positions, values = [], []
    for i, example in enumerate(examples):
        columns = [_values(key, "int64", example) for key in keys]
        of_example = _values(feature.value_key, feature.dtype, example)
        if any(len(column) != len(of_example) for column in columns):
            raise InvalidArgumentError(
                None,
                None,
                f"{keys} and {feature.value_key!r} must have equally many values. Received: {len(of_example)}",
            )
        positions.append(np.stack([*([np.full(len(of_example), i)] * has_batch), *columns], axis=1))
        values.append(of_example)
    sparse = SparseTensor(
        np.concatenate(positions), Tensor(np.concatenate(values)), [*([len(examples)] * has_batch), *sizes]
    )
    return sparse if feature.already_sorted else reorder(sparse)


def _refuse_others(key, feature):
    if not isinstance(feature, RaggedFeature):
        raise NotImplementedError(
            f"The feature {key!r} is a {type(feature).__name__}, which cannot be parsed here. Use FixedLenFeature, "
            "FixedLenSequenceFeature, VarLenFeature, SparseFeature or RaggedFeature."
        )
    if feature.partitions:
        raise NotImplementedError(f"The feature {key!r} has `partitions`; parse the parts and put them together.")


def _values(key, dtype, example):
    return _array(key, dtype, *example.values(key))


def feature_values(key, dtype, feature):
    """The list of a `Feature` as an array, empty if it is None.

    Raises:
        InvalidArgumentError: it is of another kind.
    """
    return _array(key, dtype, *_kind_and_values(feature))


def _kind_and_values(feature):
    kind = None if feature is None else feature.WhichOneof("kind")
    return kind, [] if kind is None else getattr(feature, kind).value


def _array(key, dtype, kind, values):
    dtype = standardize_dtype(dtype)
    if dtype not in _LISTS:
        raise TypeError(f"Features are of string, float32 or int64. Received: {dtype} for {key!r}")
    if kind not in (None, _LISTS[dtype]):
        raise InvalidArgumentError(
            None, None, f"Key: {key}. Data types don't match. Expected type: {dtype}, but it has a {kind}"
        )
    if dtype != "string":
        return np.array(values, dtype)
    strings = np.empty(len(values), object)
    strings[:] = values
    return strings


def _fixed_of_all(key, feature, examples):
    """`_fixed` of all examples, stacked; None if one of them lacks the feature or has another."""
    dtype, shape = standardize_dtype(feature.dtype), _shape_of(feature)
    found = [example.values(key) for example in examples]
    if not found or any(kind != _LISTS.get(dtype) or len(values) != math.prod(shape) for kind, values in found):
        return None
    if dtype != "string":
        return np.array([values for _, values in found], dtype).reshape(len(found), *shape)
    strings = np.empty(len(found) * math.prod(shape), object)
    strings[:] = [string for _, values in found for string in values]
    return strings.reshape(len(found), *shape)


def _shape_of(feature):
    return [feature.shape] if isinstance(feature.shape, int) else [int(n) for n in feature.shape]


def _fixed(key, feature, example):
    shape = _shape_of(feature)
    values = _values(key, feature.dtype, example)
    if key not in example or (not values.size and int(np.prod(shape))):
        if feature.default_value is None:
            raise InvalidArgumentError(
                None,
                None,
                f"Feature: {key} (data type: {standardize_dtype(feature.dtype)}) is required but could not be found.",
            )
        default = (
            byte_strings(feature.default_value)
            if holds_strings(feature.default_value)
            else data_array(feature.default_value, feature.dtype)
        )
        return np.broadcast_to(default, shape).copy()
    if values.size != int(np.prod(shape)):
        raise InvalidArgumentError(
            None, None, f"Key: {key}. Can't parse serialized Example: {values.size} values do not fill {shape}."
        )  # fmt: skip
    return values.reshape(shape)


def _rows(key, feature, example):
    if not feature.allow_missing and key not in example:
        raise InvalidArgumentError(None, None, f"Feature: {key} is required but could not be found.")
    return _values(key, feature.dtype, example).reshape(-1, *feature.shape)


def padded_batch(arrays, feature):
    """Arrays of different lengths as one, filled up with the default of a FixedLenSequenceFeature."""
    longest = max(len(array) for array in arrays)
    default = feature.default_value
    if default is None:
        default = b"" if standardize_dtype(feature.dtype) == "string" else 0
    elif isinstance(default, str):
        default = default.encode()
    batch = np.full((len(arrays), longest, *arrays[0].shape[1:]), default, arrays[0].dtype)
    for row, array in zip(batch, arrays, strict=True):
        row[: len(array)] = array
    return batch
