"""The messages that TensorBoard shows, as bytes: scalars, histograms, images, text and graphs.

The field numbers are those of TensorFlow's `event.proto`, `summary.proto`, `tensor.proto` and `graph.proto`.
"""

import struct
import zlib

import numpy as np

from minikeras.utils.event_files.protobuf import data, double, integer

FLOAT, DOUBLE, STRING = 1, 2, 7  # tensor.proto's DataType
SCALAR_DATA, TENSOR_DATA, BLOB_DATA = 1, 2, 3  # summary.proto's DataClass
BUCKETS = 30
IMAGES_SHOWN = 3


def event(wall_time, step=None, **content):
    """An Event with one of: file_version (text), graph_def, summary (bytes)."""
    fields = {"file_version": 3, "graph_def": 4, "summary": 5}
    message = double(1, wall_time)
    if step:
        message += integer(2, step)
    return message + b"".join(data(fields[name], value) for name, value in content.items())


def scalar(tag, value):
    """A Summary with one number."""
    return _summary(tag, "scalars", SCALAR_DATA, _tensor(np.float32(value)))


def histogram(tag, values):
    """A Summary with a histogram: rows (left edge, right edge, count) of 30 buckets from the least to the greatest.

    If all values are equal it has one bucket of width 1 around them. Values that are not finite are left out.
    """
    values = np.asarray(values, "float64").ravel()
    values = values[np.isfinite(values)]
    if values.size == 0:
        rows = np.zeros((0, 3))
    elif values.min() == values.max():
        rows = np.array([[values[0] - 0.5, values[0] + 0.5, values.size]])
    else:
        counts, edges = np.histogram(values, BUCKETS)
        rows = np.stack([edges[:-1], edges[1:], counts], axis=1)
    return _summary(tag, "histograms", TENSOR_DATA, _tensor(rows))


def image(tag, images):
    """A Summary with the first three of some images: (count, height, width, 1 or 3 or 4), floats from 0 to 1."""
    images = np.asarray(images)
    height, width = images.shape[1:3]
    pixels = np.round(np.clip(np.nan_to_num(images), 0, 1) * 255).astype("uint8")
    pictures = [png(picture) for picture in pixels[:IMAGES_SHOWN]]
    return _summary(tag, "images", BLOB_DATA, _text_tensor([str(width), str(height), *pictures]))


def text(tag, content):
    """A Summary with a text, shown as Markdown."""
    return _summary(tag, "text", TENSOR_DATA, _text_tensor([content]))


def graph(nodes):
    """A GraphDef.

    Args:
        nodes: triples (name, kind, names of the nodes whose outputs it takes). "/" in names makes groups.
    """
    message = b""
    for name, kind, inputs in nodes:
        message += data(1, data(1, name) + data(2, kind) + b"".join(data(3, source) for source in inputs))
    return message + data(4, integer(1, 1))  # the version of the format, without which TensorFlow will not read it


def _summary(tag, plugin, data_class, tensor):
    """Summary{value{tag, tensor, metadata}}; the metadata say which of TensorBoard's plugins shows it."""
    metadata = data(1, data(1, plugin)) + integer(4, data_class)
    return data(1, data(1, tag) + data(8, tensor) + data(9, metadata))


def _tensor(array):
    """A TensorProto of float32 or float64."""
    array = np.asarray(array)
    kind = {"float32": FLOAT, "float64": DOUBLE}[array.dtype.name]
    little_endian = array.astype(array.dtype.newbyteorder("<"))
    return integer(1, kind) + data(2, _shape(array.shape)) + data(4, little_endian.tobytes())


def _text_tensor(texts):
    """A TensorProto of strings (or bytes)."""
    return integer(1, STRING) + data(2, _shape((len(texts),))) + b"".join(data(8, item) for item in texts)


def _shape(shape):
    return b"".join(data(2, integer(1, length)) for length in shape)


def png(pixels):
    """A PNG file of 8-bit pixels (height, width, 1, 3 or 4), not filtered. (RFC 2083)"""
    height, width, channels = pixels.shape
    color = {1: 0, 3: 2, 4: 6}[channels]
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)  # a line begins with the number of its filter: none
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(lines))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
