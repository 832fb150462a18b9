"""`RecordWriter`: a TFRecord file, compressed or not. (The format of a record: `record_files.py`.)"""

import gzip
import io
import zlib

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.data.pipeline.record_files import written_record

COMPRESSIONS = {"": None, "GZIP": gzip.compress, "ZLIB": zlib.compress}


class RecordWriter:
    """Writes records of bytes into a file. To be used in a `with` statement, or closed.

    Args:
        path: of the file; an earlier one of that name is replaced.
        compression: "", "GZIP" or "ZLIB".
        level: of compression, 0 … 9.

    Raises:
        ValueError: an unknown compression.
    """

    def __init__(self, path, compression="", level=6):
        if compression not in COMPRESSIONS:
            raise ValueError(f"`compression_type` must be '', 'GZIP' or 'ZLIB'. Received: {compression!r}")
        self._compress, self._level = COMPRESSIONS[compression], level
        self._file = open(path, "wb")  # noqa: SIM115
        self._buffer = io.BytesIO() if self._compress else self._file

    def write(self, record):
        """Append a record (bytes, text or a string tensor)."""
        self._buffer.write(written_record(byte_strings(record)[()]))

    def flush(self):
        """Pass what has been written to the system; with compression that happens at the end."""
        self._file.flush()

    def close(self):
        """Finish the file."""
        if self._file.closed:
            return
        if self._compress:
            self._file.write(self._compress(self._buffer.getvalue(), self._level))
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, exception_type, exception, traceback):
        self.close()
