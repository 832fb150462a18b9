"""Strings, and categorical features made from them."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.formats.saved_model.graph_ops.registry import graph_op, graph_ops
from minikeras.tensors import strings
from minikeras.tensors.lookup.crossing import cross, cross_hashed
from minikeras.tensors.ragged import RaggedTensor


@graph_op("StringLower", "input")
def lower(x, *, encoding=""):
    """Strings in lower case."""
    return strings.lower(x, encoding)


@graph_op("StringUpper", "input")
def upper(x, *, encoding=""):
    """Strings in upper case."""
    return strings.upper(x, encoding)


@graph_op("StringLength", "input")
def length(x, *, unit="BYTE"):
    """The number of bytes or characters."""
    return strings.length(x, unit)


@graph_op("Substr", "input pos len")
def substr(x, pos, len, *, unit="BYTE"):
    """Parts of strings."""
    return strings.substr(x, pos, len, unit)


graph_ops("input", StringStrip=strings.strip)


@graph_op("StaticRegexReplace", "input")
def regex_replace(x, *, pattern, rewrite, replace_global=True):
    """Matches of a pattern replaced."""
    return strings.regex_replace(x, pattern, rewrite, replace_global)


@graph_op("RegexReplace", "input pattern! rewrite!")
def regex_replace_given(x, pattern, rewrite, *, replace_global=True):
    """Matches of a pattern replaced."""
    return strings.regex_replace(x, pattern.item(), rewrite.item(), replace_global)


@graph_op("StaticRegexFullMatch", "input")
def full_match(x, *, pattern):
    """Whether a pattern matches the whole string."""
    return strings.regex_full_match(x, pattern)


graph_ops("input pattern!", RegexFullMatch=lambda x, pattern: strings.regex_full_match(x, pattern.item()))


@graph_op("StringJoin", "inputs:N")
def join(inputs, *, separator=""):
    """Strings joined, element by element."""
    return strings.join(inputs, separator)


@graph_op("ReduceJoin", "inputs reduction_indices!")
def reduce_join(x, axes, *, keep_dims=False, separator=""):
    """Strings joined along axes."""
    return strings.reduce_join(x, axes.ravel().tolist(), keep_dims, separator)


@graph_op("AsString", "input")
def as_string(x, *, precision=-1, scientific=False, shortest=False, width=-1, fill=""):
    """Numbers as texts."""
    return strings.as_string(x, precision, scientific, shortest, width, fill)


@graph_op("StringToNumber", "string_tensor")
def to_number(x, *, out_type="float32"):
    """Texts as numbers."""
    return strings.to_number(x, out_type)


@graph_op("StringToHashBucketFast", "input")
def hash_bucket(x, *, num_buckets):
    """A bucket for each string, by its hash."""
    return strings.to_hash_bucket_fast(x, num_buckets)


@graph_op("StringToHashBucketStrong", "input")
def hash_bucket_with_key(x, *, num_buckets, key):
    """A bucket for each string, by its hash under a key."""
    return strings.to_hash_bucket_strong(x, num_buckets, key)


@graph_op("StringSplitV2", "input sep!", gives="indices values shape")
def split(x, sep, *, maxsplit=-1):
    """The parts of each string between separators: where each is, (row, place), the parts, and the shape of all."""
    rows = strings.split(x, sep.item() or None, maxsplit)
    return _sparse_parts(rows)


@graph_op("StringNGrams", "data data_splits", gives="ngrams ngrams_splits")
def ngrams(data, splits, *, separator, ngram_widths, left_pad, right_pad, pad_width, preserve_short_sequences):
    """Every run of strings of each row, joined."""
    rows = RaggedTensor.from_row_splits(data, splits)
    pads = (left_pad, right_pad) if left_pad or right_pad else None
    width = None if pad_width < 0 else pad_width
    found = strings.ngrams(rows, ngram_widths, separator, pads, width, preserve_short_sequences)
    return found.values, ops.cast(found.row_splits, splits.dtype)


@graph_op("RaggedTensorToTensor", "shape! values default_value row_partition_tensors:num_row_partition_tensors!")
def ragged_to_tensor(shape, values, default_value, partitions, *, row_partition_types, num_row_partition_tensors=None):
    """Rows of different lengths padded to a dense tensor."""
    kinds = row_partition_types
    rows_of = [int(partitions[0])] if kinds[0] == "FIRST_DIM_SIZE" else [None]
    pairs = list(zip(kinds, partitions, strict=True))[kinds[0] == "FIRST_DIM_SIZE" :]
    for kind, partition in pairs[:-1]:
        rows_of.append(len(partition) if kind == "VALUE_ROWIDS" else int(partition[-1]))
    for (kind, partition), count in zip(reversed(pairs), reversed(rows_of), strict=True):
        if kind == "ROW_SPLITS":
            values = RaggedTensor.from_row_splits(values, partition)
        elif kind == "VALUE_ROWIDS":
            values = RaggedTensor.from_value_rowids(values, partition, count)
        else:
            raise ValueError(f"Rows are given by ROW_SPLITS or VALUE_ROWIDS. Received: {kind}")
    lengths = [None if n < 0 else n for n in shape.ravel().tolist()] if shape.ndim else None
    return values.to_tensor(default_value, shape=lengths)


@graph_op(
    "SparseCross",
    "indices:N values:sparse_types shapes:N dense_inputs:dense_types",
    gives="output_indices output_values output_shape",
)
def sparse_cross(
    indices, values, shapes, dense_inputs, *, hashed_output, num_buckets, hash_key, out_type, internal_type
):
    """All combinations of one value of each column of a row, as texts or hashes: positions, values, shape."""
    if indices:
        raise ValueError("SparseCross is supported only for dense inputs.")
    rows = cross_hashed(dense_inputs, num_buckets, hash_key) if hashed_output else cross(dense_inputs)
    return _sparse_parts(rows)


def _sparse_parts(rows):
    """(positions, values, shape) of a RaggedTensor of two axes, as a sparse one has them."""
    splits = as_array(rows.row_splits)
    lengths = np.diff(splits)
    row = np.repeat(np.arange(len(lengths)), lengths)
    positions = np.stack([row, np.arange(len(row)) - splits[:-1][row]], 1)
    shape = np.array([len(lengths), lengths.max(initial=0)], np.int64)
    return Tensor(positions.astype(np.int64)), rows.values, Tensor(shape)
