"""Source stages: tensors, their rows, Python generators, counting."""

import itertools

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.ragged_rows import is_ragged_row
from minikeras.data.pipeline.rows import Rows
from minikeras.data.pipeline.shuffling import EpochSeeds, random_words
from minikeras.data.pipeline.specs import ArraySpec, unbatched_spec
from minikeras.data.pipeline.stage import INFINITE, Stage
from minikeras.data.pipeline.structure import as_owned_element, parts_with_rows, rows_of, spec_of
from minikeras.tensors.ragged.broadcasting import is_ragged


class Tensors(Stage):
    """One element: the tensors as they are."""

    def __init__(self, tensors):
        self.element = as_owned_element(tensors)

    def __iter__(self):
        yield self.element

    @property
    def element_spec(self):
        return spec_of(self.element)

    def cardinality(self):
        return 1


class Slices(Stage):
    """The rows of tensors of one length.

    Raises:
        ValueError: there are no tensors, one has no axes, or their lengths differ.
    """

    def __init__(self, tensors):
        self.tensors = as_owned_element(tensors)
        given = tree.flatten(self.tensors)
        leaves = [part for leaf in given if leaf is not None for part in parts_with_rows(leaf)]
        if not leaves:
            raise ValueError("Invalid `tensors`. `tensors` should not be empty. Received: " + repr(tensors))
        for leaf in leaves:
            if not len(leaf.shape):
                raise ValueError(
                    f"The elements are the rows of each tensor, so that each needs a first axis. Received: {leaf!r}"
                )
        lengths = sorted({leaf.shape[0] for leaf in leaves})
        if len(lengths) > 1:
            raise ValueError(
                f"All tensors must have the same length along the first axis. Received: lengths {lengths}, shapes "
                f"{[tuple(leaf.shape) for leaf in leaves]}"
            )
        self.length = lengths[0]
        self.is_dense = all(leaf is None or isinstance(leaf, Tensor) for leaf in given)
        self._has_ragged_rows = any(is_ragged(leaf) and leaf.ragged_rank == 1 for leaf in leaves)

    def __iter__(self):
        return rows_of(self.tensors)

    def has_ragged_rows(self):
        return self._has_ragged_rows

    @property
    def element_spec(self):
        return unbatched_spec(spec_of(self.tensors))

    def cardinality(self):
        return self.length

    def rows(self):
        if not self.is_dense:
            return None
        arrays = tree.map_structure(lambda leaf: None if leaf is None else leaf.array, self.tensors)
        return Rows(arrays, [range(self.length)], self.length)


class Listed(Stage):
    """The elements of a Python list.

    Args:
        spec: a function without arguments that gives their spec; that of the first if None.
        may_have_ragged_rows: whether there may be rows of ragged tensors among their tensors.
    """

    def __init__(self, elements, spec=None, may_have_ragged_rows=False):
        self.spec, self.may_have_ragged_rows = spec, may_have_ragged_rows
        self.elements = [as_owned_element(element) for element in elements]
        if not self.elements:
            raise ValueError("`elements` must hold one element or more. Received: an empty list")

    def __iter__(self):
        return iter(self.elements)

    def has_ragged_rows(self):
        return self.may_have_ragged_rows and any(map(is_ragged_row, tree.flatten(self.element_spec)))

    @property
    def element_spec(self):
        return spec_of(self.elements[0]) if self.spec is None else self.spec()

    def cardinality(self):
        return len(self.elements)


class Counting(Stage):
    """start, start + step, … up to and excluding `stop`; without end if `stop` is None."""

    def __init__(self, start, stop, step, dtype):
        if step == 0:
            raise ValueError("`step` must not be 0.")
        self.start, self.stop, self.step = start, stop, step
        self.dtype = np.dtype(dtype)

    def __iter__(self):
        numbers = itertools.count(self.start, self.step) if self.stop is None else self._range()
        return (Tensor(np.asarray(number, self.dtype)) for number in numbers)

    def _range(self):
        return range(self.start, self.stop, self.step)

    @property
    def element_spec(self):
        return spec_of(Tensor(np.zeros((), self.dtype)))

    def cardinality(self):
        return INFINITE if self.stop is None else len(self._range())

    def rows(self):
        if self.stop is None:
            return None
        numbers = np.arange(self.start, self.stop, self.step, self.dtype)
        return Rows(numbers, [range(len(numbers))], len(numbers))


class RandomNumbers(Stage):
    """Random words, 0 … 2³² − 1, as int64."""

    def __init__(self, seeds, new_each_epoch):
        self.epoch_seeds = EpochSeeds(seeds, new_each_epoch)

    def __iter__(self):
        words = random_words(*self.epoch_seeds.next())
        return (Tensor(np.int64(word)) for word in words)

    @property
    def element_spec(self):
        return ArraySpec((), "int64")

    def cardinality(self):
        return INFINITE
