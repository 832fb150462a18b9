"""TensorFlow's checkpoints: arrays by name in a file `prefix.index` and files `prefix.data-00000-of-00001`.

The index is a sorted table (`sorted_table.py`): under the empty key a `BundleHeaderProto`, under each name a
`BundleEntryProto` with the data file, the position and the checksum of the array's bytes. The bytes are
those of the elements. Strings are their lengths (varints), a checksum of the lengths, then all strings.

Source: tensorflow/core/util/tensor_bundle/tensor_bundle.h and .cc.
"""

import math
import os

import numpy as np

from minikeras.base.errors import DataLossError, NotFoundError
from minikeras.base.extension_dtypes import EXTENSION_DTYPES, use_extension_dtypes
from minikeras.base.loading_limits import loading_limits
from minikeras.formats.protobuf.wire_format import read_varint, varint
from minikeras.formats.replacing import replacing
from minikeras.formats.saved_model.messages import BundleEntryProto, BundleHeaderProto, VersionDef
from minikeras.formats.saved_model.sorted_table import read_table, written_table
from minikeras.formats.saved_model.tensors import dtype_name, dtype_number, shape_message, shape_of
from minikeras.kernels.checksum import crc32c, masked, masked_checksum

BIG_ENDIAN = 1
LENGTHS_CHECKSUM = 4  # bytes between the lengths of strings and the strings


class TensorBundle:
    """The arrays of a checkpoint by name, each read and checked on demand.

    Args:
        prefix: the files' path without ".index".

    Raises:
        NotFoundError: there is no such file.
        DataLossError: the index is damaged, not supported, or refers to missing bytes.
    """

    def __init__(self, prefix):
        self._prefix = os.fspath(prefix)
        index = f"{self._prefix}.index"
        if not os.path.isfile(index):
            raise NotFoundError(None, None, f"There is no checkpoint {self._prefix!r}: no file {index}.")
        with self._reading(index):
            if os.path.getsize(index) > loading_limits()["characters"]:
                raise ValueError("it is larger than `keras.config.set_loading_limits(characters=…)` allows")
            with open(index, "rb") as file:
                table = read_table(file.read())
            self._shards = self._checked_header(BundleHeaderProto.decoded(table.pop(b"", b"")))
            self._entries = {str(key, "utf-8"): BundleEntryProto.decoded(value) for key, value in table.items()}
            self._check_positions()

    def _reading(self, path):
        return _Damage(self._prefix, path)

    def _checked_header(self, header):
        """The number of data files."""
        if header.endianness == BIG_ENDIAN:
            raise ValueError("its numbers have the byte order of another kind of machine (big-endian)")
        if not 1 <= header.num_shards <= 99_999:
            raise ValueError(f"it says that there are {header.num_shards} data files")
        return header.num_shards

    def _check_positions(self):
        """Raise unless every array is within its file and no two share bytes, so few bytes cannot make many arrays."""
        ends = {}
        for entry in sorted(self._entries.values(), key=lambda entry: (entry.shard_id, entry.offset)):
            if entry.slices:
                raise ValueError("it has an array in several parts (a partitioned variable), which is not read")
            if entry.offset < ends.get(entry.shard_id, 0) or entry.size < 0:
                raise ValueError("two arrays share bytes")
            ends[entry.shard_id] = entry.offset + entry.size
        for shard, end in ends.items():
            if not 0 <= shard < self._shards or not os.path.isfile(self._data_path(shard)):
                raise ValueError(f"the data file number {shard} of {self._shards} is not there")
            if (size := os.path.getsize(self._data_path(shard))) < end:
                raise ValueError(f"{self._data_path(shard)} is cut off: it has {size} bytes, {end} are needed")

    def _data_path(self, shard):
        return f"{self._prefix}.data-{shard:05d}-of-{self._shards:05d}"

    def __iter__(self):
        return iter(self._entries)

    def __contains__(self, name):
        return name in self._entries

    def shape(self, name):
        """The shape of an array, without reading it."""
        return shape_of(self._entries[name].shape) or ()

    def dtype(self, name):
        """The name of its dtype: "float32", "string", …."""
        return dtype_name(self._entries[name].dtype)

    def __getitem__(self, name):
        """An array; strings as an array of bytes objects.

        Raises:
            KeyError: there is no such array.
            DataLossError: its bytes are damaged.
        """
        entry = self._entries[name]
        with self._reading(self._data_path(entry.shard_id)):
            with open(self._data_path(entry.shard_id), "rb") as file:
                file.seek(entry.offset)
                content = file.read(entry.size)
            array, checksummed = _array(content, self.dtype(name), self.shape(name))
            if masked(crc32c(np.frombuffer(checksummed, np.uint8))) != entry.crc32c:
                raise ValueError(f"the checksum of {name!r} is wrong")
            return array


