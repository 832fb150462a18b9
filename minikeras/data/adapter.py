"""`DataAdapter`: the interface through which `fit`, `evaluate` and `predict` read data of any form."""

import itertools

# Keras reads this many batches before the first epoch, to learn their shapes. A dataset that draws random numbers has
# drawn some by then, so they are read here too: the same seed gives the same run.
BATCHES_PROBED = 2


class DataAdapter:
    """Yields the batches of one epoch after the other.

    Attributes:
        num_batches: batches in an epoch, None if unknown.
        batch_size: samples in a full batch, None if unknown.
        group: the ranks that divide each batch, set by `divided`; None where one process trains.
        share: in that case, this rank's `Share` of the batch that `epoch` yielded last.
    """

    num_batches = None
    batch_size = None
    group = None
    share = None

    def new_group(self):
        """A list for consecutive batches."""
        return [] if self.group is None else SharedBatches(self)

    def epoch(self):
        """Iterator over the batches of the next epoch: tuples (x,), (x, y) or (x, y, sample_weight) of Tensors."""
        raise NotImplementedError

    def epoch_from(self, number):
        """The same without the first `number` batches, to continue with an interrupted epoch."""
        return itertools.islice(self.epoch(), number, None)

    def runs(self):
        """The same as an iterator over `Run`s of many batches, or lists of one; None if they only come one by one."""

    def on_epoch_begin(self):
        """Called before each epoch."""

    def on_epoch_end(self):
        """Called after each complete epoch."""

    def on_data_end(self):
        """Called when an epoch has gone through all the data, as one without `steps_per_epoch` does."""

    def on_interruption(self):
        """Called when an epoch ends early, by `stop_training` or because of an error."""


class SharedBatches(list):
    """A group of batches from an adapter, with this rank's `Share` of each (`shares`)."""

    def __init__(self, adapter):
        super().__init__()
        self._adapter, self.shares = adapter, []

    def append(self, batch):
        """Add the batch that the adapter yielded last."""
        super().append(batch)
        self.shares.append(self._adapter.share)
