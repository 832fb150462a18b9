"""`DataAdapter`: the interface of data in any form for `fit`, `evaluate` and `predict`."""

import itertools

# Keras reads this many batches before the first epoch, to learn their shapes. A dataset that draws random numbers has
# then drawn some, so they are read here too: the same seed gives the same run.
BATCHES_LOOKED_AT = 2


class DataAdapter:
    """Gives the batches of one epoch after the other.

    Attributes:
        num_batches: batches in an epoch, None if unknown.
        batch_size: samples in a full batch, None if unknown.
        group: the ranks that divide each batch, set by `divided`; None where one process trains.
        share: then the `Share` that the batch is which `epoch` gave last.
    """

    num_batches = None
    batch_size = None
    group = None
    share = None

    def new_group(self):
        """A list for batches that follow each other."""
        return [] if self.group is None else SharedBatches(self)

    def epoch(self):
        """Iterator over the batches of the next epoch: tuples (x,), (x, y) or (x, y, sample_weight) of Tensors."""
        raise NotImplementedError

    def epoch_from(self, number):
        """The same without the first `number` batches, to continue with an interrupted epoch."""
        return itertools.islice(self.epoch(), number, None)

    def runs(self):
        """The same as iterator over `Run`s of many batches, or lists of one; None if they come one by one only."""

    def on_epoch_begin(self):
        """Called before each epoch."""

    def on_epoch_end(self):
        """Called after each complete epoch."""

    def on_data_end(self):
        """Called when an epoch has gone through all the data, as one without `steps_per_epoch` does."""

    def on_interruption(self):
        """Called when an epoch is left before its end: by `stop_training`, or because something failed."""


class SharedBatches(list):
    """A group of batches of an adapter, with the `Share` that each is (`shares`)."""

    def __init__(self, adapter):
        super().__init__()
        self._adapter, self.shares = adapter, []

    def append(self, batch):
        """Add the batch that the adapter has given last."""
        super().append(batch)
        self.shares.append(self._adapter.share)
