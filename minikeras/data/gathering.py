"""`gathered`: batches that come one by one, from a generator or a data set, as `Run`s of several.

    generator ──▶ batch, batch, batch, batch ──▶ [one array of all rows] ──▶ four steps in one call of compiled code

A step of a plan that Python starts costs more than one in a `Run`, by more than copying a batch of 100 kB takes.
If gathering takes long, a thread does it while the steps before run (`pipeline/prefetching.py`): it hands over some
batches at a time, which Python's lock makes dear, and which one handing over for many steps makes cheap again.

A batch is copied when it comes: its owner may fill the same arrays with the next one.

Batches are gathered as long as they have one form, for a short time, and up to some MB, which are all that is held.
"""

import time
from typing import NamedTuple

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.arrays import Run
from minikeras.data.batches import copied
from minikeras.data.pipeline.prefetching import made_ahead

BYTES = 2 << 20  # of the batches of a run
SECONDS = 0.02  # a source that is slower than its steps is not waited for


def runs_of(batches, copy=True):
    """An iterator over `Run`s, and lists of one batch that cannot be in one; a thread works ahead if that pays.

    Args:
        batches: a generator of batches, as an adapter's `epoch` gives them.
        copy: whether arrays of a batch may be written to when the next is asked for.
    """
    return made_ahead(gathered(batches, copy))


def gathered(batches, copy=True):
    """The same, made when they are asked for."""
    group, form, begun = None, None, 0.0
    for batch in _or_error(batches):
        if type(batch) is _Error:  # the steps on the batches before it come first
            if group:
                yield group.run()
            raise batch.error
        previous, form = form, form_of(batch)
        if group and form != previous:
            yield group.run()
            group = None
        if form is None:
            yield [copied(batch) if copy else batch]
            continue
        if not group:
            group, begun = _Group(batch, _bytes_of(form), copy), time.perf_counter()
        group.add(batch)
        if group.is_full() or time.perf_counter() - begun > SECONDS:
            yield group.run()
            group = None
    if group:
        yield group.run()


class _Group:
    """Batches of one form, of which the arrays are written below each other as they come.

    Args:
        batch: the first one, which is to be added like the others.
        size: its bytes; so many batches have space that they reach BYTES.
        copy: whether one batch alone is copied too.
    """

    def __init__(self, batch, size, copy):
        self.capacity, self.count = max(1, -(-BYTES // max(1, size))), 0
        self.rows = len(next(leaf for leaf in tree.flatten(batch) if leaf is not None).array)
        kept = self.capacity == 1 and not copy
        self.parts = tree.map_structure(lambda x: x if x is None else x.array if kept else self._space(x.array), batch)
        self.arrays = () if kept else [array for array in tree.flatten(self.parts) if array is not None]

    def _space(self, array):
        return np.empty((self.capacity * self.rows, *array.shape[1:]), array.dtype)

    def add(self, batch):
        """Write a batch below those before it."""
        leaves = [leaf.array for leaf in tree.flatten(batch) if leaf is not None]
        rows = slice(self.count * self.rows, (self.count + 1) * self.rows)
        for array, leaf in zip(self.arrays, leaves, strict=False):  # no arrays where the only batch stays where it is
            array[rows] = leaf
        self.count += 1

    def is_full(self):
        """Whether there is no space for another batch."""
        return self.count == self.capacity

    def run(self):
        """The batches as a `Run`."""
        rows = self.count * self.rows
        parts = tree.map_structure(lambda array: None if array is None else array[:rows], self.parts)
        return Run(parts, np.arange(rows), self.rows, shuffled=False)


class _Error(NamedTuple):
    """In place of a batch: what making it has raised."""

    error: Exception


def _or_error(batches):
    try:
        yield from batches
    except Exception as error:
        yield _Error(error)


def form_of(batch):
    """The nesting, shapes and dtypes of a batch, of which all arrays have as many rows; None if it is none such."""
    if type(batch) is not tuple:
        return None
    form = tuple([_form(part) for part in batch])
    rows = {shape[0] if shape else 0 for shape, _ in _leaves(form)}
    return form if len(rows) == 1 and 0 not in rows else None


def _form(part):
    kind = type(part)
    if kind is Tensor:
        return part.array.shape, part.array.dtype
    if kind is dict:
        return {key: _form(value) for key, value in part.items()}
    if kind in (list, tuple):
        return [kind, *map(_form, part)]
    return None if part is None else ((), kind)  # of ragged and sparse tensors: it has no rows to be joined


def _leaves(form):
    """The (shape, dtype) pairs in a form."""
    for part in form:
        if type(part) is tuple:
            yield part
        elif type(part) is dict:
            yield from _leaves(part.values())
        elif type(part) is list:
            yield from _leaves(part[1:])


def _bytes_of(form):
    return sum(dtype.itemsize * int(np.prod(shape)) for shape, dtype in _leaves(form))
