"""Joins several strings into one: join, reduce_join, ngrams."""

import math

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.kernels.strings.ngrams import ngrams_reference
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.strings.elementwise import encoded, object_array


def join(inputs, separator=""):
    """The strings at the same position of several tensors, concatenated. A scalar is repeated for all positions."""
    ragged = next((x for x in inputs if isinstance(x, RaggedTensor)), None)
    if ragged is not None:
        return ragged.with_flat_values(
            join([x.flat_values if isinstance(x, RaggedTensor) else x for x in inputs], separator)
        )
    arrays = [byte_strings(x) for x in inputs]
    shapes = {array.shape for array in arrays if array.ndim}
    if len(shapes) > 1:
        raise InvalidArgumentError(None, None, f"Input shapes do not match: {sorted(shapes)}")
    glue = encoded(separator) if isinstance(separator, str) else separator
    shape = shapes.pop() if shapes else ()
    columns = [np.broadcast_to(array, shape).ravel().tolist() for array in arrays]
    return Tensor(object_array(map(glue.join, zip(*columns, strict=True)), shape))


def reduce_join(inputs, axis=None, keepdims=False, separator=""):
    """The strings along `axis` joined into one; axis may be several, in the order given, or None for all."""
    if isinstance(inputs, RaggedTensor):
        return _reduce_join_ragged(inputs, axis, keepdims, separator)
    array = byte_strings(inputs)
    axes = list(range(array.ndim)) if axis is None else [int(a) for a in np.atleast_1d(axis)][::-1]
    for a in axes:
        if not -array.ndim <= a < array.ndim:
            raise InvalidArgumentError(None, None, f"Invalid reduction dimension {a} for input with {array.ndim} axes")
    axes = [a % array.ndim for a in axes]  # the first one given varies fastest
    glue = encoded(separator) if isinstance(separator, str) else separator
    kept = [a for a in range(array.ndim) if a not in axes]
    rows = array.transpose(kept + axes).reshape(int(np.prod([array.shape[a] for a in kept])), -1)
    joined = np.empty(len(rows), object)
    joined[:] = [glue.join(row.tolist()) for row in rows]
    shape = [1 if a in axes else n for a, n in enumerate(array.shape) if keepdims or a not in axes]
    return Tensor(joined.reshape(shape))


def _reduce_join_ragged(inputs, axis, keepdims, separator):
    if axis is None:
        return reduce_join(inputs.flat_values, None, False, separator)
    depth = axis % len(inputs.shape)
    if depth == 0 or keepdims:
        raise ValueError(f"Ragged strings are joined along an axis of rows. Received: axis={axis}, keepdims={keepdims}")
    if depth > 1:
        return inputs.with_values(reduce_join(inputs.values, depth - 1, False, separator))
    if isinstance(inputs.values, RaggedTensor):
        raise ValueError("Ragged strings are joined along their innermost axis first.")
    return string_tensor([reduce_join(row, 0, False, separator).array[()] for row in inputs])


def unsorted_segment_join(inputs, segment_ids, num_segments, separator=""):
    """Join the strings with the same number, in their order; "" for a number without strings.

    Args:
        inputs: strings of any shape.
        segment_ids: a number for each, or for each part along the first axes: strings at the same position of such
            parts are joined.

    Raises:
        InvalidArgumentError: the shape of `inputs` does not begin with that of `segment_ids`, or a number is outside
            of 0 … `num_segments` − 1.
    """
    strings, numbers, count = byte_strings(inputs), data_tensor(segment_ids).array, int(num_segments)
    if strings.shape[: numbers.ndim] != numbers.shape:
        raise InvalidArgumentError(
            None,
            None,
            f"`segment_ids` needs a number for each of the first axes of `inputs`. Received: shapes {numbers.shape} "
            f"and {strings.shape}",
        )
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
        raise InvalidArgumentError(
            None, None, f"`segment_ids` must be from 0 to num_segments − 1 = {count - 1}. Received: {numbers.tolist()}"
        )
    rest = strings.shape[numbers.ndim :]
    rows, glue = strings.reshape(numbers.size, -1), encoded(separator)
    joined = [[glue.join(column) for column in rows[numbers.ravel() == i].T.tolist()] for i in range(count)]
    columns = math.prod(rest)
    filled = [row if len(row) == columns else [b""] * columns for row in joined]
    return string_tensor(np.array(filled, object).reshape(count, *rest))


def ngrams(
    data,
    ngram_width,
    separator=" ",
    pad_values=None,
    padding_width=None,
    preserve_short_sequences=False,
):
    """Every run of `ngram_width` strings of each row, joined: "a b", "b c" of ["a", "b", "c"].

    Args:
        ngram_width: an integer, or several.
        pad_values: one string, or a pair, before and after each row.
        padding_width: how many times at most; if None, one less than the width of the n-grams.
        preserve_short_sequences: whether a row too short for any n-gram gives one of all its strings.
    """
    widths = list(ngram_width) if isinstance(ngram_width, (list, tuple)) else [int(ngram_width)]
    left, right = pad_values if isinstance(pad_values, (list, tuple)) else (pad_values, pad_values)

    def of_row(row):
        found = []
        for width in widths:
            pads = 0 if pad_values is None else width - 1 if padding_width is None else min(padding_width, width - 1)
            padded = [encoded(left)] * pads + row + [encoded(right)] * pads if pads else row
            found += ngrams_reference(padded, [width], encoded(separator))
        return [encoded(separator).join(row)] if not found and row and preserve_short_sequences else found

    if isinstance(data, RaggedTensor):
        if isinstance(data.values, RaggedTensor):
            return data.with_values(ngrams(data.values, ngram_width, separator, pad_values, padding_width,
                                           preserve_short_sequences))  # fmt: skip
        return _rows_of([of_row(row.array.tolist()) for row in data])
    array = byte_strings(data)
    if array.ndim == 1:
        return string_tensor(np.array(of_row(array.tolist()), object))
    if array.ndim == 2:
        return _rows_of([of_row(row) for row in array.tolist()])
    return RaggedTensor.of_rows([ngrams(Tensor(row), ngram_width, separator, pad_values, padding_width,
                                        preserve_short_sequences) for row in array])  # fmt: skip


def concatenated(x, y):
    """Concatenate the strings of x and y, element by element; the shapes broadcast."""
    return Tensor(np.asarray(x.array + y.array, object))


def _rows_of(rows):
    """Lists of `bytes` as a ragged tensor; there may be none."""
    flat = np.array([item for row in rows for item in row], object)
    return RaggedTensor.from_row_lengths(string_tensor(flat), np.array([len(row) for row in rows], np.int64))
