"""`tf.io.TFRecordWriter` and its options. (How files are written: `minikeras/formats/tfrecord.py`.)"""

from minikeras.formats.tfrecord import COMPRESSIONS, RecordWriter
from minikeras.tensors.strings.elementwise import path_of

__all__ = ["TFRecordOptions", "TFRecordWriter"]


class TFRecordOptions:
    """How a TFRecord file is compressed.

    Args:
        compression_type: "" or None, "GZIP" or "ZLIB".
        compression_level: 0 … 9, 6 if None.
        flush_mode, input_buffer_size, output_buffer_size, window_bits, compression_method, mem_level,
            compression_strategy: finer settings of zlib; only None is possible.
    """

    def __init__(self, compression_type=None, flush_mode=None, input_buffer_size=None, output_buffer_size=None,
                 window_bits=None, compression_level=None, compression_method=None, mem_level=None,
                 compression_strategy=None):  # fmt: skip
        finer = (flush_mode, input_buffer_size, output_buffer_size, window_bits, compression_method, mem_level)
        if any(setting is not None for setting in (*finer, compression_strategy)):
            raise ValueError("Only `compression_type` and `compression_level` can be set.")
        self.compression_type = compression_type or ""
        self.compression_level = 6 if compression_level is None else compression_level
        if self.compression_type not in COMPRESSIONS:
            raise ValueError(f"`compression_type` must be '', 'GZIP' or 'ZLIB'. Received: {compression_type!r}")


class TFRecordWriter(RecordWriter):
    """Writes records of bytes into a file. To be used in a `with` statement, or closed.

    Args:
        path: of the file; an earlier one of that name is replaced.
        options: a `TFRecordOptions`, or the name of a compression.
    """

    def __init__(self, path, options=None):
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(options)
        super().__init__(path_of(path), options.compression_type, options.compression_level)
