"""`ReduceLROnPlateau`: lowers the learning rate when a value no longer improves."""

import numpy as np

from minikeras.base.messages import print_message, warn
from minikeras.callbacks.learning_rates import learning_rates, optimizers_of
from minikeras.callbacks.monitoring import MonitorCallback


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by `factor` once a value has not improved for `patience` epochs.

    The learning rate of each epoch is added to its logs as "learning_rate".

    Args:
        monitor: name of a loss or metric in the logs.
        factor: new learning rate / old one, below 1.
        patience: number of epochs without improvement after which to reduce; 0 and 1 both mean the first such epoch.
        verbose: 1 prints a line when it reduces.
        mode: "min": lower is better, "max": higher is better, "auto": the metric determines it.
        min_delta: a value must be better than the best by more than this to count as an improvement.
        cooldown: number of epochs after a reduction in which a lack of improvement is not counted.
        min_lr: the learning rate does not go below this.

    Raises:
        ValueError: `factor` is not below 1.
        TypeError: the optimizer's learning rate is a schedule of its own and cannot be set.
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
        **kwargs,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(f"`factor` of ReduceLROnPlateau must be below 1. Received: factor={factor}")
        if kwargs:  # Keras ignores them silently
            hint = " `epsilon` is called `min_delta` now." if "epsilon" in kwargs else ""
            warn(f"ReduceLROnPlateau ignores the unknown arguments {sorted(kwargs)}.{hint}")
        self.factor = factor
        self.min_lr = min_lr
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self._reset()

    def _reset(self):
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor_op is None:
            self._set_monitor_op()
        logs = {} if logs is None else logs
        logs.update(learning_rates(self.model))
        current = logs.get(self.monitor)
        if current is None:
            warn(
                f"ReduceLROnPlateau monitors `{self.monitor}`, which this epoch did not report, so it does nothing. "
                f"Reported: {', '.join(logs)}."
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch):
        for optimizer in optimizers_of(self.model):
            old = float(np.asarray(optimizer.learning_rate, "float32"))
            if old > np.float32(self.min_lr):
                new = max(old * self.factor, self.min_lr)
                optimizer.learning_rate = new
                if self.verbose > 0:
                    print_message(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def in_cooldown(self):
        """Whether the learning rate was reduced less than `cooldown` epochs ago."""
        return self.cooldown_counter > 0
