"""Stages that call a function on each element: map, filter, take_while, scan; and enumerate, unique."""

import itertools
from functools import partial

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.blocks import Block, blocks_may_be_used
from minikeras.data.pipeline.functions import ElementFunction
from minikeras.data.pipeline.pulling import PulledByFunction, pulled, pulled_in_blocks
from minikeras.data.pipeline.specs import ArraySpec
from minikeras.data.pipeline.stage import INFINITE, UNKNOWN, Stage
from minikeras.data.pipeline.structure import as_element, spec_of


class WithFunction(Stage):
    """Base class of stages that call a function."""

    owner = None  # the method's name

    def __init__(self, input, function):
        super().__init__(input)
        self.function = ElementFunction(function, self.owner)

    def has_ragged_rows(self):
        keeps_elements = type(self).element_spec is Stage.element_spec
        return keeps_elements and super().has_ragged_rows()  # functions return tensors

    def begin(self):
        self.function.begin()
        super().begin()


class Map(WithFunction):
    """function(element) for each."""

    owner = "map"
    _spec = None

    def run(self, elements):
        return map(self.function, elements)

    def pulls(self, size):
        return PulledByFunction(self, pulled(self.input, size)) if blocks_may_be_used() else None

    def of_block(self, block, results):
        """The elements for a block of the input's: the results."""
        return results

    @property
    def element_spec(self):
        if self._spec is None:
            self._spec = self.function.spec(self.input)
        return self._spec


class Filter(WithFunction):
    """The elements for which predicate(element) is true."""

    owner = "filter"

    def run(self, elements):
        return (element for element in elements if as_bool(self.function(element), self.owner))

    def pulls(self, size):
        return PulledByFunction(self, pulled(self.input, size)) if blocks_may_be_used() else None

    def of_block(self, block, results):
        """Those elements of a block for which the predicate is true; None if it gives no booleans."""
        mask = results.element
        if not isinstance(mask, Tensor) or mask.array.dtype != bool or mask.array.size != len(block):
            return None
        return block.where(mask.array.reshape(-1))

    def cardinality(self):
        return UNKNOWN


class TakeWhile(WithFunction):
    """The elements before the first for which predicate(element) is false."""

    owner = "take_while"

    def run(self, elements):
        for element in elements:
            if not as_bool(self.function(element), self.owner):
                return
            yield element

    def cardinality(self):
        return UNKNOWN


def as_bool(result, owner):
    """What a predicate returned, as a Python bool.

    Raises:
        ValueError: it is not one boolean.
    """
    if not isinstance(result, Tensor) or result.array.dtype != bool or result.array.size != 1:
        raise ValueError(
            f"The `predicate` of `{owner}` must return one boolean (tf.bool, no axes). Received: {result!r}"
        )
    return bool(result.array)


class Scan(WithFunction):
    """(state, output) = function(state, element); the outputs are the elements, the state continues."""

    owner = "scan"

    def __init__(self, input, initial_state, function):
        super().__init__(input, function)
        self.initial_state = as_element(initial_state)

    def run(self, elements):
        state = self.initial_state
        for element in elements:
            # TensorFlow's `scan` passes an element whole, a tuple too
            state, output = self.function(state, element)
            yield output

    @property
    def element_spec(self):
        for element in self:
            return spec_of(element)
        raise ValueError("The data set is empty, so what `scan` gives cannot be found out.")


class Enumerate(Stage):
    """(number, element), numbers from `start` on as int64."""

    def __init__(self, input, start):
        super().__init__(input)
        self.start = int(start)

    def run(self, elements):
        return ((Tensor(np.int64(i)), element) for i, element in enumerate(elements, self.start))

    def pulls(self, size):
        pull = pulled_in_blocks(self.input, size)
        return None if pull is None else partial(self._numbered, pull, itertools.count(self.start))

    def _numbered(self, pull, numbers, n):
        elements = pull(n)
        chosen = np.fromiter(itertools.islice(numbers, len(elements)), np.int64)
        if isinstance(elements, Block):
            return Block((Tensor(chosen), elements.element), len(elements))
        return [(Tensor(number), element) for number, element in zip(chosen, elements, strict=True)]

    @property
    def element_spec(self):
        return ArraySpec((), "int64"), self.input.element_spec


class Unique(Stage):
    """Each distinct value, where it first occurs. Elements are single tensors of integers or strings."""

    def run(self, elements):
        seen = set()
        for element in elements:
            if not isinstance(element, Tensor) or element.array.dtype.name not in ("int32", "int64", "object"):
                raise TypeError(f"`unique` takes data sets of int32, int64 or string tensors. Received: {element!r}")
            value = (element.array.shape, tuple(element.array.ravel().tolist()))
            if value not in seen:
                seen.add(value)
                yield element

    def cardinality(self):
        return INFINITE if self.input.cardinality() == INFINITE else UNKNOWN
