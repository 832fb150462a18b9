"""`Epochs`: the batches of one epoch after the other."""

from minikeras import config
from minikeras.base.messages import warn


def number_of_epochs(epochs):
    """The number of epochs of a `fit`: its argument, limited by `keras.config.set_max_epochs`.

    Raises:
        ValueError: not an integer.
    """
    if not hasattr(epochs, "__index__"):
        raise ValueError(f"`epochs` must be an integer. Received: epochs={epochs!r}")
    limit = config.max_epochs()
    if limit and limit < epochs:
        warn(f"Limiting epochs to {limit}")
        return limit
    return epochs


class Epochs:
    """Iterates over data for `fit`, `evaluate` and `predict`, in groups of `steps_per_execution` batches.

    With `steps`, an epoch continues where the last one ended. Data that runs out within an epoch ends it, with a
    warning, and begins again in the next; data that ends with an epoch begins again silently. Both are Keras's ways.

    Args:
        data: a `DataAdapter`.
        steps: batches in an epoch, all if None. `keras.config.set_max_steps_per_epoch` limits it.
        group_size: batches that are returned together.

    Attributes:
        in_runs: for code that needs no groups: all batches are returned together, if the data can do that without
            making each of them.
    """

    in_runs = False

    def __init__(self, data, steps=None, group_size=1):
        limit = config.max_steps_per_epoch()
        if limit and (not steps or limit < steps):
            warn(f"Limiting steps_per_epoch to {limit}")
            steps = limit
        self.data = data
        self.steps = steps if steps and steps > 0 else None  # 0 and −1 are not numbers of steps
        self.group_size = group_size
        self._iterator = None
        self._seen = 0  # batches that the iterator has given
        self._first = 0  # batches that the next epoch skips

    def begin_at(self, number):
        """Let the next epoch begin with its batch `number`, to continue with one that was interrupted."""
        self._first = number

    def restart(self):
        """Let the next epoch begin at the start of the data.

        Keras calls `on_epoch_end` here, so a PyDataset that reorders its samples there does so once before the first
        epoch of `fit` and before each `evaluate`; to see the same batches, minikeras does it too.
        """
        self._iterator = None
        self.data.on_epoch_end()

    def __iter__(self):
        """One epoch: (number of the first batch, number of the last, [batches]) of each group."""
        self.data.on_epoch_begin()
        try:
            step = self._first
            runs = self.data.runs() if self.in_runs and self.steps is None and not step else None
            if runs is not None:
                for run in runs:
                    yield step, step + len(run) - 1, run
                    step += len(run)
                self.data.on_data_end()
                self.data.on_epoch_end()
                return
            group = self.data.new_group()
            for batch in self._batches():
                group.append(batch)
                if len(group) == self.group_size:
                    yield step, step + self.group_size - 1, group
                    step += self.group_size
                    group = self.data.new_group()
            if group:  # of fewer batches, but numbered like a whole one, as in Keras
                yield step, step + self.group_size - 1, group
        except BaseException:
            self.data.on_interruption()
            raise
        self.data.on_epoch_end()

    def _batches(self):
        first, self._first = self._first, 0
        if self.steps is None:
            yield from self.data.epoch_from(first)
            self.data.on_data_end()
            return
        if self._iterator is None:
            self._iterator, self._seen = iter(self.data.epoch_from(first)), first
        count = -(-self.steps // self.group_size) * self.group_size  # whole groups, as Keras executes
        for i in range(first, count):
            batch = next(self._iterator, None)
            if batch is None:
                warn(
                    f"Your input ran out of data after {i} batches of an epoch of {count}. The epoch ends here: "
                    "make sure that your data can give at least `steps_per_epoch * epochs` batches."
                )
                self._iterator = None
                return
            self._seen += 1
            yield batch
        if self.data.num_batches and self._seen >= self.data.num_batches:
            self._iterator = None


def validates(epoch, validation_freq):
    """Whether `fit` validates after an epoch, counted from 0.

    Raises:
        ValueError: `validation_freq` is neither an integer nor a list.
    """
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    if not isinstance(validation_freq, list):
        raise ValueError(f"`validation_freq` must be an integer or a list of epochs. Received: {validation_freq!r}")
    return epoch + 1 in validation_freq
