"""`ModelCheckpoint`: saves the model during training."""

import os

import numpy as np

from minikeras.base.messages import print_message, warn
from minikeras.callbacks.batch_counter import BatchCounter, checked_frequency
from minikeras.callbacks.monitoring import MonitorCallback


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after each epoch or every n batches.

        ModelCheckpoint("best.weights.h5", save_weights_only=True, save_best_only=True)
        ModelCheckpoint("{epoch:02d}-{val_loss:.3f}.keras")

    Args:
        filepath: path of the file. It may have fields: `{epoch}` (counted from 1), `{batch}` if `save_freq` is a
            number, and all names in the logs. It ends in ".keras" (or ".h5") for whole models, in ".weights.h5" for
            weights, or in ".npz" (not in Keras) for weights as plain NumPy arrays under their paths.
        monitor: name of a loss or metric in the logs.
        verbose: 1 prints what is saved.
        save_best_only: whether to save only when the monitored value is the best so far.
        save_weights_only: whether to save the weights without the architecture.
        mode: "min": lower is better, "max": higher is better, "auto": the metric determines it.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: a value that the monitored one must surpass first.

    Raises:
        ValueError: `save_freq` or the ending of `filepath` is invalid.
        KeyError: a field in `filepath` is not in the logs.
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        self.verbose = verbose
        self.filepath = os.fspath(filepath)
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = checked_frequency(save_freq)
        self._batches = BatchCounter(save_freq)
        self._current_epoch = 0
        self._check_ending()

    def _check_ending(self):
        if self.save_weights_only:
            if not self.filepath.endswith((".weights.h5", ".npz")):
                raise ValueError(
                    "`ModelCheckpoint` with `save_weights_only=True` writes files that end in `.weights.h5` or `.npz`. "
                    f"Received: filepath={self.filepath}"
                )
        elif not self.filepath.endswith((".keras", ".h5")):
            raise ValueError(
                "ModelCheckpoint writes whole models into files that end in '.keras'. "
                f"Received: filepath={self.filepath}. For weights alone, set `save_weights_only=True`."
            )

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq != "epoch" and self._batches.is_due(batch):
            self._save(self._current_epoch, batch, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch":
            self._save(epoch, None, logs or {})

    def _save(self, epoch, batch, logs):
        """Save the model, if it is due."""
        if self.monitor_op is None:
            self._set_monitor_op()
        path = self._path(epoch, batch, logs)
        if not self._is_worth_saving(epoch, logs, path):
            return
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        if self.verbose > 0:
            print_message(f"\nEpoch {epoch + 1}: finished saving model to {path}")

    def _path(self, epoch, batch, logs):
        fields = {"epoch": epoch + 1} if batch is None else {"epoch": epoch + 1, "batch": batch + 1}
        try:
            return self.filepath.format(**fields, **logs)
        except KeyError as error:
            raise KeyError(
                f"`filepath` of ModelCheckpoint names a value that this epoch did not report: {error}. "
                f"Received: filepath={self.filepath!r}. Reported: {[*fields, *logs]}"
            ) from error

    def _is_worth_saving(self, epoch, logs, path):
        """Whether to save: the value is the best so far, or every state is saved."""
        current = logs.get(self.monitor)
        if not self.save_best_only:
            self._report(f"\nEpoch {epoch + 1}: saving model to {path}")
            return True
        if current is None:
            warn(f"Can save best model only with {self.monitor} available.")
            return True
        if np.ndim(current) > 0:
            warn(
                f"ModelCheckpoint with `save_best_only` compares scalars. Received: {self.monitor}={current}. "
                "The model is saved after each epoch."
            )
            return True
        best = self.best if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            self._report(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {best}")
            return False
        self._report(
            f"\nEpoch {epoch + 1}: {self.monitor} improved from {best} to {current:.5f}, saving model to {path}"
        )
        self.best = current
        return True

    def _report(self, message):
        if self.verbose > 0:
            print_message(message)
