"""Counting batches over the epochs, for callbacks that save every n batches."""


def checked_frequency(save_freq):
    """`save_freq` itself.

    Raises:
        ValueError: it is neither "epoch" nor an integer.
    """
    if save_freq != "epoch" and not isinstance(save_freq, int):
        raise ValueError(f"Invalid value of `save_freq`: {save_freq!r}. It is 'epoch' or a number of batches.")
    return save_freq


class BatchCounter:
    """Finds the batches after which an action that happens every `frequency` batches is due.

    With `steps_per_execution`, the hooks are called after groups of batches only, with the number of the last.
    """

    def __init__(self, frequency):
        self.frequency = frequency
        self._seen = 0
        self._last = None

    def is_due(self, batch):
        """Whether the time has come, now that the batch of this number has ended."""
        is_new_epoch = self._last is None or batch <= self._last
        self._seen += batch + 1 if is_new_epoch else batch - self._last
        self._last = batch
        if self._seen < self.frequency:
            return False
        self._seen = 0
        return True
