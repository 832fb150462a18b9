"""Stages that call a function on each element: map, filter, take_while, scan; and enumerate, unique."""

import itertools

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.blocks import Block, BlockFunction, block_of, blocks_may_be_used
from minikeras.data.pipeline.functions import ElementFunction
from minikeras.data.pipeline.specs import ArraySpec
from minikeras.data.pipeline.stage import INFINITE, UNKNOWN, Stage
from minikeras.data.pipeline.structure import as_element, spec_of, stack


class WithFunction(Stage):
    """Base of stages that call a function."""

    owner = None  # the method's name

    def __init__(self, input, function):
        super().__init__(input)
        self.function = ElementFunction(function, self.owner)

    def has_ragged_rows(self):
        keeps_elements = type(self).element_spec is Stage.element_spec
        return keeps_elements and super().has_ragged_rows()  # what a function makes are tensors

    def begin(self):
        self.function.begin()
        super().begin()


class Map(WithFunction):
    """function(element) for each."""

    owner = "map"
    _spec = None

    def run(self, elements):
        return map(self.function, elements)

    def batches(self, size, drop_remainder):
        return batches_of(self.in_blocks(size), size, drop_remainder) if blocks_may_be_used() else None

    def together(self, size):
        return _own_rows(self.in_blocks(size)) if blocks_may_be_used() else iter(self)

    def in_blocks(self, size):
        """A new epoch, `size` elements at a time as a `Block`, or one by one where that cannot be.

        The elements come in blocks first, and once one has come by itself, all do.
        """
        return self._by_blocks(items_of(self.input, size), size)

    def _by_blocks(self, items, size):
        first = next(items, None)
        if first is None:
            return
        items = itertools.chain([first], items)
        function = BlockFunction.of(self.function, next(iter(first)) if isinstance(first, Block) else first)
        for elements in gathered(items, size) if function else ():
            block = elements if isinstance(elements, Block) else block_of(elements)
            results = None if block is None else function(block)
            if results is None:
                items = itertools.chain(elements, items)
                break
            yield results
        yield from self.run(singly(items))

    @property
    def element_spec(self):
        if self._spec is None:
            self._spec = self.function.spec(self.input)
        return self._spec


def items_of(stage, size):
    """A new epoch of a stage in `Block`s of `size` elements, where it has them together, else one by one."""
    rows = stage.rows()
    if rows is None:
        return stage.in_blocks(size)
    return (Block(batch, len(tree.flatten(batch)[0].array)) for batch in rows.batches(size, False))


def gathered(items, size):
    """Blocks as they are, and elements that come by themselves in lists of `size`."""
    for item in items:
        yield item if isinstance(item, Block) else [item, *itertools.islice(items, size - 1)]


def singly(items):
    """The elements of blocks, and elements."""
    for item in items:
        if isinstance(item, Block):
            yield from item
        else:
            yield item


def _own_rows(items):
    """The elements of blocks, copied, so that a shuffle's buffer that holds one does not hold its block."""
    for item in items:
        if isinstance(item, Block):
            for element in item:
                yield tree.map_structure(lambda x: Tensor(x.array.copy()), element)
        else:
            yield item


def batches_of(items, size, drop_remainder):
    """Batches of what `in_blocks` gives."""
    for elements in gathered(items, size):
        if isinstance(elements, Block):
            batch, count = elements.element, elements.rows
        else:
            batch, count = None, len(elements)
        if count == size or not drop_remainder:
            yield stack(elements) if batch is None else batch


class Filter(WithFunction):
    """The elements for which predicate(element) is true."""

    owner = "filter"

    def run(self, elements):
        return (element for element in elements if truth(self.function(element), self.owner))

    def cardinality(self):
        return UNKNOWN


class TakeWhile(WithFunction):
    """The elements before the first for which predicate(element) is false."""

    owner = "take_while"

    def run(self, elements):
        for element in elements:
            if not truth(self.function(element), self.owner):
                return
            yield element

    def cardinality(self):
        return UNKNOWN


def truth(result, owner):
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
    """(state, output) = function(state, element); the outputs are the elements, the state goes on."""

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

    @property
    def element_spec(self):
        return ArraySpec((), "int64"), self.input.element_spec


class Unique(Stage):
    """Each value once, where it first occurs. Elements are single tensors of integers or strings."""

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
