"""TensorBoard's event files: `EventWriter`, over the library tensorboardX (`pip install tensorboardX`).

The library holds the messages (protocol buffers) and writes them as records with checksums. Here they are given the
form in which TensorFlow 2 writes them: every summary is a tensor, and its metadata name the plugin that shows it.
"""

import contextlib
import io
import itertools
import os
import threading
import time
import weakref
from types import SimpleNamespace

import numpy as np

from minikeras.base.optional_packages import optional_module
from minikeras.formats.image_files import import_pillow
from minikeras.formats.wav_files import encode_wav

BUCKETS = 30  # buckets of a histogram by default
IMAGES_SHOWN = 3
CLIPS_HEARD = 3  # of some sounds, likewise
FLUSH_SECONDS = 5
_numbers = itertools.count()  # so that two writers of one second write two files
_default = threading.local()  # .writer and .step, for layers that log in their `call`, see `as_default`


class EventWriter:
    """Writes scalars, histograms, images, text and a graph into a new event file in a folder.

        writer = EventWriter("logs/train")
        writer.scalar("epoch_loss", 0.3, step=1)
        writer.close()

    Show them with `tensorboard --logdir logs`. The file is made when there is something to write; it is closed at the
    end of the program if not before, and writing after `close` begins another.

    Args:
        folder: where the file goes.

    Raises:
        ImportError: tensorboardX is not installed.
    """

    def __init__(self, folder):
        self.folder = os.fspath(folder)
        self._library = _library()
        self._file, self._close_file = None, None
        self._last_flush = time.monotonic()

    # --- what TensorBoard shows -----------------------------------------------------------------------------------

    def scalar(self, tag, value, step, description=None):
        """A number at a step, as float32: one point of a curve."""
        self.tensor(tag, np.asarray(value, "float32").reshape(()), "scalars", step, description=description)

    def histogram(self, tag, values, step, buckets=None, description=None):
        """The distribution of values at a step: rows (left edge, right edge, count), see `histogram_rows`."""
        self.tensor(tag, histogram_rows(values, buckets or BUCKETS), "histograms", step, description=description)

    def image(self, tag, images, step, max_outputs=IMAGES_SHOWN, description=None):
        """The first few of some pictures (count, height, width, channels): uint8, or floats from 0 to 1."""
        height, width = np.shape(images)[1:3]
        pictures = [png(picture) for picture in pixels(images[:max_outputs])]
        content = np.array([str(width).encode(), str(height).encode(), *pictures], object)
        self.tensor(tag, content, "images", step, description=description)

    def audio(self, tag, clips, rate, step, max_outputs=CLIPS_HEARD, description=None):
        """The first few of some sounds (count, length, channels), from −1 to 1, as WAV files, each next to a label."""
        rows = [(encode_wav(clip, int(rate)), b"") for clip in clips[:max_outputs]]
        content = np.array(rows, object).reshape(-1, 2)
        self.tensor(tag, content, "audio", step, description=description)

    def text(self, tag, content, step, description=None):
        """A text in Markdown, or an array of texts, shown as a table."""
        self.tensor(tag, np.asarray(content, object), "text", step, description=description)

    def graph(self, nodes):
        """A graph: triples (name, kind, names of the nodes whose outputs it takes). "/" in names makes groups."""
        graph = self._library.GraphDef()
        for name, kind, sources in nodes:
            graph.node.add(name=name, op=kind, input=sources)
        graph.versions.producer = 1  # without a version TensorFlow will not read it
        self._write(None, graph_def=graph.SerializeToString())

    def tensor(self, tag, array, plugin, step, content=b"", description=None):
        """An array for one of TensorBoard's plugins: the general form of all the above.

        Args:
            tag: the name under which it is shown.
            array: numbers, or str or bytes in an array of objects.
            plugin: name of the plugin that shows it.
            step: an integer.
            content: further data for that plugin, as bytes.
            description: a text about it, in Markdown.
        """
        summary = self._library.Summary()
        value = summary.value.add(tag=tag, tensor=self._tensor(np.asarray(array)))
        value.metadata.plugin_data.plugin_name = plugin
        value.metadata.plugin_data.content = content
        value.metadata.summary_description = description or ""
        self._write(step, summary=summary)

    # --- the file -------------------------------------------------------------------------------------------------

    def flush(self):
        """Make everything written visible to readers."""
        if self._file is not None:
            self._file.flush()
        self._last_flush = time.monotonic()

    def close(self):
        """End the file."""
        if self._file is not None:
            self._close_file()
        self._file = None

    def _open(self):
        os.makedirs(self.folder, exist_ok=True)
        # Not the library's `FileWriter`, whose `flush` leaves events behind in the queue of its thread.
        file = self._library.EventsWriter(
            os.path.join(self.folder, "events"), filename_suffix=f".{os.getpid()}.{next(_numbers)}.v2"
        )
        self._file, self._close_file = file, weakref.finalize(self, file.close)

    def _write(self, step, **content):
        if self._file is None:
            self._open()
        self._file.write_event(self._library.Event(wall_time=time.time(), step=int(step or 0), **content))
        if time.monotonic() - self._last_flush > FLUSH_SECONDS:
            self.flush()

    def _tensor(self, array):
        """A TensorProto."""
        types, tensor = self._library.types, self._library.TensorProto()
        for length in array.shape:
            tensor.tensor_shape.dim.add(size=length)
        if array.dtype == object or array.dtype.kind in "US":
            tensor.dtype = types.DT_STRING
            tensor.string_val.extend(item.encode() if isinstance(item, str) else item for item in array.ravel())
        else:
            kinds = {"float32": "DT_FLOAT", "float64": "DT_DOUBLE"}
            tensor.dtype = getattr(types, kinds.get(array.dtype.name, f"DT_{array.dtype.name.upper()}"))
            tensor.tensor_content = array.astype(array.dtype.newbyteorder("<")).tobytes()
        return tensor

    # --- the writer of the moment ---------------------------------------------------------------------------------

    @contextlib.contextmanager
    def as_default(self, step=None):
        """Within the block, `default_writer` returns this writer in this thread."""
        outside = default_writer()
        self.set_as_default(step)
        try:
            yield self
        finally:
            _default.writer, _default.step = outside

    def set_as_default(self, step=None):
        """From now on, `default_writer` returns this writer in this thread."""
        _default.writer, _default.step = self, step