class _Damage:
    """A context that raises a ValueError as a DataLossError that names the files."""

    def __init__(self, prefix, path):
        self.prefix, self.path = prefix, path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if kind is not None and issubclass(kind, ValueError):
            raise DataLossError(
                None,
                None,
                f"The checkpoint {self.prefix!r} cannot be read, its file {self.path!r} is damaged: {error}.",
            ) from error


def _array(content, dtype, shape):
    """(the array in these bytes, the bytes that its checksum covers)."""
    if None in shape:
        raise ValueError("an array has an unknown length")
    size = math.prod(shape)
    if dtype == "string":
        return _strings(content, size, shape)
    if dtype in EXTENSION_DTYPES:
        use_extension_dtypes()
    if size * np.dtype(dtype).itemsize != len(content):
        raise ValueError(f"an array of shape {shape} and dtype {dtype} has {len(content)} bytes")
    return np.frombuffer(content, dtype).reshape(shape), content


def _strings(content, size, shape):
    if size > len(content):
        raise ValueError(f"{size} strings have {len(content)} bytes")
    place, lengths = 0, []
    for _ in range(size):
        length, place = read_varint(content, place)
        lengths.append(length)
    rest = content[place:]
    if len(rest) - LENGTHS_CHECKSUM != sum(lengths):
        raise ValueError(f"{size} strings have {len(rest) - LENGTHS_CHECKSUM} bytes, not {sum(lengths)}")
    fixed = _fixed_lengths(lengths)
    if masked_checksum(fixed) != rest[:LENGTHS_CHECKSUM]:
        raise ValueError("the checksum of the strings' lengths is wrong")
    strings, place = np.empty(size, object), LENGTHS_CHECKSUM
    for number, length in enumerate(lengths):
        strings[number] = rest[place : place + length]
        place += length
    return strings.reshape(shape), fixed + rest


def _fixed_lengths(lengths):
    """Lengths of strings in the form for their checksum: four bytes each, eight for a long one."""
    return b"".join(length.to_bytes(4 if length < 1 << 32 else 8, "little") for length in lengths)


def write_bundle(prefix, arrays):
    """Write {name: array} as a checkpoint with one data file. Both files are written atomically, the index last."""
    prefix, entries, place = os.fspath(prefix), {}, 0
    with replacing(f"{prefix}.data-00000-of-00001") as unfinished, open(unfinished, "wb") as file:
        for name, array in sorted(arrays.items(), key=lambda item: item[0].encode()):
            array = np.asarray(array)
            content, checksummed = _content(array)
            file.write(content)
            entry = BundleEntryProto(dtype=dtype_number(array.dtype), shape=shape_message(array.shape))
            entry.offset, entry.size = place, len(content)
            entry.crc32c = int(masked(crc32c(np.frombuffer(checksummed, np.uint8)))[0])
            entries[name.encode()], place = entry.encoded(), place + len(content)
    entries[b""] = BundleHeaderProto(num_shards=1, version=VersionDef(producer=1)).encoded()
    with replacing(f"{prefix}.index") as unfinished:
        unfinished.write_bytes(written_table(entries))


def _content(array):
    """(the bytes of an array, the bytes that its checksum covers)."""
    if array.dtype != object:
        content = np.ascontiguousarray(array).tobytes()
        return content, content
    strings = [bytes(string) for string in array.ravel().tolist()]
    fixed = _fixed_lengths(map(len, strings))
    rest = b"".join([masked_checksum(fixed), *strings])
    return b"".join(varint(len(string)) for string in strings) + rest, fixed + rest
