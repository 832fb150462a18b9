"""A tar file, compressed or not, of which at most a given number of bytes is read.

`tarfile` reads extended headers into memory, of any claimed length, decompresses members that are skipped, and can
be led in circles by negative lengths. So it reads from a stream that counts.
"""

import bz2
import gzip
import lzma
import tarfile

LARGEST_READ = 1 << 22  # bytes at once; names of files and the like take less, contents are read piece by piece
_DECOMPRESSORS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open, b"\x5d\x00\x00": lzma.open}


class Oversized(Exception):
    """An archive takes `size` bytes or more, which is more than it may."""

    def __init__(self, size):
        super().__init__(size)
        self.size = size


def open_tar(path, limit, stack):
    """The TarFile at `path`, closed with the ExitStack `stack`; None if the file is none.

    Args:
        limit: how many bytes may be read of it, counted after decompression. `Oversized` is raised beyond.
    """
    with open(path, "rb") as file:
        start = file.read(max(map(len, _DECOMPRESSORS)))
    decompress = next((f for mark, f in _DECOMPRESSORS.items() if start.startswith(mark)), open)
    stream = _CountedStream(stack.enter_context(decompress(path, "rb")), limit)
    try:
        return stack.enter_context(tarfile.open(fileobj=stream, mode="r:"))
    except (tarfile.TarError, OSError, EOFError, lzma.LZMAError, gzip.zlib.error):
        return None


class _CountedStream:
    """The file interface that `tarfile` needs, `read`, `seek` and `tell`, for `limit` bytes in total."""

    def __init__(self, stream, limit):
        self.stream = stream
        self.limit = limit
        self.taken = 0
        self.tell = stream.tell

    def read(self, size):
        if size > LARGEST_READ:
            raise tarfile.ReadError(f"a header claims a length of {size} bytes")
        content = self.stream.read(size)
        self._take(len(content))
        return content

    def seek(self, position):
        self._take(max(position - self.tell(), 0))  # skipped, but decompressed
        return self.stream.seek(position)

    def _take(self, count):
        self.taken += count
        if self.taken > self.limit:
            raise Oversized(self.taken)
