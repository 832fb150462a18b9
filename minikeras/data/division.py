"""Divides batches over ranks: each takes contiguous rows of every batch, none twice, none left out.

So batches, their order and their size are those of a training in one process, and each rank computes a part of each.
Arrays are sliced by index. A Dataset makes only the rank's rows of each batch, where its stages allow that
(`pipeline/shares.py`). Batches of a PyDataset are made by one rank each, and sent to the others, where that is
quicker (`py_dataset_on_ranks.py`). Other sources of whole batches (generators, other Datasets) run on every rank,
which takes its rows of each batch. Before each step the ranks compare their batches, so that one whose data ends early
ends the epoch for all.
"""

import itertools

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.base.messages import warn
from minikeras.collectives.agreement import AgreementError, check_agreement
from minikeras.collectives.share import Share, share_of
from minikeras.data.adapter import DataAdapter
from minikeras.data.arrays import ArrayAdapter
from minikeras.data.iterables import IterableAdapter, number_of_batches
from minikeras.data.pipeline.dataset import Dataset
from minikeras.data.pipeline.shares import share_of_pipeline
from minikeras.data.pipeline.stage import stage_of
from minikeras.data.py_dataset import PyDatasetAdapter
from minikeras.data.py_dataset_on_ranks import made_together

END = -1  # in place of the length of a batch
ADVICE = (
    "Give every rank all of the data. Where each reads its own part, train from a generator, PyDataset or Dataset "
    "under `keras.distribution.DataParallel(auto_shard_dataset=False)`."
)


def divided(adapter, strategy, what="The data"):
    """The adapter for this rank's rows of all batches; the same adapter where one process trains.

    Raises:
        AgreementError: the ranks were given data of different lengths.
    """
    group = strategy.group
    if group is None:
        return adapter
    if isinstance(adapter, ArrayAdapter):
        check_agreement(group, what, ADVICE, number_of_samples=adapter.num_samples, batch_size=adapter.batch_size)
        adapter.group = group
        return adapter
    iterable = getattr(adapter, "iterable", None)
    if isinstance(iterable, RowsOfRank):  # divided here, where it is known which ranks have no row
        adapter.iterable = iterable.dataset
        return DividedBatches(adapter, group, is_whole=True)
    is_whole = strategy.auto_shard and not isinstance(iterable, OwnBatches)
    return DividedBatches(adapter, group, is_whole)


class DividedBatches(DataAdapter):
    """This rank's rows of the batches that an adapter yields.

    Args:
        adapter: yields whole batches, the same on each rank; or with `is_whole=False` each rank's own rows.
        group: the ranks.
        is_whole: see there.
    """

    def __init__(self, adapter, group, is_whole):
        self.adapter, self.group, self.is_whole = adapter, group, is_whole
        self.batch_size = adapter.batch_size

    @property
    def num_batches(self):
        """The number of batches of the adapter."""
        return self.adapter.num_batches

    def epoch(self):
        return self.epoch_from(0)

    def epoch_from(self, number):
        batches = self._batches(number)
        while True:
            batch, share = next(batches, (None, None))
            lengths = self.group.numbers(END if batch is None else _rows(batch) if share is None else share.total)
            if END in lengths:
                self._warn_of_ends(lengths, number)
                return
            yield self._own_rows(batch, share, lengths, number)
            number += 1

    def _batches(self, number):
        """(batch, None) of each from this number on, or (the rank's rows of the batch, its Share)."""
        made = None
        if self.is_whole and type(self.adapter) is IterableAdapter:
            made = shares_of_dataset(self.adapter.iterable, self.group)
        if self.is_whole and type(self.adapter) is PyDatasetAdapter:
            return made_together(self.adapter, self.group, number)
        if made is None:
            return ((batch, None) for batch in self.adapter.epoch_from(number))
        return ((self.adapter.prepared(batch), share) for batch, share in itertools.islice(made, number, None))

    def _own_rows(self, batch, share, lengths, number):
        if not self.is_whole:
            rank = self.group.rank
            self.share = Share(rank, self.group.size, sum(lengths[:rank]), lengths[rank], sum(lengths), is_whole=False)
            return batch
        if len(set(lengths)) > 1:
            raise AgreementError(
                f"Batch {number} has another length on each rank: {lengths}. All must be given the same batches, of "
                f"which they take rows. {ADVICE}"
            )
        self.share = share_of(self.group.rank, self.group.size, lengths[0])
        if share is not None:
            return batch
        rows = self.share.slice
        return tree.map_structure(lambda x: Tensor(x.array[rows]) if type(x) is Tensor else x, batch)

    def _warn_of_ends(self, lengths, number):
        ended = [rank for rank, length in enumerate(lengths) if length == END]
        if len(ended) < len(lengths):
            warn(
                f"The data of rank {', '.join(map(str, ended))} ended after {number} batches, while other ranks have "
                "more. The epoch ends here for all; batches that the others had left are not used."
            )

    def on_epoch_begin(self):
        self.adapter.on_epoch_begin()

    def on_epoch_end(self):
        self.adapter.on_epoch_end()

    def on_data_end(self):
        self.adapter.on_data_end()

    def on_interruption(self):
        self.adapter.on_interruption()


class RowsOfRank:
    """This rank's rows of the batches of a data set: the first row if none is left for it.

    Args:
        dataset: yields the same batches of arrays or Tensors on each rank.
        group: the ranks.
    """

    def __init__(self, dataset, group):
        self.dataset, self._group = dataset, group

    def __iter__(self):
        made = shares_of_dataset(self.dataset, self._group)
        if made is not None:
            for batch, _ in made:
                yield batch
            return
        for batch in self.dataset:
            share = share_of(self._group.rank, self._group.size, len(tree.flatten(batch)[0]))
            yield tree.map_structure(lambda x, rows=share.slice: x[rows], batch)

    def __len__(self):
        return len(self.dataset)

    def cardinality(self):
        """The number of batches, negative if it is unknown."""
        number = number_of_batches(self.dataset)
        return -2 if number is None else number


class OwnBatches:
    """Batches that already belong to this rank; `fit` takes them as they are.

    Args:
        dataset: yields them.
    """

    def __init__(self, dataset):
        self._dataset = dataset

    def __iter__(self):
        return iter(self._dataset)


def shares_of_dataset(dataset, group):
    """An iterator over (this rank's rows, Share) of the batches of a Dataset that makes only these, or None."""
    if not isinstance(dataset, Dataset):
        return None
    stage = stage_of(dataset)
    stage.begin()
    return share_of_pipeline(stage, group.rank, group.size)


def _rows(batch):
    lengths = [len(leaf.array) for leaf in tree.flatten(batch) if type(leaf) is Tensor and leaf.array.ndim]
    return lengths[0] if lengths else 1
