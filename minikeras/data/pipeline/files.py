"""Elements from files: lines of text, rows of CSV files, records."""

import glob
import gzip
import io
import os
import re
import zlib

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.packed_tensor import PackedTensor
from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.base.errors import InvalidArgumentError, NotFoundError
from minikeras.data.pipeline.blocks import Block
from minikeras.data.pipeline.specs import ArraySpec
from minikeras.data.pipeline.stage import UNKNOWN, Stage
from minikeras.data.pipeline.structure import is_data_set
from minikeras.formats.tfrecord import RecordReader, read_records


class Files(Stage):
    """Base class of stages whose elements are strings from files, one file after the other.

    Args:
        names: one file name or several, or a data set of them.
        compression: "" or None, "GZIP" or "ZLIB".
    """

    def __init__(self, names, compression=None):
        self.names = names if is_data_set(names) else byte_strings(names).ravel().tolist()
        self.compression = compression or ""
        if self.compression not in ("", "GZIP", "ZLIB"):
            raise ValueError(f"`compression_type` must be '', 'GZIP' or 'ZLIB'. Received: {compression!r}")

    def __iter__(self):
        return self.read_all()

    def read_all(self):
        """The strings of all files."""
        return map(string_tensor, self.of_all_files(self.read))

    def of_all_files(self, read):
        """The items that a function yields for each file, open for reading bytes, one after the other."""
        for name in self.names:
            name = name.array[()] if isinstance(name, Tensor) else name
            try:
                with open_compressed(name.decode(), self.compression) as file:
                    yield from read(file)
            except FileNotFoundError:
                raise NotFoundError(None, None, f"{name.decode()}; No such file or directory") from None

    def read(self, file):
        """The strings of one file that is open for reading bytes."""
        raise NotImplementedError

    @property
    def element_spec(self):
        return ArraySpec((), "string")

    def cardinality(self):
        return UNKNOWN


def open_compressed(name, compression):
    """A file open for reading its uncompressed bytes."""
    if compression == "GZIP":
        return gzip.open(name, "rb")
    if compression == "ZLIB":
        with open(name, "rb") as file:
            return io.BytesIO(zlib.decompress(file.read()))
    return open(name, "rb")


def matching_files(pattern):
    """The names of the files that match a pattern (or one of several) with *, ? and [], as `bytes` in order."""
    patterns = byte_strings(pattern).ravel().tolist()
    found = {path for each in patterns for path in _matching(each.decode()) if os.path.exists(path)}
    return sorted(path.encode() for path in found)


def _matching(pattern):
    """The paths that match one pattern; as in TensorFlow they begin with "./" if the pattern itself names no folder."""
    is_open = not os.path.dirname(re.split(r"[*?[]", pattern, maxsplit=1)[0]) and glob.has_magic(pattern)
    return [os.path.join(".", path) if is_open else path for path in glob.glob(pattern)]


class TextLines(Files):
    """The lines, without their ends."""

    def read(self, file):
        for line in file:
            yield line.removesuffix(b"\n").removesuffix(b"\r")


class CsvLines(Files):
    """The lines of CSV files. A newline between quotes belongs to a field; a header is skipped."""

    def __init__(self, names, compression=None, header=False, quoted=True):
        super().__init__(names, compression)
        self.header, self.quoted = header, quoted

    def read(self, file):
        begun, is_header = b"", self.header
        for line in file:
            begun += line
            if self.quoted and begun.count(b'"') % 2:
                continue
            record, begun = begun.removesuffix(b"\n").removesuffix(b"\r"), b""
            if not is_header and record:
                yield record
            is_header = False
        if begun:
            yield begun


class Records(Files):
    """The records of TFRecord files."""

    def read(self, file):
        return read_records(file)

    def pulls(self, size):
        readers = self.of_all_files(lambda file: [RecordReader(file)])
        reader = None

        def pull(n):
            nonlocal reader
            while reader := reader or next(readers, None):
                records = reader.take(n)
                if len(records):
                    return Block(PackedTensor(records, (len(records),)), len(records))
                reader = None
            return []

        return pull


class FixedLengthRecords(Files):
    """Records of `size` bytes between a header and a footer, which are skipped."""

    def __init__(self, names, size, header, footer, compression):
        super().__init__(names, compression)
        self.size, self.header, self.footer = int(size), int(header or 0), int(footer or 0)

    def read(self, file):
        length = file.seek(0, io.SEEK_END) - self.header - self.footer
        length = max(length, 0)
        if length % self.size:
            raise InvalidArgumentError(
                None, None,
                f"Excess bytes: a file has {length} bytes besides header and footer, which are not records of "
                f"{self.size} bytes each.",
            )  # fmt: skip
        file.seek(self.header)
        for _ in range(length // self.size):
            yield file.read(self.size)
