"""`EarlyStopping`: ends training when a value no longer improves."""

from minikeras.base.messages import print_message, warn
from minikeras.callbacks.monitoring import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Stops `fit` once a value has not improved for `patience` epochs.

        model.fit(x, y, validation_split=0.2, epochs=100,
                  callbacks=[EarlyStopping(patience=3, restore_best_weights=True)])

    Args:
        monitor: name of a loss or metric in the logs.
        min_delta: a value must be better than the best by more than this to count as an improvement.
        patience: number of epochs without improvement after which to stop; 0 and 1 both mean the first such epoch.
        verbose: 1 prints a line when it stops.
        mode: "min": lower is better, "max": higher is better, "auto": the metric determines it.
        baseline: until the value is better than this, epochs count as without improvement.
        restore_best_weights: whether to restore the weights of the best epoch at the end of training, even if training
            was not stopped.
        start_from_epoch: number of epochs at the start to ignore.

    Attributes:
        stopped_epoch: number of the epoch after which the training was stopped, 0 if it was not.
        best, best_epoch: best value and its epoch (counted from 0).
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_weights = None
        self.best_epoch = 0

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor_op is None:
            self._set_monitor_op()
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep_weights(epoch)  # a first NaN is not an improvement, but there must be weights to restore
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self._keep_weights(epoch)
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:  # never after the very first epoch
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            print_message(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print_message(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs):
        """The monitored value in the logs; None, with a warning, if they lack it."""
        logs = logs or {}
        if self.monitor not in logs:
            warn(
                f"EarlyStopping monitors `{self.monitor}`, which this epoch did not report, so it does nothing. "
                f"Reported: {', '.join(logs)}"
            )
        return logs.get(self.monitor)

    def _keep_weights(self, epoch):
        self.best_weights = self.model.get_weights()
        self.best_epoch = epoch
