"""TFRecord files: records of bytes, each with its length and two checksums.

    length (8 bytes) · checksum of the length (4) · the record · checksum of the record (4)

All numbers are little-endian; a checksum is CRC-32C, turned by 15 bits and shifted, so that a file which holds records
with checksums in them does not upset it.
"""

import gzip
import io
import struct
import zlib

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.errors import DataLossError
from minikeras.kernels.checksum import crc32c

MASK = 0xA282EAD8


def masked_checksum(content):
    """The four bytes that stand for the checksum of `content`."""
    crc = int(crc32c(np.frombuffer(content, np.uint8))[0])
    return struct.pack("<I", ((crc >> 15 | crc << 17) + MASK) & 0xFFFFFFFF)


def read_records(file):
    """The records of a file that is open for reading bytes.

    Raises:
        DataLossError: the file is cut off, or a checksum is wrong.
    """
    place = 0
    while head := file.read(12):
        if len(head) < 12 or masked_checksum(head[:8]) != head[8:]:
            raise DataLossError(None, None, f"corrupted record at {place}: not a TFRecord file, or a broken one")
        (length,) = struct.unpack("<Q", head[:8])
        content, checksum = file.read(length), file.read(4)
        if len(content) < length or len(checksum) < 4:
            raise DataLossError(None, None, f"truncated record at {place}: the file ends within it")
        if masked_checksum(content) != checksum:
            raise DataLossError(None, None, f"corrupted record at {place}: its checksum is wrong")
        place += length + 16
        yield content


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
        self._file = open(byte_strings(path)[()].decode() if not hasattr(path, "__fspath__") else path, "wb")  # noqa: SIM115
        self._buffer = io.BytesIO() if options.compression_type else self._file

    def write(self, record):
        """Append a record (bytes, text or a string tensor)."""
        content = byte_strings(record)[()]
        length = struct.pack("<Q", len(content))
        self._buffer.write(length + masked_checksum(length) + content + masked_checksum(content))

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
