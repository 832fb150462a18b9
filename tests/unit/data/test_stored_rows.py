"""Arrays on disk give the batches of arrays in memory."""

import mmap
import os

import h5py
import numpy as np
import pytest

import minikeras as keras
from minikeras.data import stored_rows
from minikeras.data.arrays import ArrayAdapter
from minikeras.data.splitting import train_validation_split
from minikeras.data.stored_rows import StoredRows, is_stored

X = np.random.default_rng(0).normal(size=(23, 3))


@pytest.fixture(params=["memmap", "HDF5"])
def on_disk(request, tmp_path, monkeypatch):
    """X on disk, as one of the kinds, small as it is."""
    monkeypatch.setattr(stored_rows, "SMALL", 16)
    if request.param == "memmap":
        np.save(tmp_path / "x.npy", X)
        yield np.load(tmp_path / "x.npy", mmap_mode="r")
    else:
        with h5py.File(tmp_path / "x.h5", "w") as file:
            file["x"] = X
            yield file["x"]


def test_rows_are_read_in_any_order_and_in_floatx(on_disk):
    rows = StoredRows(on_disk)
    assert (len(rows), rows.shape, rows.dtype) == (23, (23, 3), "float32")
    np.testing.assert_array_equal(rows[[5, 2, 5]], X[[5, 2, 5]].astype("float32"))
    np.testing.assert_array_equal(rows.part(4, 9)[1:3], X[5:7].astype("float32"))
    np.testing.assert_array_equal(rows.part(4, 9)[[4, 0]], X[[8, 4]].astype("float32"))


@pytest.mark.parametrize("shuffle", [False, True, "batch"])
def test_batches_are_those_of_an_array(on_disk, shuffle):
    keras.utils.set_random_seed(0)
    found, expected = [
        [batch[0].numpy() for batch in ArrayAdapter(x, X[:, 0], batch_size=5, shuffle=shuffle).epoch()]
        for x in (on_disk, X)
    ]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_training_is_that_of_an_array(on_disk):
    histories = []
    for x in (on_disk, X):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=True)
        histories.append(model.fit(x, X[:, 0], epochs=2, batch_size=5, verbose=0, validation_split=0.3).history)
        predictions = model.predict(x, batch_size=7, verbose=0)
        assert predictions.shape == (23, 1)
    assert histories[0] == histories[1]


def test_splits_stay_on_disk(on_disk):
    (train, *_), (validation, *_) = train_validation_split((on_disk, None, None), 0.25)
    assert isinstance(train, StoredRows)
    np.testing.assert_array_equal(validation[:], X[17:].astype("float32"))


def test_what_is_small_is_read_at_once(tmp_path):
    np.save(tmp_path / "x.npy", X)
    assert not is_stored(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert not is_stored(X)


def test_batches_can_be_left_out():
    adapter = ArrayAdapter(X, batch_size=5)
    assert [len(batch.array) for batch in adapter.epoch_from(3)] == [5, 3]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a mapped file cannot be replaced")
@pytest.mark.parametrize("replacement", [None, 1.0, "shorter"])
def test_a_file_that_is_not_the_mapped_one_any_more_is_not_read(tmp_path, replacement):
    path = tmp_path / "x.npy"
    np.save(path, np.zeros((4, mmap.PAGESIZE // 4), "float32"))
    mapped = np.load(path, mmap_mode="r")
    assert stored_rows.file_of(mapped) is not None
    path.unlink()
    if replacement is not None:
        rows = 1 if replacement == "shorter" else 4
        np.save(path, np.ones((rows, mmap.PAGESIZE // 4), "float32"))
    assert not StoredRows(mapped)[[2, 1]].any()


def test_rows_are_those_of_the_mapping_where_the_system_cannot_read_at_a_place(tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", np.arange(4 * mmap.PAGESIZE, dtype="float32").reshape(4, -1))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert stored_rows.file_of(mapped) is not None
    monkeypatch.delattr(os, "preadv", raising=False)
    assert stored_rows.file_of(mapped) is None
