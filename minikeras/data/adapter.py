"""`DataAdapter`: the interface of data in any form for `fit`, `evaluate` and `predict`."""

import itertools


class DataAdapter:
    """Gives the batches of one epoch after the other.

    Attributes:
        num_batches: batches in an epoch, None if unknown.
        batch_size: samples in a full batch, None if unknown.
        share: the `Share` of a batch that `epoch` gave last, where several processes divide each; else None.
    """

    num_batches = None
    batch_size = None
    share = None

    def epoch(self):
        """Iterator over the batches of the next epoch: tuples (x,), (x, y) or (x, y, sample_weight) of Tensors."""
        raise NotImplementedError

    def epoch_from(self, number):
        """The same without the first `number` batches, to go on with an interrupted epoch."""
        return itertools.islice(self.epoch(), number, None)

    def runs(self):
        """The same as iterator over `Run`s of many batches; None if the data is not made of arrays."""

    def on_epoch_begin(self):
        """Called before each epoch."""

    def on_epoch_end(self):
        """Called after each complete epoch."""

    def on_data_end(self):
        """Called when an epoch has gone through all the data, as one without `steps_per_epoch` does."""

    def on_interruption(self):
        """Called when an epoch is left before its end: by `stop_training`, or because something failed."""
