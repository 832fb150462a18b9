"""Arrays of HDF5 files that are stored in chunks, which may be compressed.

Keras writes arrays in one piece; other programs compress its files. A compressed chunk may grow a thousand times, so
each is decompressed with its size as the limit. The filters are gzip, the shuffling of bytes, and a checksum.
"""

import math
import zlib
from itertools import product

import numpy as np

from minikeras.formats.hdf5.btree import leaves

GZIP, SHUFFLE, CHECKSUM = 1, 2, 3
CHUNK_NODE = 1
NAMES = {4: "szip", 5: "nbit", 6: "scale-offset", 32000: "lzf"}
SMALL = 1 << 20  # a chunk may be larger than the array, which can grow; up to this many bytes that is not a trap
KEY = 24  # bytes that the B-tree has for each chunk, at least


class Chunks:
    """The chunks of an array.

    Args:
        source: `Source` of the file.
        path: of the array, for errors.
        address: of the B-tree that finds the chunks.
        shape: of a chunk.
        filters: the filters applied to each, see `filters_of`.
    """

    def __init__(self, source, path, address, shape, filters):
        self._source, self._path, self._address = source, path, address
        self._shape, self._filters = shape, filters

    def read_into(self, array):
        """Fill an array of the right shape and dtype.

        Raises:
            UnreadableFileError: a chunk is missing, damaged or far larger than the array.
        """
        nbytes = math.prod(self._shape) * array.itemsize
        if not all(self._shape) or len(self._shape) != array.ndim or nbytes > max(2 * array.nbytes, SMALL):
            raise self._source.unsafe(f"the array '{self._path}' of {array.nbytes} bytes is in chunks of {nbytes}")
        counts = [-(-n // step) for n, step in zip(array.shape, self._shape, strict=True)]
        if math.prod(counts) > self._source.size // KEY:
            raise self._source.damaged(
                f"most of the {math.prod(counts)} chunks of the array '{self._path}' are missing"
            )
        missing = {*product(*(range(0, n, step) for n, step in zip(array.shape, self._shape, strict=True)))}
        for address, key in leaves(self._source, self._address, CHUNK_NODE, 8 + 8 * (array.ndim + 1)):
            size, mask, start = key.number(4), key.number(4), key.numbers(array.ndim, 8)
            if start in missing:
                missing.remove(start)
                self._place(array, start, self._chunk(address, size, mask, nbytes, array.itemsize))
        if missing:
            raise self._source.damaged(f"{len(missing)} chunks of the array '{self._path}' are missing")

    def _place(self, array, start, data):
        chunk = np.frombuffer(data, array.dtype).reshape(self._shape)
        target = array[tuple(slice(at, at + step) for at, step in zip(start, self._shape, strict=True))]
        target[...] = chunk[tuple(slice(n) for n in target.shape)]

    def _chunk(self, address, size, mask, nbytes, itemsize):
        """The bytes of a chunk, with the filters undone."""
        if size > 2 * nbytes + 1024:  # compression that makes it larger adds little
            raise self._source.damaged(f"a chunk of the array '{self._path}' has {size} bytes in place of {nbytes}")
        data = bytearray(size)
        self._source.read_into(address, data)
        for i, kind in reversed(list(enumerate(self._filters))):
            if not mask >> i & 1:
                data = self._undone(kind, data, nbytes, itemsize)
        if len(data) != nbytes:
            raise self._source.damaged(f"a chunk of the array '{self._path}' has {len(data)} bytes, not {nbytes}")
        return data

    def _undone(self, kind, data, nbytes, itemsize):
        if kind == GZIP:
            try:
                return zlib.decompressobj().decompress(data, nbytes + 4)  # 4: a checksum may follow
            except zlib.error as error:
                raise self._source.damaged(f"a chunk of the array '{self._path}' is damaged: {error}") from error
        if kind == SHUFFLE:
            whole = len(data) - len(data) % itemsize
            return np.frombuffer(data, "uint8", whole).reshape(itemsize, -1).T.tobytes() + bytes(data[whole:])
        if len(data) < 4 or checksum(data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise self._source.damaged(f"a chunk of the array '{self._path}' has a wrong checksum")
        return data[:-4]


def filters_of(source, fields, path):
    """The numbers of the filters that a message lists, in the order in which they were applied; none for None."""
    if fields is None:
        return []
    fields, found = fields.copy(), []
    version, count = fields.number(1), fields.number(1)
    fields.skip(6 if version == 1 else 0)
    for _ in range(count):
        kind = fields.number(2)
        length = fields.number(2) if version == 1 or kind >= 256 else 0
        values = fields.skip(2).number(2)
        fields.skip(length + (-length % 8 if version == 1 else 0) + 4 * values)
        fields.skip(4 * (values % 2) if version == 1 else 0)
        if kind not in (GZIP, SHUFFLE, CHECKSUM):
            raise source.unsupported(f"an array '{path}' compressed by {NAMES.get(kind, f'filter {kind}')}")
        found.append(kind)
    return found


def checksum(data):
    """Fletcher's checksum of 32 bits, over pairs of bytes as HDF5 reads them: the high one first."""
    words = np.frombuffer(bytes(data) + b"\0" * (len(data) % 2), ">u2").astype("uint64")
    n = len(words)
    first = int(words.sum())
    second = int((words * np.arange(n, 0, -1, dtype="uint64")).sum())
    return _folded(second) << 16 | _folded(first)


def _folded(total):
    """Modulo 65535, except that HDF5 has 65535 in place of 0 unless all was 0."""
    return (total - 1) % 65535 + 1 if total else 0
