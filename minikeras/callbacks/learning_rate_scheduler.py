"""`LearningRateScheduler`: sets the learning rate of each epoch by a function."""

import numpy as np

from minikeras.base.messages import print_message
from minikeras.callbacks.callback import Callback
from minikeras.callbacks.learning_rates import learning_rates, optimizers_of


class LearningRateScheduler(Callback):
    """Sets the optimizer's learning rate before each epoch, and adds it to the logs as "learning_rate".

        def halve_every_ten_epochs(epoch, learning_rate):
            return learning_rate / 2 if epoch and epoch % 10 == 0 else learning_rate

        model.fit(x, y, epochs=50, callbacks=[LearningRateScheduler(halve_every_ten_epochs)])

    Args:
        schedule: function `(epoch, learning_rate) -> float`, or `(epoch) -> float`; epochs count from 0.
        verbose: 1 prints each learning rate.

    Raises:
        ValueError: the optimizer has no learning rate, or `schedule` does not return a float.
        TypeError: the optimizer's learning rate is a schedule of its own and cannot be set.
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        for optimizer in optimizers_of(self.model):
            self._schedule(epoch, optimizer)

    def _schedule(self, epoch, optimizer):
        if not hasattr(optimizer, "learning_rate"):
            raise ValueError(
                "LearningRateScheduler sets `learning_rate`, which the optimizer of the model lacks. "
                f"Received: optimizer={optimizer!r}"
            )
        try:
            learning_rate = self.schedule(epoch, float(np.asarray(optimizer.learning_rate)))
        except TypeError:  # a function of the epoch alone; any other TypeError is raised again
            learning_rate = self.schedule(epoch)
        if not isinstance(learning_rate, (float, np.float32, np.float64)):
            raise ValueError(f"`schedule` of LearningRateScheduler must return a float. Received: {learning_rate!r}")
        optimizer.learning_rate = learning_rate
        if self.verbose > 0:
            print_message(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {learning_rate}.")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs.update(learning_rates(self.model))
