"""HDF5 files composed by Python alone: the library reads them, adds to them, and finds what it writes itself."""

import io

import h5py
import numpy as np
import pytest

import minikeras as keras
from minikeras.files.hdf5 import open_hdf5, writing
from minikeras.files.hdf5.composing import ComposedFile
from tests.unit.files.test_hdf5 import ARRAYS

TEXTS = {"text": "Grüße" * 20_000, "again": "Grüße" * 20_000, "bytes": b"plain", "empty": ""}


def composed():
    file = ComposedFile()
    for name, array in ARRAYS.items():
        file[f"of/every dtype/{name}"] = array
    file.create_dataset("opaque", np.arange(3, dtype="u2").view("V2")).attrs["dtype"] = "bfloat16"
    file.attrs.update(TEXTS, number=3, names=[b"one", b"three"], none=[])
    for number in range(300):  # more than one node of the library's B-trees has
        file.create_group(f"many/{number}")["value"] = np.full(2, number)
    return io.BytesIO(file.image())


@pytest.mark.parametrize("name", ARRAYS)
def test_the_library_reads_every_array(name):
    with h5py.File(composed()) as file:
        found = file["of/every dtype"][name][()]
    assert found.dtype == np.asarray(ARRAYS[name]).dtype
    np.testing.assert_array_equal(found, ARRAYS[name])


def test_the_library_reads_groups_and_attributes():
    with h5py.File(composed()) as file:
        found = {name: file.attrs[name] for name in TEXTS}
        assert found == {**TEXTS, "bytes": "plain"}  # readers of such files, Keras's too, take texts and bytes alike
        assert file.attrs["number"] == 3
        assert file.attrs["names"].tolist() == [b"one", b"three"]
        assert file.attrs["none"].shape == (0,)
        assert file["opaque"].attrs["dtype"] == "bfloat16"
        assert len(file["many"]) == 300
        assert [file["many"][str(number)]["value"][0] for number in range(300)] == list(range(300))


def test_it_is_read_here_too():
    with open_hdf5(composed(), "a file of Keras weights", "memory") as file:
        assert file.attributes.text("text") == TEXTS["text"]
        assert file.attributes.text("empty") == ""


def test_the_library_can_add_to_it():
    memory = composed()
    with h5py.File(memory, "r+") as file:
        file["many/new"] = np.ones(3)
        file["many/7/value"][:] = 5
    with h5py.File(memory) as file:
        assert len(file["many"]) == 301
        assert file["many/7/value"][0] == 5


@pytest.mark.parametrize("value", [np.array(["text"], object), np.ones(3, complex)])
def test_a_dtype_without_a_form_is_an_error(value):
    file = ComposedFile()
    file["x"] = value
    with pytest.raises(TypeError, match=r"cannot be written to a file\. Received: dtype="):
        file.image()


def test_what_cannot_be_placed_is_an_error():
    file = ComposedFile()
    file["x"] = np.ones(3)
    for place in (lambda: file.create_dataset("x", np.ones(1)), lambda: file.create_group("x")):
        with pytest.raises(ValueError, match="is there already"):
            place()
    with pytest.raises(ValueError, match="an array where a group is wanted"):
        file.require_group("x/y")
    file.attrs["large"] = np.ones(10_000)
    with pytest.raises(ValueError, match="at most 64 kB"):
        file.image()


@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5", "model.h5"])
@pytest.mark.filterwarnings("ignore:HDF5 is an old format of models")
def test_files_of_models_hold_what_the_library_writes(name, tmp_path, monkeypatch):
    keras.utils.set_random_seed(0)
    layers = [keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    model.fit(x, x[:, :1], verbose=0)
    save = model.save_weights if "weights" in name else model.save
    for folder, library in ((tmp_path / "with", writing._library()), (tmp_path / "without", None)):
        monkeypatch.setattr(writing, "_library", lambda library=library: library)
        folder.mkdir()
        save(folder / name)
    predictions, states = [], []
    for folder in ("with", "without"):
        path = tmp_path / folder / name
        if "weights" in name:
            model.set_weights([0 * w for w in model.get_weights()])
            model.load_weights(path)
            loaded = model
        else:
            loaded = keras.models.load_model(path)
        predictions.append(loaded.predict(x, verbose=0))
        states.append([v.numpy() for v in loaded.optimizer.variables])
    np.testing.assert_array_equal(*predictions)
    assert len(states[0]) > 4
    for one, other in zip(*states, strict=True):
        np.testing.assert_array_equal(one, other)
