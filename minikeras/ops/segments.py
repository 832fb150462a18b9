"""Reductions over segments: data with the same segment index are reduced to one row."""

from functools import partial

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor
from minikeras.kernels.embedding import add_rows, scatter_max_rows
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.indexing import Take
from minikeras.ops.shaping import reshape


class Segment(Op):
    """Base class of the segment reductions: data (n, …) and ids (n,) to (num_segments, …).

    Rows with a negative id are left out.
    """

    keeps = ("inputs",)

    def __init__(self, num_segments, empty=None):
        self.num_segments = num_segments
        self.empty = empty

    def forward(self, data, ids):
        y = np.full((self.num_segments, *data.shape[1:]), self.start(data.dtype), data.dtype)
        counts = ids >= 0
        self.combine(y, *((ids, data) if counts.all() else (ids[counts], data[counts])))
        if self.empty is not None:
            y[~np.isin(np.arange(self.num_segments), ids)] = self.empty
        return y

    def output_shape(self, shape, ids_shape):
        self.check(shape, ids_shape)
        return (self.num_segments, *shape[1:])

    @staticmethod
    def check(shape, ids_shape):
        """Raise ValueError unless there is one index for each row."""
        if not shape or (shape[0] != ids_shape[0] and None not in (shape[0], ids_shape[0])):
            raise ValueError(
                "Argument `segment_ids` and `data` should have the same leading dimension. "
                f"Received: data.shape={tuple(shape)}, segment_ids.shape={tuple(ids_shape)}"
            )

    @staticmethod
    def start(dtype):
        """The result of an empty segment."""
        raise NotImplementedError

    @staticmethod
    def combine(y, ids, data):
        """Combine each row of the data with that of y, in place."""
        raise NotImplementedError


def rows_of(dy, ids):
    """dy's row for each element of the data, 0 where the id is negative."""
    rows = Take(0).of(dy, np.maximum(ids, 0))
    return rows if (ids >= 0).all() else rows * (ids >= 0).reshape(-1, *[1] * (len(dy.shape) - 1))


class SegmentSum(Segment):
    """y[s] = Σ data[i] over the i with ids[i] = s;   ddata[i] = dy[ids[i]]."""

    combine = staticmethod(add_rows)

    @staticmethod
    def start(dtype):
        return 0

    def backward(self, call, dy):
        return rows_of(dy, np.asarray(call.inputs[1])), None


class SegmentMax(Segment):
    """y[s] = max data[i] over the i with ids[i] = s;   dy[s] is shared evenly by those that equal it."""

    keeps = ("inputs", "output")
    combine = staticmethod(scatter_max_rows)

    @staticmethod
    def start(dtype):
        return np.finfo(dtype).min if dtype.kind == "f" else np.iinfo(dtype).min

    def backward(self, call, dy):
        data, ids = (np.asarray(x) for x in call.inputs)  # a small step does not change which are selected
        wins = (rows_of(np.asarray(call.output), ids) == data).astype(data.dtype)
        winners = np.maximum(SegmentSum(self.num_segments).forward(wins, ids), 1)
        return rows_of(dy / winners, ids) * wins, None


class SegmentMin(SegmentMax):
    """y[s] = min data[i] over the i with ids[i] = s;   dy[s] is shared evenly by those that equal it."""

    combine = staticmethod(partial(scatter_max_rows, sign=-1.0))

    @staticmethod
    def start(dtype):
        return np.finfo(dtype).max if dtype.kind == "f" else np.iinfo(dtype).max


class SegmentProd(Segment):
    """y[s] = Π data[i] over the i with ids[i] = s;   ddata[i] = dy[ids[i]] · the product of the others.

    That product is the segment's divided by data[i]; zeros are counted separately, since one cannot divide by them.
    """

    combine = staticmethod(np.multiply.at)

    @staticmethod
    def start(dtype):
        return 1

    def backward(self, call, dy):
        data, ids = call.inputs[0], np.asarray(call.inputs[1])
        is_zero = np.asarray(data) == 0
        zeros = rows_of(SegmentSum(self.num_segments).forward(is_zero.astype(dy.dtype), ids), ids)
        without_zeros = Where().of(is_zero, 1.0, data)
        product = rows_of(SegmentProd(self.num_segments).of(without_zeros, ids), ids)
        others = product / without_zeros * (zeros == is_zero)
        return rows_of(dy, ids) * others, None