def default_writer():
    """The current (writer, step), for code that logs without a writer argument; (None, None) without any."""
    return getattr(_default, "writer", None), getattr(_default, "step", None)


def _library():
    """The used parts of tensorboardX, imported when the first writer is made.

    It brings protobuf. It never imports TensorFlow; it does import PyTorch where that is installed.
    """

    def module(name):
        return optional_module(f"tensorboardX.{name}", "Writing event files for TensorBoard")

    return SimpleNamespace(
        EventsWriter=module("event_file_writer").EventsWriter,
        Event=module("proto.event_pb2").Event,
        GraphDef=module("proto.graph_pb2").GraphDef,
        Summary=module("proto.summary_pb2").Summary,
        TensorProto=module("proto.tensor_pb2").TensorProto,
        types=module("proto.types_pb2"),
    )


def histogram_rows(values, buckets):
    """Rows (left edge, right edge, count) of buckets of equal width from the smallest value to the largest.

    If all values are equal, so are all edges, and the last bucket counts them; without values all is 0. Values that are
    not finite are left out. Shape: (buckets, 3), float64.
    """
    values = np.asarray(values, "float64").ravel()
    values = values[np.isfinite(values)]
    if values.size == 0:
        return np.zeros((buckets, 3))
    if values.min() == values.max():
        counts, edges = np.zeros(buckets), np.full(buckets + 1, values[0])
        counts[-1] = values.size
    else:
        counts, edges = np.histogram(values, buckets)
    return np.stack([edges[:-1], edges[1:], counts], axis=1)


def pixels(images):
    """Pictures as uint8: floats from 0 to 1 are scaled to 0 … 255, other values are clipped, NaN becomes 0."""
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    return np.clip(np.nan_to_num(images.astype("float32")) * np.float32(255.5), 0, 255).astype("uint8")


def png(picture):
    """A PNG file, as bytes, of uint8 (height, width, channels) with 1 to 4 channels: gray or colors, then opacity."""
    file = io.BytesIO()
    import_pillow().fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(file, "PNG")
    return file.getvalue()
