"""Stages that select elements or repeat them: take, skip, shard, repeat."""

import itertools

from minikeras.data.pipeline.pulling import pulled_in_blocks
from minikeras.data.pipeline.rows import Rows
from minikeras.data.pipeline.stage import INFINITE, UNKNOWN, Stage


class Take(Stage):
    """The first `count` elements; all if it is −1."""

    def __init__(self, input, count):
        super().__init__(input)
        self.count = int(count)

    def run(self, elements):
        return elements if self.count < 0 else itertools.islice(elements, self.count)

    def pulls(self, size):
        pull, left = pulled_in_blocks(self.input, size), self.count
        if pull is None or self.count < 0:
            return pull

        def first(n):
            nonlocal left
            elements = pull(min(n, left)) if left else []
            left -= len(elements)
            return elements

        return first

    def cardinality(self):
        total = self.input.cardinality()
        if self.count < 0 or total == UNKNOWN:
            return total
        return self.count if total == INFINITE else min(self.count, total)

    def rows(self):
        rows = _numbered(self.input)
        return rows if rows is None or self.count < 0 else rows.in_order(slice(self.count))


class Skip(Stage):
    """All but the first `count` elements; none if it is −1."""

    def __init__(self, input, count):
        super().__init__(input)
        self.count = int(count)

    def run(self, elements):
        return iter(()) if self.count < 0 else itertools.islice(elements, self.count, None)

    def pulls(self, size):
        pull, left = pulled_in_blocks(self.input, size), self.count
        if pull is None or self.count < 0:
            return None

        def after(n):
            nonlocal left
            while left and (skipped := len(pull(min(size, left)))):
                left -= skipped
            return pull(n)

        return after

    def cardinality(self):
        total = self.input.cardinality()
        if self.count < 0:
            return 0
        return total if total < 0 else max(total - self.count, 0)

    def rows(self):
        rows = _numbered(self.input)
        if rows is None:
            return None
        return rows.in_order(slice(self.count, None) if self.count >= 0 else slice(0))


class Shard(Stage):
    """Every `number`-th element, from the `index`-th on: what one of `number` workers reads."""

    def __init__(self, input, number, index):
        super().__init__(input)
        if number < 1 or not 0 <= index < number:
            raise ValueError(
                f"`index` must be in the range [0, {number}). Received: num_shards={number}, index={index}"
            )
        self.number, self.index = number, index

    def run(self, elements):
        return itertools.islice(elements, self.index, None, self.number)

    def cardinality(self):
        total = self.input.cardinality()
        return total if total < 0 else len(range(self.index, total, self.number))

    def rows(self):
        rows = _numbered(self.input)
        return None if rows is None else rows.in_order(slice(self.index, None, self.number))


def _numbered(stage):
    """The rows of a stage if there is an end to them."""
    if stage.cardinality() == INFINITE:
        return None
    return stage.rows()


class Repeat(Stage):
    """The elements `count` times over; without end if it is −1."""

    def __init__(self, input, count, continues_at_once):
        super().__init__(input)
        self.count = int(count)
        # After the last round, TensorFlow starts the input once more, unless that is a shuffle, with which it fuses.
        # This matters for the seeds that shuffles draw.
        self.continues_at_once = continues_at_once

    def __iter__(self):
        return self._rounds(iter(self.input), self.input.__iter__)

    def together(self, size):
        return self._rounds(self.input.together(size), lambda: self.input.together(size))

    def _rounds(self, elements, begin):
        """The elements of all rounds, of which the first has begun; `begin()` begins one of the input's."""
        for i in itertools.count(1):
            if self.count >= 0 and i > self.count:
                return
            empty = True
            for element in elements:
                empty = False
                yield element
            if empty and self.count < 0:
                return
            if i != self.count or not self.continues_at_once:
                elements = begin()

    def cardinality(self):
        total = self.input.cardinality()
        if self.count == 0 or total == 0:
            return 0
        if self.count < 0:
            return INFINITE
        return total if total < 0 else total * self.count

    def rows(self):
        if self.count == 0 or self.input.cardinality() <= 0:
            return None
        first = self.input.rows()
        if first is None:
            return None
        return Rows(first.arrays, self._blocks(first), None if self.count < 0 else first.count * self.count)

    def _blocks(self, rows):
        for i in itertools.count(1):
            yield from rows.blocks
            if i != self.count or not self.continues_at_once:
                rows = self.input.rows()
            if i == self.count:
                return
