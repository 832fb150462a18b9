"""HDF5 files composed by Python alone: the library reads them, adds to them, and finds what it writes itself."""

import io
import sys

import h5py
import numpy as np
import pytest

import minikeras as keras
from minikeras.formats.hdf5 import open_hdf5
from minikeras.formats.hdf5.composing import ComposedFile
from tests.unit.formats.test_hdf5 import ARRAYS

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


@pytest.mark.parametrize("path", ["/a", "a//b", "a b/é", "..", "a/..", "x" * 60_000])
def test_odd_names_are_those_of_the_library(path):
    ours, theirs = ComposedFile(), io.BytesIO()
    ours[path] = np.ones(2)
    with h5py.File(theirs, "w") as file:
        file[path] = np.ones(2)
    found = []
    for memory in (io.BytesIO(ours.image()), theirs):
        with h5py.File(memory) as file:
            names = []
            file.visit(names.append)
            found.append((names, file[path][()].tolist()))
    assert found[0] == found[1]


HOSTILE = {
    "no name": lambda file: file.create_group("/"),
    "a zero in a name": lambda file: file.create_dataset("a/b\0c", [1.0]),
    "a long name": lambda file: file.create_group("x" * 70_000),
    "a long name of an attribute": lambda file: file.attrs.update({"x" * 70_000: 1}),
    "a zero in the name of an attribute": lambda file: file.attrs.update({"a\0b": 1}),
    "a zero in a text": lambda file: file.attrs.update(a="b\0c"),
    "33 axes": lambda file: file.create_dataset("x", np.zeros((1,) * 33)),
}


@pytest.mark.parametrize("write", HOSTILE.values(), ids=HOSTILE)
def test_what_no_file_can_hold_is_a_value_error(write):
    def compose():
        file = ComposedFile()
        write(file)
        return file.image()

    with pytest.raises(ValueError, match="Received: "):
        compose()


ODD = {
    "strided": np.arange(10.0)[::-3],
    "Fortran's order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "repeated by strides": np.broadcast_to(np.float32(2), (2, 3)),
    "32 axes": np.zeros((1,) * 32),
    "no rows": np.zeros((2, 0, 3), ">f8"),
    "empty bytes": np.array([b"", b""]),
    "not finite": np.array([np.nan, -np.inf, -0.0], "float16"),
    "largest integers": np.array([-(2**63), 2**63 - 1]),
    "a list": [[1, 2], [3, 4]],
    "one truth": True,
}


@pytest.mark.parametrize("array", ODD.values(), ids=ODD)
def test_odd_arrays_are_read_by_the_library_and_here(array):
    file = ComposedFile()
    file["x"] = file.attrs["x"] = array
    memory = io.BytesIO(file.image())
    with h5py.File(memory) as found:
        for value in (found["x"][()], found.attrs["x"]):
            assert np.asarray(value).dtype == np.asarray(array).dtype
            np.testing.assert_array_equal(value, array)
    with open_hdf5(memory, "a file of Keras weights", "memory") as found:
        np.testing.assert_array_equal(found.array("x").read(), array)


def test_shards_and_edited_files_too(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    weights = [w.copy() for w in model.get_weights()]
    model.save_weights(tmp_path / "parts.weights.json", max_shard_size=6e-8)  # 64 bytes: several files
    assert len(list(tmp_path.glob("parts*.h5"))) > 1
    model.save_weights(tmp_path / "whole.weights.h5")
    editor = keras.saving.KerasFileEditor(tmp_path / "whole.weights.h5")
    editor.save(tmp_path / "edited.weights.h5")
    for name in ("parts.weights.json", "edited.weights.h5"):
        model.set_weights([0 * w for w in weights])
        model.load_weights(tmp_path / name)
        for w, expected in zip(model.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(w, expected)


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
    for folder, library in ((tmp_path / "with", h5py), (tmp_path / "without", None)):
        monkeypatch.setitem(sys.modules, "h5py", library)
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
