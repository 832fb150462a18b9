"""Passes blocks of elements from stage to stage, as many elements as are asked for.

    pull = stage.pulls(size)      begins an epoch
    pull(n)                       the next elements, n at most: a `Block` or a list; [] at the end

    slices ─ map ─ filter ─ batch(8)        8 elements are pulled, 5 are kept; 3 are pulled, 2 are kept; 1 is pulled, …

A caller that asks for n elements needs all of them. So no element is computed that calls one by one would not have
computed, and random numbers stay the same, in later rounds of a `repeat` too.
"""

import itertools

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.blocks import Block, BlockFunction, block_of, joined
from minikeras.data.pipeline.structure import stack

END = object()
FEW = 16  # elements: most data sets that a `flat_map` makes have no more, and tracing takes as long as 40 calls


def pulled(stage, size):
    """The function `pull` of a new epoch of any stage; about `size` elements will be asked for at a time."""
    pull = pulled_in_blocks(stage, size)
    if pull is not None:
        return pull
    elements = stage.together(size)
    return lambda n: list(itertools.islice(elements, n))


def pulled_in_blocks(stage, size):
    """The same where elements come in blocks; None where they do not."""
    rows = stage.rows()
    if rows is None:
        return stage.pulls(size)
    take = rows.taker()

    def pull(n):
        batch, count = take(n)
        return Block(batch, count) if count else []

    return pull


class PulledByFunction:
    """`pull` of a stage that calls a function: in blocks as long as that works, then one by one.

    If the function of a `flat_map` made the data set, the first few elements come one by one.

    Args:
        stage: has `function`, `of_block(block, results)`, the stage's elements as a Block (or None), and `run`.
        pull: that of its input.
    """

    def __init__(self, stage, pull):
        self.stage = stage
        self.pull = pull
        self.by_blocks = None
        self.singles = iter(())
        self.few = FEW if stage.function.is_within_another() else 0
        self.wanted = 1

    def __call__(self, n):
        self.wanted = n
        while (element := next(self.singles, END)) is END:
            elements = self._gathered(n)
            if not len(elements):
                return []
            self.few -= len(elements)
            if self.few >= 0:
                self.singles = self.stage.run(iter(elements))
            elif (results := self._together(elements)) is None:
                self.singles = self.stage.run(self._elements_from(elements))
            elif len(results):
                return results
        return [element]

    def _gathered(self, n):
        """The next elements: a block as it is, and those that come one by one in a list of n."""
        elements = self.pull(n)
        while not isinstance(elements, Block) and 0 < len(elements) < n and len(more := self.pull(n - len(elements))):
            elements = [*elements, *more]
        return elements

    def _together(self, elements):
        """The stage's elements for some of its input; None if they have to be computed one by one."""
        if self.by_blocks is None:
            self.by_blocks = BlockFunction.of(self.stage.function, next(iter(elements)))
        block = elements if isinstance(elements, Block) else block_of(elements)
        results = None if block is None or self.by_blocks is None else self.by_blocks(block)
        return None if results is None else self.stage.of_block(block, results)

    def _elements_from(self, elements):
        while len(elements):
            yield from elements
            elements = self.pull(self.wanted)


def batches_of(pull, size, drop_remainder):
    """Batches of `size` elements each; the last may have fewer."""
    while True:
        parts, count = [], 0
        while count < size and len(elements := pull(size - count)):
            parts.append(elements)
            count += len(elements)
        if count == size or (count and not drop_remainder):
            yield _batch_of(parts)
        if count < size:
            return


def _batch_of(parts):
    if all(isinstance(part, Block) for part in parts):
        return joined(parts)
    return stack(list(itertools.chain.from_iterable(parts)))


def own_elements(pull, size):
    """The elements one by one, those of blocks copied: a shuffle's buffer that holds one must not hold its block."""
    while len(elements := pull(size)):
        if isinstance(elements, Block):
            for element in elements:
                yield tree.map_structure(lambda x: Tensor(x.array.copy()), element)
        else:
            yield from elements
