"""`Values`: the arrays of a step, copied as far as the budget allows."""

import numpy as np

from minikeras.autodiff.dtypes import dtype_name
from minikeras.tools.tracing.records import ROWS, SUMMARY, WHOLE, Value
from minikeras.tools.tracing.statistics import statistics

SUM_ROUNDING = 4e-7  # of a sum of a few float32 numbers, relative to the sum of their magnitudes


class Values:
    """Adds values to a `StepRecord`.

    Args:
        step: the record.
        budget: a `Budget`.
    """

    def __init__(self, step, budget):
        self.step = step
        self.budget = budget

    def add(self, array, name, origin, alias=None):
        """Keep an array, and return its number.

        Args:
            array: a NumPy array, which may change later on.
            name, origin: see `Value`.
            alias: number of a value with the same elements in the same order; then nothing is copied.
        """
        number = len(self.step.values)
        dtype = dtype_name(array.dtype)
        value = Value(number, name, tuple(array.shape), dtype, SUMMARY, origin=origin)
        self.step.values.append(value)
        if alias is not None and self._fits(alias, array):
            other = self.step.values[alias]
            value.alias = alias if other.alias is None else other.alias
            value.detail, value.statistics = WHOLE, other.statistics
            value.array = other.array.reshape(array.shape)
            return number
        readable = array.astype(np.float32) if array.dtype.kind == "V" else array  # bfloat16 and the like
        if readable.dtype.kind not in "fiubc":
            return number
        value.statistics = statistics(readable)
        value.detail, rows = self.budget.grant(readable.shape, readable.nbytes)
        if value.detail == WHOLE:
            value.array = np.array(readable)
        elif value.detail == ROWS:
            value.array = np.array(readable[:rows])
        return number

    def _fits(self, alias, array):
        other = self.step.values[alias]
        return other.detail == WHOLE and other.array.size == array.size and other.array.dtype == array.dtype

    def is_sum(self, numbers, array):
        """Whether an array is the sum of some values, up to rounding; True if these were not all kept.

        If not, it was cast, scaled or clipped on the way.
        """
        parts = [self.step.values[number].array for number in numbers]
        if any(part is None or part.shape != array.shape for part in parts):
            return True
        with np.errstate(all="ignore"):
            total = sum(part.astype(np.float64) for part in parts)
            scale = sum(np.abs(part.astype(np.float64)) for part in parts)
            return bool(np.all(np.abs(total - array.astype(np.float64)) <= SUM_ROUNDING * scale))

    def same(self, number, array):
        """Whether a value is this array. (If it was not kept whole, shape, dtype and statistics decide.)"""
        value = self.step.values[number]
        if value.shape != tuple(array.shape) or value.dtype != dtype_name(array.dtype):
            return False
        if value.detail == WHOLE:
            return np.array_equal(value.array, array, equal_nan=array.dtype.kind == "f")
        return value.statistics == statistics(array)
