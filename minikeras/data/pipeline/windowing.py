"""Stages that make data sets from a data set: windows, and groups by a key."""

import itertools
from collections import deque
from functools import partial

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.functions import ElementFunction, first_element
from minikeras.data.pipeline.sources import Listed
from minikeras.data.pipeline.specs import DatasetSpec
from minikeras.data.pipeline.stage import INFINITE, UNKNOWN, Stage, stage_of
from minikeras.data.pipeline.structure import is_data_set


class Window(Stage):
    """Data sets of `size` elements each, `stride` apart; the next begins `shift` further on.

    An element is a nest of data sets: one for each tensor of the elements.

    Args:
        wrap: what makes a data set of a stage.
    """

    def __init__(self, input, size, shift, stride, drop_remainder, wrap):
        super().__init__(input)
        for name, value in (("size", size), ("shift", shift), ("stride", stride)):
            if value < 1:
                raise ValueError(f"`{name}` must be at least 1. Received: {name}={value}")
        self.size, self.shift, self.stride, self.drop_remainder = size, shift, stride, drop_remainder
        self.wrap = wrap

    def run(self, elements):
        span = (self.size - 1) * self.stride + 1
        held = deque()  # the elements from the beginning of the window on
        while True:
            held.extend(itertools.islice(elements, span - len(held)))
            window = list(itertools.islice(held, 0, span, self.stride))
            if not window or (len(window) < self.size and self.drop_remainder):
                return
            yield self._data_sets(window)
            skipped = max(self.shift - len(held), 0)
            for _ in range(min(self.shift, len(held))):
                held.popleft()
            next(itertools.islice(elements, skipped, skipped), None)  # pass over the gap between windows

    def _data_sets(self, window):
        columns = zip(*[tree.flatten(element) for element in window], strict=True)
        ragged = self.input.has_ragged_rows()
        stages = [Listed(column, partial(self._part_of_spec, i), ragged) for i, column in enumerate(columns)]
        return tree.pack_sequence_as(window[0], [self.wrap(stage) for stage in stages])

    def _part_of_spec(self, i):
        return tree.flatten(self.input.element_spec)[i]

    @property
    def element_spec(self):
        return tree.map_structure(DatasetSpec, self.input.element_spec)

    def cardinality(self):
        total = self.input.cardinality()
        if total < 0:
            return total
        if not self.drop_remainder:
            return -(-total // self.shift)
        return max(total - (self.size - 1) * self.stride - 1 + self.shift, 0) // self.shift


class GroupByWindow(Stage):
    """The elements of the data sets reduce_function(key, window), each window elements of one key.

    Args:
        key_function: int64 key of an element.
        reduce_function: from a key and a data set to a data set.
        size_of: how many elements a window of a key has.
        wrap: what makes a data set of a stage.
        spec: the spec of the results; if None, that of the reduce function's result for a window.
    """

    def __init__(self, input, key_function, reduce_function, size_of, wrap, spec=None):
        super().__init__(input)
        self.key_function = ElementFunction(key_function, "group_by_window")
        self.reduce_function = reduce_function
        self.size_of = size_of
        self.wrap = wrap
        self._spec = spec

    def begin(self):
        self.key_function.begin()
        super().begin()

    def run(self, elements):
        groups = {}
        for element in elements:
            key = int(self.key_function(element))
            group = groups.setdefault(key, [])
            group.append(element)
            if len(group) == self._size(key):
                yield from self._reduced(key, groups.pop(key))
        for key in sorted(groups):
            yield from self._reduced(key, groups[key])

    def _size(self, key):
        size = int(self.size_of(Tensor(np.int64(key))))
        if size < 1:
            raise ValueError(f"A window must hold at least 1 element. Received: {size} for the key {key}")
        return size

    def _reduced(self, key, group):
        elements = Listed(group, lambda: self.input.element_spec, self.input.has_ragged_rows())
        result = self.reduce_function(Tensor(np.int64(key)), self.wrap(elements))
        if not is_data_set(result):
            raise TypeError(f"`reduce_func` must return a `tf.data.Dataset`. Received: {result!r}")
        return result

    @property
    def element_spec(self):
        if self._spec is None:
            window = self.wrap(OneElement(self.input))
            self._spec = stage_of(self.reduce_function(Tensor(np.int64(0)), window)).element_spec
        return self._spec

    def cardinality(self):
        total = self.input.cardinality()
        return INFINITE if total == INFINITE else UNKNOWN


class OneElement(Stage):
    """One element of a stage, as an example."""

    def __iter__(self):
        yield first_element(self.input)

    def cardinality(self):
        return UNKNOWN
