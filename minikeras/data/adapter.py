"""`DataAdapter`: the interface of data in any form for `fit`, `evaluate` and `predict`."""


class DataAdapter:
    """Gives the batches of one epoch after the other.

    Attributes:
        num_batches: batches in an epoch, None if unknown.
        batch_size: samples in a full batch, None if unknown.
    """

    num_batches = None
    batch_size = None

    def epoch(self):
        """Iterator over the batches of the next epoch: tuples (x,), (x, y) or (x, y, sample_weight) of Tensors."""
        raise NotImplementedError

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
