"""`BackupAndRestore`: resumes interrupted training."""

import os
import shutil

from minikeras.callbacks.batch_counter import BatchCounter, checked_frequency
from minikeras.callbacks.callback import Callback
from minikeras.collectives.writing import on_first_rank
from minikeras.formats.unreadable import UnreadableFileError
from minikeras.utils.training_state import add_to_metrics, load_state, read_metrics, save_state

LATEST, PREVIOUS, NEW = "latest.npz", "latest.npz.bkp", "new.npz"


class BackupAndRestore(Callback):
    """Saves the state of training, from which the next `fit` continues if this one does not finish.

        model.fit(x, y, epochs=99, callbacks=[BackupAndRestore("backup")])    # the power fails in epoch 60
        model.fit(x, y, epochs=99, callbacks=[BackupAndRestore("backup")])    # the same program again: epochs 60 to 99

    Weights, optimizer and random generators of layers are saved, so the losses are those of an uninterrupted run if the
    data comes in the same order. If `save_freq` is a number of batches, the interrupted epoch starts over with the
    weights of the last backup, as in Keras. With `callback.goes_on_within_epochs = True` (not in Keras) it continues
    with the batch after the last backup instead, and so do the epoch's metrics.

    Training on several ranks may continue with another number of them: rank 0 writes the backup, all ranks read it.

    Args:
        backup_dir: folder for the backup, used by this training only.
        save_freq: "epoch", or a number of batches; 0 and False save after each batch, as in Keras.
        double_checkpoint: whether to keep the previous backup too, in case the program ends during a write.
        delete_checkpoint: whether to remove the folder when training has finished.

    Raises:
        ValueError: the model is not built before `fit`, `backup_dir` is empty, or `save_freq` is invalid; or the
            backup is damaged (and there is no previous one) or of another model.
    """

    goes_on_within_epochs = False

    def __init__(self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True):
        super().__init__()
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = checked_frequency(save_freq)
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._batches = BatchCounter(save_freq)
        self._current_epoch = 0
        self._is_due_at_end = False
        self._sums = None  # the states of metrics over the batches that the resumed epoch skips

    def _path(self, name):
        return os.path.join(self.backup_dir, name)

    def on_train_begin(self, logs=None):
        if not self.model.built:
            raise ValueError(
                "`BackupAndRestore` restores the weights when `fit` begins, so the model must have them by then. "
                f"Received: {self.model}, not built. Call it on a batch first, or begin it with an `Input`."
            )
        damaged = None
        for path in map(self._path, (LATEST, PREVIOUS)):
            try:
                self._begin_at(load_state(self.model, path), path)
            except FileNotFoundError:
                continue
            except UnreadableFileError as error:
                damaged = error
                continue
            return
        if damaged is not None:
            damaged.add_note(f"To start training from the beginning, remove the folder '{self.backup_dir}'.")
            raise damaged

    def _begin_at(self, progress, path):
        """Have `fit` begin at the epoch and batch of a backup."""
        self.model._initial_epoch = progress["epoch"]
        if self.goes_on_within_epochs and progress["batch"]:
            self.model._initial_batch = progress["batch"] + 1
            self._sums = read_metrics(path)

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch" or self._is_due_at_end:
            self._is_due_at_end = False
            self._save(epoch + 1, 0)

    def on_train_batch_end(self, batch, logs=None):
        if self._sums is not None:
            add_to_metrics(self.model, self._sums)
            self._sums = None
        if self.save_freq != "epoch" and self._batches.is_due(batch):
            # The backup after the last batch is deferred: from there, the end of the epoch could not be repeated.
            steps = self.params.get("steps")  # the last group of `steps_per_execution` batches may be numbered beyond
            self._is_due_at_end = self.goes_on_within_epochs and steps is not None and batch + 1 >= steps
            if not self._is_due_at_end:
                self._save(self._current_epoch, batch)

    @on_first_rank
    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.isdir(self.backup_dir):
            shutil.rmtree(self.backup_dir)

    def _save(self, epoch, batch):
        with self.model.same_on_all_ranks():
            self._write(epoch, batch)

    @on_first_rank
    def _write(self, epoch, batch):
        """Write the backup next to the old one, which is replaced only by a complete one."""
        os.makedirs(self.backup_dir, exist_ok=True)
        save_state(self.model, self._path(NEW), epoch=epoch, batch=batch)
        if self.double_checkpoint and os.path.exists(self._path(LATEST)):
            os.replace(self._path(LATEST), self._path(PREVIOUS))
        os.replace(self._path(NEW), self._path(LATEST))