@composed(inputs=2)
def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    """Σ of the rows of `data` with the same index in `segment_ids`.

    Args:
        data: (n, …).
        segment_ids: (n,) integers. Rows with a negative index are dropped.
        num_segments: rows of the result; None for the largest index + 1.
        sorted: assert that the indices ascend. It allows no `num_segments`, as in Keras on TensorFlow.

    Raises:
        ValueError: `segment_ids` is not a vector, or an index is not below `num_segments`.
    """
    return _segment(SegmentSum, data, segment_ids, num_segments, sorted)


@composed(inputs=2)
def segment_max(data, segment_ids, num_segments=None, sorted=False):
    """The largest of the rows of `data` with the same index in `segment_ids`; see `segment_sum`.

    An empty segment gives the lowest finite number of the dtype, or 0 if `sorted`.
    """
    return _segment(SegmentMax, data, segment_ids, num_segments, sorted)


@composed(inputs=2)
def segment_min(data, segment_ids, num_segments=None, sorted=False):
    """The least of the rows of `data` with the same index in `segment_ids`; see `segment_sum`.

    An empty segment gives the largest finite number of the dtype, or 0 if `sorted`.
    """
    return _segment(SegmentMin, data, segment_ids, num_segments, sorted)


@composed(inputs=2)
def segment_prod(data, segment_ids, num_segments=None, sorted=False):
    """The product of the rows of `data` with the same index in `segment_ids`; see `segment_sum`.

    An empty segment gives 1.
    """
    return _segment(SegmentProd, data, segment_ids, num_segments, sorted)


def _segment(op, data, segment_ids, num_segments, sorted):
    data, ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
    if len(ids.shape) != 1:
        raise ValueError(
            f"Argument `segment_ids` should be an 1-D vector. Received: segment_ids.shape={tuple(ids.shape)}. "
            "Flatten it, and the same axes of `data`."
        )
    if sorted and num_segments is not None and not isinstance(data, KerasTensor):
        raise ValueError(
            f"`num_segments` cannot be set with sorted=True. Received: num_segments={num_segments}. "
            "Leave `sorted` at False: it makes no difference in speed here."
        )
    Segment.check(data.shape, ids.shape)
    if isinstance(data, KerasTensor):
        return op(num_segments)(data, ids)
    if isinstance(ids, Tensor):
        highest = int(ids.array.max(initial=-1))
        num_segments = highest + 1 if num_segments is None else num_segments
        if highest >= num_segments:
            raise ValueError(
                f"A segment index must be below `num_segments`. Received: {highest} with num_segments={num_segments}"
            )
    return op(num_segments, empty=0 if sorted and op in (SegmentMax, SegmentMin) else None)(data, ids)


def of_rows(function, data, segment_ids, num_segments):
    """`function`, such as `segment_sum`, for ids of any shape: that of the first axes of `data`."""
    rows = reshape(data, (-1, *data.shape[len(segment_ids.shape) :]))
    return function(rows, reshape(segment_ids, (-1,)), num_segments)


def segment_mean(data, segment_ids, num_segments=None):
    """The mean of the rows with the same index; 0 for an index that does not occur."""
    count = _number(segment_ids, num_segments)
    return of_rows(segment_sum, data, segment_ids, count) / _counts(data, segment_ids, count)


def segment_sqrt_n(data, segment_ids, num_segments=None):
    """Σ of the rows with the same index, divided by the square root of their count."""
    count = _number(segment_ids, num_segments)
    return of_rows(segment_sum, data, segment_ids, count) / _counts(data, segment_ids, count) ** 0.5


def _number(segment_ids, num_segments):
    return int(segment_ids.array.max(initial=-1)) + 1 if num_segments is None else num_segments


def _counts(data, segment_ids, num_segments):
    """How many rows each segment has, at least 1, as an array that broadcasts with the rows."""
    ids = segment_ids.array
    counts = np.maximum(np.bincount(ids[ids >= 0].ravel().astype(np.intp, copy=False), minlength=num_segments), 1)
    return counts.astype(data.dtype).reshape(-1, *[1] * (len(data.shape) - ids.ndim))
