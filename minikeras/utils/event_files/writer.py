"""`EventWriter`: one event file for TensorBoard."""

import itertools
import os
import platform
import time

from minikeras.utils.event_files import summaries
from minikeras.utils.event_files.records import record

FLUSH_SECONDS = 5
_numbers = itertools.count()  # so that two writers of one second write two files


class EventWriter:
    """Writes scalars, histograms, images, text and a graph into a new event file in a folder.

        writer = EventWriter("logs/train")
        writer.scalar("epoch_loss", 0.3, step=1)
        writer.close()

    Show them with `tensorboard --logdir logs`.

    Args:
        folder: where the file goes; it is made when there is something to write.
    """

    def __init__(self, folder):
        self.folder = os.fspath(folder)
        self._path = None  # of the file, once there is something to write
        self._pending, self._last_flush = [], time.monotonic()

    def scalar(self, tag, value, step):
        """A number at a step: one point of a curve."""
        self._write(step, summary=summaries.scalar(tag, value))

    def histogram(self, tag, values, step):
        """How values are distributed at a step."""
        self._write(step, summary=summaries.histogram(tag, values))

    def image(self, tag, images, step):
        """Pictures (count, height, width, channels) with values from 0 to 1."""
        self._write(step, summary=summaries.image(tag, images))

    def text(self, tag, content, step):
        """A text in Markdown."""
        self._write(step, summary=summaries.text(tag, content))

    def graph(self, nodes):
        """A graph: triples (name, kind, names of its inputs)."""
        self._write(None, graph_def=summaries.graph(nodes))

    def flush(self):
        """Let readers see what was written."""
        if self._pending:
            os.makedirs(self.folder, exist_ok=True)
            with open(
                self._path, "ab"
            ) as file:  # opened anew each time, so that a training that fails leaves it closed
                file.write(b"".join(self._pending))
        self._pending, self._last_flush = [], time.monotonic()

    def close(self):
        """End the file. Writing again begins another."""
        self.flush()
        self._path = None

    def _write(self, step, **content):
        if self._path is None:
            name = f"events.out.tfevents.{time.time():.0f}.{platform.node()}.{os.getpid()}.{next(_numbers)}.v2"
            self._path = os.path.join(self.folder, name)
            self._pending.append(record(summaries.event(time.time(), file_version="brain.Event:2")))
        self._pending.append(record(summaries.event(time.time(), step, **content)))
        if time.monotonic() - self._last_flush > FLUSH_SECONDS:
            self.flush()
