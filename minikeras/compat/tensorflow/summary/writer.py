"""`create_file_writer`, and which writer is the default."""

import os
from contextlib import contextmanager

from minikeras.compat.tensorflow.summary.recording import record_if, state, step_set
from minikeras.formats.event_files import EventWriter, default_writer


class SummaryWriter:
    """Where summaries go: files in a folder, or nowhere."""

    def __init__(self, folder=None):
        self._writer = None if folder is None else EventWriter(folder)
        self._is_open = True

    @contextmanager
    def as_default(self, step=None):
        """Inside it, the functions of `tf.summary` write here, with `step` unless they are given another.

        Raises:
            RuntimeError: the writer is closed.
        """
        self._check_open()
        with step_set(step):
            if self._writer is None:
                with record_if(False):
                    yield self
            else:
                with self._writer.as_default():
                    yield self

    def set_as_default(self, step=None):
        """From now on, the functions of `tf.summary` write here.

        Raises:
            RuntimeError: the writer is closed.
        """
        self._check_open()
        if step is not None:
            state.step = step
        if self._writer is None:
            state.record = False
        else:
            self._writer.set_as_default()

    def init(self):
        """No effect: the file is made when there is something to write."""

    def flush(self):
        """Flush to the file."""
        if self._writer is not None:
            self._writer.flush()

    def close(self):
        """Close the file."""
        self._is_open = False
        if self._writer is not None:
            self._writer.close()

    def _check_open(self):
        if not self._is_open:
            raise RuntimeError(f"SummaryWriter {self!r} is already closed")


def create_file_writer(
    logdir,
    max_queue=None,
    flush_millis=None,
    filename_suffix=None,
    name=None,
    experimental_trackable=False,
    experimental_mesh=None,
):
    """A `SummaryWriter` for a new file in the folder `logdir`.

    Args:
        logdir: the folder; it is made when there is something to write.
        max_queue, flush_millis: when TensorFlow flushes; here it is every five seconds.
        filename_suffix: without effect: files are named so that two writers never share one.
        name, experimental_trackable, experimental_mesh: without effect.

    Raises:
        ImportError: tensorboardX is not installed.
    """
    return SummaryWriter(os.fspath(logdir))


def create_noop_writer():
    """A `SummaryWriter` that writes nowhere."""
    return SummaryWriter()


def flush(writer=None, name=None):
    """Flush this writer, or the default one."""
    writer = default_writer()[0] if writer is None else writer
    if writer is not None:
        writer.flush()
