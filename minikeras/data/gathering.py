"""`gathered`: collects batches that come one by one, from a generator or a data set, into `Run`s.

    generator ──▶ batch, batch, batch, batch ──▶ [a run of four] ──▶ four steps in one call of compiled code

A plan's step that Python starts costs more than one in a `Run`.
If gathering takes long, a thread does it while the previous steps run (`pipeline/prefetching.py`). It passes on several
batches at a time, since each transfer between threads is slow because of Python's lock.

A generator's batch is copied on arrival: its owner may fill the same arrays with the next one.

Batches are gathered as long as they have one form, for a short time, and up to some MB, which limits the memory used.
"""

import time
from typing import NamedTuple

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.arrays import Run
from minikeras.data.batches import copied
from minikeras.data.pipeline.prefetching import prefetched

BYTES = 2 << 20  # of the batches of a run
SECONDS = 0.02  # a source slower than the steps is not waited for


def runs_of(batches, copy=True):
    """An iterator over `Run`s, and lists of single batches that fit into none; a thread works ahead if that pays.

    Args:
        batches: a generator of batches, as an adapter's `epoch` gives them.
        copy: whether a batch's arrays may be overwritten when the next batch is asked for.
    """
    return prefetched(gathered(batches, copy))


def gathered(batches, copy=True):
    """The same on demand, without a thread."""
    group, form, begun, size = [], None, 0.0, 0
    for batch in _or_error(batches):
        if type(batch) is _Error:  # the steps on the batches before it come first
            if group:
                yield RunOfBatches(group)
            raise batch.error
        previous, form = form, form_of(batch)
        if group and form != previous:
            yield RunOfBatches(group)
            group = []
        batch = copied(batch) if copy or (form and _has_gaps(batch)) else batch
        if form is None:
            yield [batch]
            continue
        if not group:
            begun, size = time.perf_counter(), _bytes_of(form)
        group.append(batch)
        if len(group) * size >= BYTES or time.perf_counter() - begun > SECONDS:
            yield RunOfBatches(group)
            group = []
    if group:
        yield RunOfBatches(group)


class RunOfBatches(Run):
    """Batches of one form, each in separate arrays.

    Args:
        batches: tuples of Tensors, which may be nested.
    """

    shuffled, shares = False, None

    def __init__(self, batches):
        self.batches = batches
        self._arrays = [_arrays_of(batch) for batch in batches]
        self.batch_size = len(self._arrays[0][0])

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, number):
        return self.batches[number]

    def rest(self, first):
        """All batches from number `first` on as one."""
        return tree.map_structure(_joined, *self.batches[first:])

    def sources(self, part, first, count):
        """A list of the arrays that have the rows of so many batches; one array if it has all of them."""
        return [arrays[part] for arrays in self._arrays[first : first + count]]

    def rows(self, first, count):
        """The row indices of so many batches in these, in order."""
        return np.tile(np.arange(self.batch_size), count)

    def values(self, part, first, count):
        """The rows of so many batches."""
        return np.concatenate(self.sources(part, first, count))


def _arrays_of(batch):
    return [leaf.array for leaf in tree.flatten(batch) if leaf is not None]


def _has_gaps(batch):
    return not all(array.flags.c_contiguous for array in _arrays_of(batch))


def _joined(*leaves):
    if leaves[0] is None or len(leaves) == 1:
        return leaves[0]
    return Tensor(np.concatenate([leaf.array for leaf in leaves]))


class _Error(NamedTuple):
    """Takes the place of a batch: the error that making it has raised."""

    error: Exception


def _or_error(batches):
    try:
        yield from batches
    except Exception as error:
        yield _Error(error)


def form_of(batch):
    """The nesting, shapes and dtypes of a batch whose arrays all have the same number of rows; None for any other."""
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
