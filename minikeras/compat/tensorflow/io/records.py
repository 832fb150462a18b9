"""`tf.io.TFRecordWriter` and its options. (The form of the files: `minikeras/data/pipeline/record_files.py`.)"""

import gzip
import io
import zlib

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.data.pipeline.record_files import written_record
from minikeras.strings.elementwise import path_of


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
        if self.compression_type not in ("", "GZIP", "ZLIB"):
            raise ValueError(f"`compression_type` must be '', 'GZIP' or 'ZLIB'. Received: {compression_type!r}")


class TFRecordWriter:
    """Writes records of bytes into a file. To be used in a `with` statement, or closed.

    Args:
        path: of the file, which is made anew.
        options: a `TFRecordOptions`, or the name of a compression.
    """

    def __init__(self, path, options=None):
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(options)
        self._options = options
        self._file = open(path_of(path), "wb")  # noqa: SIM115
        self._buffer = io.BytesIO() if options.compression_type else self._file

    def write(self, record):
        """Append a record (bytes, text or a string tensor)."""
        self._buffer.write(written_record(byte_strings(record)[()]))

    def flush(self):
        """Hand what has been written to the system; with compression that happens at the end."""
        self._file.flush()

    def close(self):
        """Finish the file."""
        if self._file.closed:
            return
        level, kind = self._options.compression_level, self._options.compression_type
        if kind:
            compress = gzip.compress if kind == "GZIP" else zlib.compress
            self._file.write(compress(self._buffer.getvalue(), level))
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, exception_type, exception, traceback):
        self.close()
