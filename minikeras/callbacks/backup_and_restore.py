"""`BackupAndRestore`: continue with a training that was interrupted."""

import os
import shutil

from minikeras.callbacks.batch_counter import BatchCounter, checked_frequency
from minikeras.callbacks.callback import Callback
from minikeras.collectives.writing import on_first_rank
from minikeras.files.unreadable import UnreadableFileError
from minikeras.utils.training_state import add_to_metrics, load_state, read_metrics, save_state

LATEST, PREVIOUS, NEW = "latest.npz", "latest.npz.bkp", "new.npz"


class BackupAndRestore(Callback):
    """Saves the state of a training, and begins the next `fit` there if this one does not come to its end.

        model.fit(x, y, epochs=99, callbacks=[BackupAndRestore("backup")])    # the power fails in epoch 60
        model.fit(x, y, epochs=99, callbacks=[BackupAndRestore("backup")])    # the same program again: epochs 60 to 99

    Weights, optimizer and random generators of layers are saved, so the losses are those of an uninterrupted run, if
    the data comes in the same order. When `save_freq` is a number of batches, the interrupted epoch starts again, with
    the weights as they were at the last backup (Keras does the same). With `callback.goes_on_within_epochs = True` (not
    in Keras) it continues with the batch after the last backup instead, and the epoch's metrics with it.

    A training on several ranks may continue with another number of them: rank 0 writes the backup, all read it.

    Args:
        backup_dir: folder for the backup, for this training alone.
        save_freq: "epoch", or a number of batches; 0 and False save after each batch, as in Keras.
        double_checkpoint: keep the backup before the last too, in case the program ends while it writes.
        delete_checkpoint: remove the folder when the training has come to its end.

    Raises:
        ValueError: the model is not built before `fit`, `backup_dir` is empty, or `save_freq` does not fit; or the
            backup is damaged (and there is none before it) or of another model.
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
        self._sums = None  # the states of metrics over the batches that this training leaves out

    def _path(self, name):
        return os.path.join(self.backup_dir, name)

    def on_train_begin(self, logs=None):
        if not self.model.built:
            raise ValueError(
                "`BackupAndRestore` restores the weights when `fit` begins, so that the model must have them before. "
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
            damaged.add_note(f"To begin the training again, remove the folder '{self.backup_dir}'.")
            raise damaged

    def _begin_at(self, progress, path):
        """Have `fit` begin where a backup was made."""
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
            # The last batch's backup waits for what happens at the end of an epoch, which could not be gone on with.
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
