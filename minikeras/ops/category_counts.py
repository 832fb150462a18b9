"""Rows of class indices as one vector of counts each."""

import math

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.errors import InvalidArgumentError


class CategoryCounts(Op):
    """y[…, c] = how often c occurs in a row of x, or the sum of the weights there. Numbers ≥ depth do not count.

    x has one axis (one row) or two; a second input has the weights. No gradient. Memory and time are those of x and y;
    a one-hot tensor between them would have `depth` times the elements of x.

    Args:
        depth: length of a row of the result.
        is_binary: whether y is 1 for each number that occurs.
        dtype: of the result.

    Raises:
        InvalidArgumentError: a negative number.
    """

    differentiable = False

    def __init__(self, depth, is_binary, dtype):
        self.depth, self.is_binary, self.dtype = int(depth), is_binary, dtype

    def forward(self, x, weights=None):
        if x.size and x.min() < 0:
            raise InvalidArgumentError(None, None, f"Class indices must not be negative. Received: {x.min()}")
        counted, count = x < self.depth, math.prod(x.shape[:-1])
        rows = np.nonzero(counted.reshape(count, x.shape[-1]))[0]
        positions = x[counted].astype(np.int64) + rows * self.depth
        if self.is_binary:
            binary = np.zeros((count, self.depth), self.dtype)
            binary.reshape(-1)[positions] = 1
            return binary.reshape(*x.shape[:-1], self.depth)
        weights = None if weights is None else np.broadcast_to(weights, x.shape)[counted]
        counts = np.bincount(positions.astype(np.intp, copy=False), weights, count * self.depth)
        return counts.astype(self.dtype, copy=False).reshape(*x.shape[:-1], self.depth)

    def output_shape(self, shape, *weights):
        return (*shape[:-1], self.depth)

    def output_dtype(self, *inputs):
        return self.dtype
