"""`share_of_pipeline`: makes only a rank's share of each batch of a data set.

    source ─ shuffle ─ map ─ batch(8) ─ prefetch            every rank makes 8 elements and keeps its 2
    source ─ shuffle ─ own 2 of 8 ─ map ─ batch ─ prefetch  every rank makes 2

All elements are drawn from the source, in the same order on all ranks, so batches are those of one process; functions
run and files are read only for the rank's own elements. For this a stage is added that keeps the rank's rows of each
group of `size` elements, as early as possible: before stages that only make one element from each. Stages that draw
random numbers, count, filter or keep elements see all of them, and so do all stages before them.

A batch is made of as many elements as were kept. Maps after the batch may mix its rows, so such a data set is divided
only when its batches are complete (`data/division.py`).
"""

import copy
import itertools
import random
from collections import deque
from types import CellType, CodeType, FunctionType

import numpy as np

from minikeras.base import replay
from minikeras.collectives.share import share_of
from minikeras.data.pipeline.batching import Batch
from minikeras.data.pipeline.file_contents import FileContents
from minikeras.data.pipeline.mapping import Map
from minikeras.data.pipeline.parallel import ParallelMap
from minikeras.data.pipeline.prefetching import Prefetch
from minikeras.data.pipeline.selecting import Repeat
from minikeras.data.pipeline.stage import Stage
from minikeras.random.seed_generator import SeedGenerator

GENERATORS = (SeedGenerator, np.random.Generator, np.random.RandomState, random.Random)
DEEPEST = 3  # levels of nested function calls that are inspected


def share_of_pipeline(last, rank, size):
    """An iterator over (batch, share of the rank) of a new epoch; None if it has to be divided batch by batch.

    Args:
        last: the last stage of a data set.
        rank, size: the rank, and how many there are.
    """
    after, batch = _until(last, lambda stage: type(stage) is Batch, (Prefetch, Repeat))
    if batch is None:
        return None
    each, source = _until(batch.input, lambda stage: not _makes_one_of_each(stage), ())
    if not any(isinstance(stage, (Map, FileContents)) for stage in each):
        return None  # there is nothing to save
    kept = OwnElements(source, batch.size, batch.drop_remainder, rank, size)
    joined = JoinedShares(_above(each, kept), kept.shares)
    return _with_shares(iter(_above(after, joined)), joined.made)


def _until(stage, condition, allowed):
    """(the stages before the first that meets a condition, the last one first; that one).

    The second is None where a stage comes before it that is of no class that is `allowed`; () allows all.
    """
    found = []
    while not condition(stage):
        if stage.input is None or (allowed and type(stage) not in allowed):
            return found, None
        found.append(stage)
        stage = stage.input
    return found, stage


def _makes_one_of_each(stage):
    if type(stage) in (Map, ParallelMap):
        return not may_draw_numbers(stage.function.function)
    return type(stage) in (FileContents, Prefetch)


def may_draw_numbers(function, depth=0):
    """Whether a function may draw random numbers, by the names and objects in its code; True for other callables.

    A rank that calls it for some elements only would draw other numbers for them.
    """
    code = getattr(function, "__code__", None)
    if code is None or depth > DEEPEST:
        return True
    names = {name for inner in _codes(code) for name in inner.co_names}
    if any(word in name.lower() for name in names for word in ("rand", "shuffle", "dropout", "noise")):
        return True
    cells = [cell.cell_contents for cell in function.__closure__ or () if cell != CellType()]
    known = [getattr(function, "__self__", None), *cells]
    known += [function.__globals__[name] for name in names if name in function.__globals__]
    for value in known:
        if isinstance(value, FunctionType) and not replay.is_own(value) and may_draw_numbers(value, depth + 1):
            return True
        if has_generator(value):
            return True
    return False


def has_generator(value):
    """Whether an object is a generator of random numbers, or has one, as a layer or a layer in it may."""
    return any(
        isinstance(part, GENERATORS)
        for owner in (value._flatten_layers() if hasattr(value, "_flatten_layers") else [value])
        for part in (owner, *getattr(owner, "__dict__", {}).values())
    )


def _codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _above(stages, stage):
    """Copies of stages, the last one first, that continue from `stage`."""
    for one in reversed(stages):
        one = copy.copy(one)
        one.input = stage
        stage = one
    return stage


def _with_shares(batches, shares):
    for batch in batches:
        yield batch, shares.popleft()


class OwnElements(Stage):
    """The rank's share of each `batch_size` elements: the first element if its share is empty.

    Attributes:
        shares: those of the groups whose elements were yielded, for the stage that joins them.
    """

    def __init__(self, input, batch_size, drop_remainder, rank, size):
        super().__init__(input)
        self.batch_size, self.drop_remainder, self.rank, self.size = batch_size, drop_remainder, rank, size
        self.shares = deque()

    def run(self, elements):
        while group := list(itertools.islice(elements, self.batch_size)):
            if len(group) < self.batch_size and self.drop_remainder:
                return
            share = share_of(self.rank, self.size, len(group))
            self.shares.append(share)
            yield from group[share.slice]


class JoinedShares(Stage):
    """The batches of those elements. `made` has the share of each batch that was made, in order."""

    def __init__(self, input, shares):
        super().__init__(input)
        self._shares, self.made = shares, deque()

    def run(self, elements):
        for first in elements:
            share = self._shares.popleft()
            group = [first, *itertools.islice(elements, share.computed - 1)]
            self.made.append(share)
            yield Batch.join(self, group)
