"""`SeriesWindows`: windows of a series as elements, extracted on demand."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.rows import Rows
from minikeras.data.pipeline.specs import ArraySpec
from minikeras.data.pipeline.stage import Stage
from minikeras.data.pipeline.structure import spec_of


class SeriesWindows(Stage):
    """series[start + rate · (0 … length − 1)] for each start, with targets[start].

    Args:
        series: array (steps, …).
        targets: array, or None for windows alone.
        starts: integer array of the windows' first steps.
        length, rate: steps in a window; distance between two of them.
    """

    def __init__(self, series, targets, starts, length, rate):
        self.series, self.targets, self.starts = series, targets, starts
        self.length, self.rate = length, rate

    def __iter__(self):
        return (self._element(start) for start in self.starts.tolist())

    def _element(self, start):
        window = Tensor(self.series[start : start + (self.length - 1) * self.rate + 1 : self.rate])
        return window if self.targets is None else (window, Tensor(np.asarray(self.targets[start])))

    @property
    def element_spec(self):
        window = ArraySpec((None, *self.series.shape[1:]), self.series.dtype.name)
        if self.targets is None:
            return window
        return window, ArraySpec(self.targets.shape[1:], spec_of(Tensor(self.targets)).dtype)

    def cardinality(self):
        return len(self.starts)

    def rows(self):
        if not len(self.starts) or not len(self.series):
            return None
        span = (self.length - 1) * self.rate + 1
        windows = np.lib.stride_tricks.sliding_window_view(self.series, span, axis=0)[..., :: self.rate]
        windows = Windows(np.moveaxis(windows, -1, 1))  # a view, nothing is copied
        arrays = windows if self.targets is None else (windows, self.targets)
        return Rows(arrays, [self.starts], len(self.starts))


class Windows:
    """A view of all windows, of which `take` copies some."""

    def __init__(self, view):
        self.view = view

    def take(self, numbers, axis):
        """The windows of these numbers."""
        return self.view[np.asarray(numbers)]

    def __getitem__(self, key):
        return self.view[key]
