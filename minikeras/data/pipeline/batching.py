"""Stages that join elements to batches, and take batches apart: batch, unbatch, rebatch."""

import itertools
from functools import partial

from minikeras import tree
from minikeras.data.pipeline.ragged_rows import is_ragged_row, may_be_ragged_row, ragged_axes, stack_ragged
from minikeras.data.pipeline.specs import RaggedSpec, batched_spec, unbatched_spec
from minikeras.data.pipeline.stage import UNKNOWN, Stage
from minikeras.data.pipeline.structure import is_ragged, rows_of, stack


class Batch(Stage):
    """`size` consecutive elements, stacked along a new first axis; the last batch has the remainder."""

    def __init__(self, input, size, drop_remainder):
        super().__init__(input)
        if size < 1:
            raise ValueError(f"`batch_size` must be at least 1. Received: batch_size={size}")
        self.size = int(size)
        self.drop_remainder = bool(drop_remainder)

    def __iter__(self):
        rows = self.input.rows() if self.keeps_shapes() else None
        if rows is not None:
            return rows.batches(self.size, self.drop_remainder)
        filled = self.input.batches(self.size, self.drop_remainder) if type(self) is Batch else None
        return self.run(self.input.together(self.size)) if filled is None else filled

    def run(self, elements):
        while group := list(itertools.islice(elements, self.size)):
            if len(group) < self.size and self.drop_remainder:
                return
            yield self.join(group)

    def keeps_shapes(self):
        """Whether elements of one shape are stacked as they are, so that a batch is some rows of an array."""
        return True

    def join(self, group):
        """A list of elements as one."""
        if self.input.has_ragged_rows():
            return stack_ragged(group, self.input.element_spec, is_ragged_row)
        return stack(group)

    @property
    def element_spec(self):
        return batched_spec(self.input.element_spec, self.size if self.drop_remainder else None)

    def cardinality(self):
        total = self.input.cardinality()
        if total < 0:
            return total
        return total // self.size if self.drop_remainder else -(-total // self.size)


class Unbatch(Stage):
    """The rows of each element."""

    def has_ragged_rows(self):
        return any(map(is_ragged_row, tree.flatten(self.element_spec)))

    def run(self, elements):
        return itertools.chain.from_iterable(map(rows_of, elements))

    @property
    def element_spec(self):
        return unbatched_spec(self.input.element_spec)

    def cardinality(self):
        total = self.input.cardinality()
        return total if total <= 0 else UNKNOWN


class Rebatch(Stage):
    """Rebatching: into batches of `sizes` in turn."""

    def __init__(self, input, sizes, drop_remainder):
        super().__init__(input)
        if not sizes or min(sizes) < 1:
            raise ValueError(f"`batch_size` must be positive. Received: batch_size={sizes}")
        self.sizes = sizes
        self.drop_remainder = drop_remainder

    def run(self, elements):
        first = next(elements, None)
        if first is None:
            return
        rows = itertools.chain.from_iterable(map(rows_of, itertools.chain([first], elements)))
        join = stack
        if any(map(is_ragged, tree.flatten(first))):
            join = partial(stack_ragged, spec=unbatched_spec(self.input.element_spec), is_ragged=is_ragged_row)
        for size in itertools.cycle(self.sizes):
            group = list(itertools.islice(rows, size))
            if not group or (len(group) < size and self.drop_remainder):
                return
            yield join(group)

    @property
    def element_spec(self):
        size = self.sizes[0] if self.drop_remainder and len(set(self.sizes)) == 1 else None
        return batched_spec(unbatched_spec(self.input.element_spec), size)

    def cardinality(self):
        return min(self.input.cardinality(), 0) or UNKNOWN


class RaggedBatch(Batch):
    """Batches in which tensors whose lengths are not known beforehand are rows of a ragged tensor."""

    def __iter__(self):
        return self.run(iter(self.input))

    def join(self, group):
        return stack_ragged(group, self.input.element_spec, may_be_ragged_row)

    @property
    def element_spec(self):
        size = self.size if self.drop_remainder else None

        def ragged(leaf):
            if not may_be_ragged_row(leaf):
                return batched_spec(leaf, size)
            return RaggedSpec((size, *(leaf.shape or ())), leaf.dtype, max(ragged_axes(leaf), 1))

        return tree.map_structure(ragged, self.input.element_spec)
