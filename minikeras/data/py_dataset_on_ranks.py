"""`made_together`: the batches of a PyDataset, each made by one rank, which sends the others their rows of it.

    numbers of batches     4   1   7   0   2   5      the order of one process, the same on all ranks
    made by rank           0   1   2   0   1   2      side by side; then all meet, and each takes its rows of all three

So a batch is made once, and not by every rank. This is done if

- the ranks are on one host, and pass batches on in shared memory,
- making takes longer than passing on, as measured on the batches read before the first epoch (rank 0 decides),
- methods of the data set draw no random numbers: each rank would draw those of its own batches only, where one process
  draws those of all.

Otherwise each rank makes all batches and takes its rows. The losses are those of one process in both cases; as with
several workers, the result of `__getitem__` must depend on its index alone.
"""

import itertools
from types import FunctionType

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.collectives.share import share_of
from minikeras.data.pipeline.shares import has_generator, may_draw_numbers
from minikeras.data.py_dataset import PyDataset

SECONDS_TO_HAND_OVER = 3e-4  # a batch of any size: a meeting, and the descriptions of its arrays
SECONDS_PER_BYTE = 1e-9  # copied into shared memory, and out of it
RUN_ON_ALL = ("__init__", "__len__", "on_epoch_begin", "on_epoch_end")  # by every rank: they may draw


def made_together(adapter, group, number):
    """Iterator over (batch, None) of whole batches, or (this rank's rows of a batch, its Share), from a number on.

    Args:
        adapter: a PyDatasetAdapter.
        group: the ranks.
        number: of the first batch.
    """
    order = adapter.order_from(number)
    if not pays(adapter, group):
        return ((batch, None) for batch in adapter.made(order))
    return _received_rows(adapter, group, order)


def pays(adapter, group):
    """Whether making each batch once is allowed, and quicker according to rank 0."""
    if group.hosts > 1 or draws_numbers(adapter.dataset):
        return False
    seconds, nbytes = adapter.seconds_of_batch, adapter.bytes_of_batch
    saved = seconds * (1 - 1 / group.size)
    return group.broadcast(saved > SECONDS_TO_HAND_OVER + SECONDS_PER_BYTE * nbytes)


def draws_numbers(dataset):
    """Whether a PyDataset may draw random numbers while it makes a batch, by its code and attributes."""
    own = [kind for kind in type(dataset).__mro__ if issubclass(kind, PyDataset) and kind is not PyDataset]
    parts = [part for kind in own for name, part in vars(kind).items() if name not in RUN_ON_ALL]
    kept = list(vars(dataset).values())
    functions = [getattr(part, "fget", None) or getattr(part, "__func__", part) for part in (*parts, *kept)]
    return any(may_draw_numbers(f) for f in functions if isinstance(f, FunctionType)) or any(
        has_generator(value) for value in kept
    )


def _received_rows(adapter, group, order):
    mine, order = itertools.tee(order)
    own = adapter.made(itertools.islice(mine, group.rank, None, group.size))
    while numbers := list(itertools.islice(order, group.size)):
        batch = next(own) if group.rank < len(numbers) else ()
        yield from _own_rows(batch, group)


def _own_rows(batch, group):
    """[(this rank's rows, its Share)] of the batch that each rank gives, in their order; () is none."""
    leaves = tree.flatten(batch)
    arrays = [np.ascontiguousarray(leaf.array) for leaf in leaves if _has_rows(leaf)]
    others = tree.map_structure(lambda leaf: _Rows() if _has_rows(leaf) else leaf, batch)
    given = group.exchange((others, [(array.dtype, array.shape) for array in arrays]))
    structures, kinds = zip(*given, strict=True)
    found = []
    for structure, lent in zip(structures, group.lent(arrays, kinds), strict=True):
        if lent:
            share = share_of(group.rank, group.size, len(lent[0]))
            rows = (Tensor(array[share.slice].copy()) for array in lent)  # the next meeting ends the loan
            made = [next(rows) if type(leaf) is _Rows else leaf for leaf in tree.flatten(structure)]
            found.append((tree.pack_sequence_as(structure, made), share))
    return found


class _Rows:
    """Stands for an array that is divided."""


def _has_rows(leaf):
    return type(leaf) is Tensor and leaf.array.ndim > 0
