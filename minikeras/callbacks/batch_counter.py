"""Counting of batches over epochs, for callbacks that save every n batches."""


def checked_frequency(save_freq):
    """Return `save_freq` if it is valid.

    Raises:
        ValueError: it is neither "epoch" nor an integer.
    """
    if save_freq != "epoch" and not isinstance(save_freq, int):
        raise ValueError(f"Invalid value of `save_freq`: {save_freq!r}. It is 'epoch' or a number of batches.")
    return save_freq


class BatchCounter:
    """Determines the batches after which an action is due that happens every `frequency` batches.

    With `steps_per_execution`, hooks are called only after groups of batches, with the number of the last.
    """

    def __init__(self, frequency):
        self.frequency = frequency
        self._seen = 0
        self._last = None

    def is_due(self, batch):
        """Whether the action is due after the batch with this number."""
        is_new_epoch = self._last is None or batch <= self._last
        self._seen += batch + 1 if is_new_epoch else batch - self._last
        self._last = batch
        if self._seen < self.frequency:
            return False
        self._seen = 0
        return True
