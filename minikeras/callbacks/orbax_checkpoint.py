"""`OrbaxCheckpoint`: saves the state of training with Orbax, in the background."""

import os

import numpy as np

from minikeras import tree
from minikeras.base.messages import print_message, warn
from minikeras.callbacks.batch_counter import BatchCounter, checked_frequency
from minikeras.callbacks.monitoring import MonitorCallback
from minikeras.utils.orbax import open_checkpoints, orbax, read_checkpoint


class OrbaxCheckpoint(MonitorCallback):
    """Saves weights, optimizer, metrics and architecture after each epoch or every n batches.

        checkpoint = OrbaxCheckpoint("checkpoints", monitor="val_accuracy", mode="max", save_best_only=True)
        model.fit(x, y, callbacks=[checkpoint])
        checkpoint.restore(model)

    The folder then contains numbered folders: the epoch (from 0), or, if `save_freq` is a number, the total of batches
    so far. They have the format of Keras's callback, which can read them. The library (`pip install orbax-checkpoint`)
    depends on JAX, which only saves the arrays here.

    Args:
        directory: folder of the checkpoints.
        monitor: name of a loss or metric in the logs.
        verbose: 1 prints what is saved (Keras is silent).
        save_best_only: whether to save only when the monitored value is the best so far.
        mode: "min": lower is better, "max": higher is better, "auto": the metric determines it.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: a value that the monitored one must surpass first.
        max_to_keep: how many of the latest checkpoints to keep; None for all.
        save_on_background: whether training continues while files are written; it waits for them at its end.
        save_weights_only: whether to omit optimizer, metrics and architecture.

    Raises:
        ImportError: orbax-checkpoint is not installed.
        ValueError: `save_freq` is neither "epoch" nor an integer.
    """

    def __init__(
        self,
        directory,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
        max_to_keep=1,
        save_on_background=True,
        save_weights_only=False,
    ):
        orbax()  # fails at once where it is missing
        super().__init__(monitor, mode, initial_value_threshold)
        self.directory = os.fspath(directory)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_freq = checked_frequency(save_freq)
        self.max_to_keep = max_to_keep
        self.save_on_background = save_on_background
        self.save_weights_only = save_weights_only
        self._batches = BatchCounter(save_freq)
        self._total_batches, self._last_batch = 0, -1
        self._checkpoints, self._pending = None, []

    # --- hooks ----------------------------------------------------------------------------------------------------

    def set_model(self, model):
        super().set_model(model)
        optimizer = getattr(model, "optimizer", None)
        self._total_batches = 0 if optimizer is None else int(np.asarray(optimizer.iterations))

    def on_train_begin(self, logs=None):
        self._checkpoints = open_checkpoints(self.directory, self.max_to_keep)

    def on_epoch_begin(self, epoch, logs=None):
        self._last_batch = -1

    def on_train_batch_end(self, batch, logs=None):
        self._total_batches += batch - self._last_batch  # with `steps_per_execution`, several at once
        self._last_batch = batch
        if self.save_freq != "epoch" and self._batches.is_due(batch):
            self._save(self._total_batches, logs or {}, f"batch {batch}")

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch":
            self._save(epoch, logs or {}, f"epoch {epoch}")

    def on_train_end(self, logs=None):
        self.wait_until_finished()
        self._checkpoints.close()
        self._checkpoints = None

    # --- saving and restoring -------------------------------------------------------------------------------------

    def _save(self, step, logs, moment):
        """Save the model as checkpoint `step`, if it is due."""
        if self.save_best_only and not self._is_best(logs, moment):
            return
        content = {"pytree": _as_python_scalars(self.model.get_state_tree(value_format="numpy_array"))}
        if self.save_weights_only:
            groups = ("trainable_variables", "non_trainable_variables")
            content["pytree"] = {group: content["pytree"][group] for group in groups}
        else:
            content["model_config"] = {"config": self.model.to_json()}
        if self.verbose > 0:
            print_message(f"\nSaving the model at {moment} to {os.path.join(self.directory, str(step))}")
        if self.save_on_background:
            self._pending.append(self._checkpoints.save_checkpointables_async(step, content))
        else:
            self._checkpoints.save_checkpointables(step, content)

    def _is_best(self, logs, moment):
        if self.monitor_op is None:
            self._set_monitor_op()
        current = logs.get(self.monitor)
        if current is None:
            warn(f"Can save best model only with {self.monitor} available, skipping save at {moment}.")
            return False
        if not self._is_improvement(current, self.best):
            return False
        self.best = current
        return True

    def wait_until_finished(self):
        """Wait until everything saved so far is on disk.

        Raises:
            Any error while saving in the background.
        """
        pending, self._pending = self._pending, []
        for future in pending:
            future.result()

    def restore(self, model=None, step=None):
        """Set the variables of a model (by default the one trained last) from a checkpoint: the latest, or `step`.

        Metrics are not restored, since each epoch resets them.

        Raises:
            ValueError: there is no such checkpoint, or it belongs to a model with other variables.
        """
        model = self.model if model is None else model
        state = read_checkpoint(self.directory, step)
        state.pop("metrics_variables", None)
        model.set_state_tree(state)

    def is_multihost_enabled(self):
        """False: there is a single host."""
        return False

    def is_primary_host(self):
        """True: there is a single host."""
        return True


def _as_python_scalars(state):
    """Convert arrays without axes to Python numbers, as Orbax (and Keras) stores them."""
    return tree.map_structure(lambda array: array.item() if array.ndim == 0 else array, state)
