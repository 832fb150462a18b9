"""HDF5 files read by Python alone: what h5py wrote comes back, in every form of Keras's files and their copies."""

import io

import h5py
import numpy as np
import pytest

from minikeras.formats.hdf5 import hdf5_image, open_hdf5
from minikeras.formats.hdf5.chunks import checksum
from minikeras.formats.unreadable import UnreadableFileError

WANTED = "a file of Keras weights"
VALUES = np.random.default_rng(0).normal(size=(37, 21))

ARRAYS = {
    **{dtype: (VALUES * 50).astype(dtype) for dtype in ("f2", "f4", "f8", ">f4", ">f8", "i1", "u2", ">i4", "i8", "u8")},
    "scalar": np.float32(3.5),
    "bool": VALUES > 0,
    "empty": np.zeros((0, 3), "f4"),
    "bytes": np.array([b"one", b"three"]),
    "five axes": np.arange(48.0).reshape(2, 2, 3, 2, 2),
}
STORAGE = {
    "one piece": {},
    "chunks": {"chunks": (8, 8)},
    "gzip": {"chunks": (8, 8), "compression": "gzip"},
    "gzip and shuffle": {"chunks": (8, 8), "compression": "gzip", "shuffle": True},
    "shuffle alone": {"chunks": (8, 8), "shuffle": True},
    "all filters": {"chunks": (8, 8), "compression": "gzip", "shuffle": True, "fletcher32": True},
    "one chunk larger than the array": {"chunks": (64, 64), "maxshape": (None, None)},
}


def written(write, **how):
    memory = io.BytesIO()
    with h5py.File(memory, "w", **how) as file:
        write(file)
    return memory


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_many_dtypes(name):
    expected = np.asarray(ARRAYS[name])
    with open_hdf5(written(lambda file: file.create_dataset("a/b/0", data=expected)), WANTED, "memory") as top:
        stored = top.array("a/b/0")
        assert (stored.shape, stored.dtype) == (expected.shape, expected.dtype.newbyteorder("="))
        found = stored.read()
    assert found.flags.writeable
    assert found.dtype == stored.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", STORAGE)
def test_arrays_stored_in_many_ways(name):
    with open_hdf5(written(lambda f: f.create_dataset("x", data=VALUES, **STORAGE[name])), WANTED, "memory") as top:
        np.testing.assert_array_equal(top.array("x").read(), VALUES)


@pytest.mark.parametrize("count", [1, 3, 40, 700])
def test_groups_of_many_members_are_found_in_order(count):
    names = sorted(f"layers/dense_{i}/vars" for i in range(count))

    def write(file):
        for name in names:
            file.create_group(name).attrs["name"] = name

    with open_hdf5(written(write), WANTED, "memory") as top:
        found = [group for group in top.groups() if group.path.endswith("vars")]
        assert [group.path for group in found] == names
        assert [group.attributes.text("name") for group in found] == names
        assert top.group("layers/none") is None
        assert top.array("layers/dense_0/vars") is None


def test_texts_among_attributes():
    long = "x" * 100_000

    def write(file):
        file.attrs.update({"text": "é", "bytes": b"ab", "long": long, "fixed": [b"a", b"bcd"], "free": ["a", "é" * 9]})
        file.attrs["number"] = 3

    with open_hdf5(written(write), WANTED, "memory") as top:
        attributes = top.attributes
        assert [attributes.text(name) for name in ("text", "bytes", "long")] == ["é", "ab", long]
        assert attributes.texts("fixed") == ["a", "bcd"]
        assert attributes.texts("free") == ["a", "é" * 9]
        assert attributes.text("number") is None
        assert attributes.texts("none") is None
        assert attributes.text("fixed") is None


def test_small_files_in_the_form_of_hdf5_1_8_are_read_too():
    def write(file):
        file["layers/dense/vars/0"] = VALUES

    with open_hdf5(written(write, libver="latest"), WANTED, "memory") as top:
        np.testing.assert_array_equal(top.array("layers/dense/vars/0").read(), VALUES)


def test_a_wrong_checksum_is_noticed():
    memory = written(lambda file: file.create_dataset("x", data=VALUES, chunks=VALUES.shape, fletcher32=True))
    data = bytearray(memory.getvalue())
    data[data.index(VALUES.tobytes()) + 100] ^= 1
    with (
        open_hdf5(io.BytesIO(data), WANTED, "memory") as top,
        pytest.raises(UnreadableFileError, match="wrong checksum"),
    ):
        top.array("x").read()


@pytest.mark.parametrize("length", [1, 2, 3, 48, 719, 720, 721, 100_001])
def test_checksums_are_those_of_the_library(length):
    data = np.random.default_rng(length).integers(0, 256, length, "uint8")
    memory = written(lambda file: file.create_dataset("x", data=data, chunks=data.shape, fletcher32=True))
    with h5py.File(memory) as file:
        _, stored = file["x"].id.read_direct_chunk((0,))
    assert checksum(stored[:-4]) == int.from_bytes(stored[-4:], "little")


def test_an_error_while_writing_is_raised_as_it_is():
    def fail(file):
        file["a"] = 1.0
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        hdf5_image(fail)
