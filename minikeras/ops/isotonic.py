"""Isotonic regression: the nearest sequence that never rises."""

import math

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.ops import numpy as ops
from minikeras.ops.segments import segment_sum


class ConstantSegments(Op):
    """The number of the segment, from 0 in each row, of each element of y = argmin Σ (y_i − x_i)² with y_1 ≥ y_2 ≥ …

    By pooling: a value above the mean of the segment before it joins that segment. (R. E. Barlow et al., "Statistical
    inference under order restrictions", 1972.)
    """

    differentiable = False

    def forward(self, x):
        segments = np.empty(x.shape, np.int32)
        for place in np.ndindex(x.shape[:-1]):
            segments[place] = _segments_of(x[place].astype(np.float64))
        return segments

    @staticmethod
    def output_shape(shape):
        return shape

    def output_dtype(self, x):
        return "int32"


def isotonic_regression(x):
    """(y, numbers of the segments) along the last axis, see `ConstantSegments`: y is the mean of each segment.

    So dx is the mean of dy over each segment, as long as the segments stay the same.
    """
    segments = ConstantSegments()(x)
    rows, length = math.prod(x.shape[:-1]), x.shape[-1]
    number = ops.reshape(
        ops.reshape(segments, (rows, length)) + length * ops.arange(rows, dtype="int32")[:, None], (-1,)
    )
    flat = ops.reshape(x, (-1,))
    sums, counts = (segment_sum(summand, number, num_segments=rows * length) for summand in (flat, ops.ones_like(flat)))
    return ops.reshape(ops.take(sums / ops.maximum(counts, 1), number, axis=0), x.shape), segments


def _segments_of(row):
    sums, counts = [], []
    for total in row:
        count = 1
        while sums and total * counts[-1] > sums[-1] * count:
            total, count = total + sums.pop(), count + counts.pop()
        sums.append(total)
        counts.append(count)
    return np.repeat(np.arange(len(counts)), counts)
