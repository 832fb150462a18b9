"""`CheckpointManager`: numbered checkpoints in a directory, of which the last few are kept."""

import os
import time

from minikeras.compat.tensorflow.train.checkpoints import files

SECONDS_PER_HOUR = 3600.0


class CheckpointManager:
    """Saves a Checkpoint repeatedly, and deletes the oldest files.

    Args:
        checkpoint: the Checkpoint.
        directory: the directory for the files; created if missing.
        max_to_keep: number of checkpoints to keep; None: all.
        keep_checkpoint_every_n_hours: interval in hours at which one is kept permanently.
        checkpoint_name: prefix of the files' names.
        step_counter: a Variable that counts steps, for `checkpoint_interval`.
        checkpoint_interval: minimum number of steps between saves.
        init_fn: called by `restore_or_initialize` if there is no checkpoint.
        last_checkpoint_step: the step at which the last one was saved.

    Raises:
        ValueError: `max_to_keep` is not positive, or there is an interval without a counter.
    """

    def __init__(
        self,
        checkpoint,
        directory,
        max_to_keep,
        keep_checkpoint_every_n_hours=None,
        checkpoint_name="ckpt",
        step_counter=None,
        checkpoint_interval=None,
        init_fn=None,
        last_checkpoint_step=None,
    ):
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(
                f"`max_to_keep` must be 1 or more, or None to keep all. Received: max_to_keep={max_to_keep}"
            )
        if checkpoint_interval is not None and step_counter is None:
            raise ValueError("`checkpoint_interval` counts steps of `step_counter`, which must be given too.")
        self._checkpoint, self._directory = checkpoint, os.fspath(directory)
        self._max_to_keep, self._keep_seconds = max_to_keep, None
        if keep_checkpoint_every_n_hours is not None:
            self._keep_seconds = SECONDS_PER_HOUR * keep_checkpoint_every_n_hours
        self._prefix = os.path.join(self._directory, checkpoint_name)
        self._step_counter, self._interval, self._init_fn = step_counter, checkpoint_interval, init_fn
        self._last_step = last_checkpoint_step
        self._times = {}  # path -> when it was written, the oldest first
        self._last_preserved = time.time()
        self._read_state()

    def _read_state(self):
        """Continue with the checkpoints of an earlier manager of the directory."""
        state = files.get_checkpoint_state(self._directory)
        if state is None:
            return
        now = time.time()
        times = state.all_model_checkpoint_timestamps or [now] * len(state.all_model_checkpoint_paths)
        self._times = {p: min(t, now) for p, t in zip(state.all_model_checkpoint_paths, times, strict=False)}
        if state.last_preserved_timestamp is not None:
            self._last_preserved = min(state.last_preserved_timestamp, now)

    @property
    def directory(self):
        """The directory of the files."""
        return self._directory

    @property
    def checkpoint(self):
        """The Checkpoint that is saved."""
        return self._checkpoint

    @property
    def checkpoint_interval(self):
        """The minimum number of steps between two checkpoints, or None."""
        return self._interval

    @property
    def checkpoints(self):
        """Paths of the checkpoints that are kept, the oldest first."""
        return list(self._times)

    @property
    def latest_checkpoint(self):
        """Path of the latest one, or None."""
        return next(reversed(self._times), None)

    def save(self, checkpoint_number=None, check_interval=True):
        """Save, and delete the oldest beyond `max_to_keep`.

        Args:
            checkpoint_number: suffix of the name; the number of saves if None.
            check_interval: False saves even if the interval has not passed.

        Returns:
            The path, or None if the interval has not passed.
        """
        if self._interval is not None and check_interval and not self._is_due():
            return None
        if self._step_counter is not None:
            self._last_step = int(self._step_counter)
        if checkpoint_number is None:
            checkpoint_number = self._checkpoint.save_counter
            checkpoint_number.assign_add(1)
        path = self._checkpoint.write(f"{self._prefix}-{int(checkpoint_number)}")
        self._times.pop(path, None)
        self._times[path] = time.time()
        removed = self._surplus()
        self._write_state(path)
        for old in removed:
            files.remove(old)
        return path

    def restore_or_initialize(self):
        """Restore the latest checkpoint and return its path; call `init_fn` and return None if there is none."""
        if self.latest_checkpoint is not None:
            self._checkpoint.restore(self.latest_checkpoint)
            if self._step_counter is not None:
                self._last_step = int(self._step_counter)
            return self.latest_checkpoint
        if self._init_fn is not None:
            self._init_fn()
        return None

    def _is_due(self):
        return self._last_step is None or int(self._step_counter) >= self._last_step + self._interval

    def _surplus(self):
        """Remove the oldest from the list, and return those to delete."""
        removed = []
        while self._max_to_keep is not None and len(self._times) > self._max_to_keep:
            path = next(iter(self._times))
            written = self._times.pop(path)
            if self._keep_seconds is not None and written - self._keep_seconds >= self._last_preserved:
                self._last_preserved = written
            else:
                removed.append(path)
        return removed

    def _write_state(self, latest):
        state = files.CheckpointState(latest, self._times, self._times.values(), self._last_preserved)
        files.write_state(self._directory, state)
