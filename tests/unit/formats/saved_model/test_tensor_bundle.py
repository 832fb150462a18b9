"""TensorFlow's checkpoints: what is written is read, and damage is found. (TensorFlow reads them: tests/parity.)"""

import random

import numpy as np
import pytest

from minikeras.base.errors import DataLossError, NotFoundError
from minikeras.compat import tensorflow as tf
from minikeras.formats.saved_model.sorted_table import read_table, written_table
from minikeras.formats.saved_model.tensor_bundle import TensorBundle, write_bundle

ARRAYS = {
    "a": np.arange(12, dtype="f").reshape(3, 4),
    "a/b": np.array(7, "int64"),
    "a/bc": np.array([True, False]),
    "empty": np.zeros((0, 3), "float64"),
    "half": np.array([1.5, -2], "float16"),
    "words": np.array([[b"x", b""], [b"\xff" * 300, b"yz"]], object),
    **{f"many/{i:03}/.ATTRIBUTES/VARIABLE_VALUE": np.array([i, -i], "int32") for i in range(50)},
    "zcomplex": np.array([1 + 2j], "complex64"),
}


@pytest.fixture
def prefix(tmp_path):
    write_bundle(tmp_path / "variables", ARRAYS)
    return tmp_path / "variables"


def test_arrays_are_read_as_they_were_written(prefix):
    bundle = TensorBundle(prefix)
    assert list(bundle) == sorted(ARRAYS)
    for name, array in ARRAYS.items():
        assert bundle.shape(name) == array.shape
        found = bundle[name]
        assert found.dtype == array.dtype
        assert found.shape == array.shape
        assert (found == array).all()
    assert "a" in bundle
    assert "b" not in bundle


def test_tables():
    items = {b"": b"first", **{f"key{i}".encode(): bytes([i]) * i for i in range(100)}}
    assert read_table(written_table(items)) == items
    assert read_table(written_table({})) == {}
    with pytest.raises(ValueError, match="does not end as a table does"):
        read_table(b"x" * 100)


def test_a_checkpoint_that_is_not_there(tmp_path):
    with pytest.raises(NotFoundError, match=r"no file .*none\.index"):
        TensorBundle(tmp_path / "none")


@pytest.mark.parametrize("ending", ["index", "data-00000-of-00001"])
def test_every_damaged_byte_is_found(prefix, ending):
    path = prefix.with_name(f"variables.{ending}")
    good, rng = path.read_bytes(), random.Random(0)
    for _ in range(150):
        at = rng.randrange(len(good))
        path.write_bytes(good[:at] + bytes([good[at] ^ 1 << rng.randrange(8)]) + good[at + 1 :])
        try:
            bundle = TensorBundle(prefix)
            assert all((bundle[name] == array).all() for name, array in ARRAYS.items())
        except (DataLossError, KeyError):
            continue
        assert ending == "index", "a byte of the data is in no checksum"
        assert at >= len(good) - 48, "zeros of the footer alone are in none"


def test_a_file_that_is_cut_off(prefix):
    path = prefix.with_name("variables.data-00000-of-00001")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataLossError, match="is cut off"):
        TensorBundle(prefix)
    path.unlink()
    with pytest.raises(DataLossError, match="number 0 of 1 is not there"):
        TensorBundle(prefix)


def test_tf_train_reads_them(prefix):
    reader = tf.train.load_checkpoint(prefix)
    assert reader.get_variable_to_shape_map()["a"] == [3, 4]
    assert tf.train.load_variable(prefix, "a/b") == 7
    value, other = tf.Variable(np.zeros((3, 4), "f")), tf.Variable(0, dtype=tf.int32)
    write_bundle(
        prefix, {"v/.ATTRIBUTES/VARIABLE_VALUE": ARRAYS["a"], "_CHECKPOINTABLE_OBJECT_GRAPH": np.array(b"", object)}
    )
    tf.train.Checkpoint(v=value).read(prefix).assert_consumed()
    assert (value.numpy() == ARRAYS["a"]).all()
    with pytest.raises(NotFoundError, match="no value under the name other"):
        tf.train.Checkpoint(v=value, other=other).read(prefix)
