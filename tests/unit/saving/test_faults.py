"""Files that are damaged, of another kind, or made to harm: each is named, with a fix, and nothing is changed."""

import io
import json
import os
import zipfile

import h5py
import numpy as np
import pytest

import minikeras as keras
from minikeras.formats.unreadable import UnreadableFileError


def model(units=2):
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units), keras.layers.BatchNormalization()])
    made.compile("sgd", "mse")
    return made


def written(folder, name):
    """A good file of that name, and its bytes."""
    path = folder / name
    if name.endswith(".h5") and "weights" not in name:
        with pytest.warns(UserWarning, match="is an old format"):
            model().save(path)
    elif "weights" in name:
        model().save_weights(path)
    else:
        model().save(path)
    return path, path.read_bytes()


def read(path):
    """Read a file by its ending, and check that a model whose weights cannot be read keeps them."""
    if "weights" not in path.name:
        return keras.models.load_model(path)
    reader = model()
    before = reader.get_weights()
    try:
        reader.load_weights(path)
    except ValueError:
        for one, two in zip(before, reader.get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)
        raise
    return reader


NAMES = ["m.keras", "m.h5", "m.weights.h5", "weights.npz"]
CONTENTS = {
    "empty": (b"", "it is empty"),
    "text": (b"hello", "a file of another kind"),
    "web page": (b"<!DOCTYPE html><html>404</html>", "a web page"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a", "git lfs pull"),
    "cut zip": (b"PK\x03\x04" + bytes(50), "zip archive|cut off"),
    "cut hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5 file|cut off"),
}


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", NAMES)
def test_files_of_another_kind(name, content, tmp_path):
    path = tmp_path / name
    data, words = CONTENTS[content]
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match=words) as error:
        read(path)
    assert str(path) in str(error.value)
    assert isinstance(error.value, ValueError)
    assert isinstance(error.value, OSError)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.98])
@pytest.mark.parametrize("name", NAMES)
def test_truncated_files(name, share, tmp_path):
    path, data = written(tmp_path, name)
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadableFileError, match="cut off or damaged"):
        read(path)


def test_files_under_a_wrong_name_are_recognized(tmp_path):
    archive, _ = written(tmp_path, "m.keras")
    weights, _ = written(tmp_path, "w.weights.h5")
    with pytest.raises(UnreadableFileError, match=r"rename it to end in `\.keras`"):
        keras.models.load_model(archive.rename(tmp_path / "a.h5"))
    with pytest.raises(ValueError, match=r"holds weights only.*load_weights"):
        keras.models.load_model(weights.rename(tmp_path / "b.h5"))
    model().load_weights(tmp_path / "b.h5")  # what is in it counts
    with pytest.raises(UnreadableFileError, match=r"Rename it to end in `\.h5`"):
        keras.models.load_model((tmp_path / "b.h5").rename(tmp_path / "c.keras"))


@pytest.mark.parametrize(
    "content, words",
    [
        ("saved_model.pb", r"SavedModel.*model\.save\('model\.keras'\)"),
        ("checkpoint", r"TensorFlow checkpoints.*save_weights\('model\.weights\.h5'\)"),
        ("readme", r"it is a folder, which holds \['readme'\]"),
    ],
)
def test_folders_of_other_programs(content, words, tmp_path):
    (tmp_path / content).touch()
    with pytest.raises(ValueError, match=words):
        keras.models.load_model(tmp_path)
    with pytest.raises(ValueError, match=words):
        model().load_weights(tmp_path)


def test_tensorflow_checkpoints(tmp_path):
    (tmp_path / "ckpt.index").touch()
    with pytest.raises(ValueError, match="is a TensorFlow checkpoint"):
        model().load_weights(tmp_path / "ckpt")


def test_missing_files(tmp_path):
    written(tmp_path, "m.keras")
    with pytest.raises(ValueError, match=r"File not found.*In the same folder: m\.keras"):
        keras.models.load_model(tmp_path / "n.keras")
    for name in ("n.h5", "n.weights.h5", "n.npz"):
        with pytest.raises(FileNotFoundError, match=name):
            model().load_weights(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="makedirs"):
        model().save(tmp_path / "none" / "m.keras")


# --- writing ----------------------------------------------------------------------------------------------------------


class Faulty(keras.layers.Layer):
    """Cannot be saved."""

    broken = False

    def call(self, x):
        return x

    def save_own_variables(self, store):
        if self.broken:
            raise RuntimeError("out of memory")


@pytest.mark.filterwarnings("ignore:HDF5 is an old format:UserWarning")
@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "folder"])
def test_a_fault_while_saving_leaves_the_earlier_file(name, tmp_path):
    layer = Faulty()
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), layer])

    def save():
        if "weights" in name:
            made.save_weights(tmp_path / name)
        else:
            made.save(tmp_path / name, zipped=name != "folder")

    def content():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    save()
    before = content()
    layer.broken = True
    with pytest.raises(RuntimeError, match="out of memory"):
        save()
    assert content() == before


def test_a_checkpoint_that_fails_leaves_the_earlier_one(tmp_path):
    layer = Faulty()
    made = keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    callback = keras.callbacks.ModelCheckpoint(tmp_path / "m.weights.h5", save_weights_only=True)
    x, y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")
    made.fit(x, y, verbose=0, callbacks=[callback])
    before = (tmp_path / "m.weights.h5").read_bytes()
    layer.broken = True
    with pytest.raises(RuntimeError, match="out of memory"):
        made.fit(x, y, verbose=0, callbacks=[callback])
    assert (tmp_path / "m.weights.h5").read_bytes() == before
    assert os.listdir(tmp_path) == ["m.weights.h5"]


# --- files made to harm -----------------------------------------------------------------------------------------------


def test_links_and_outside_arrays_in_hdf5_files(tmp_path):
    secret, _ = written(tmp_path, "secret.weights.h5")

    def external_link(file):
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(secret), "/layers/dense/vars/0")

    def soft_link(file):
        file["layers/dense/vars/0"] = h5py.SoftLink("/layers/batch_normalization/vars/0")

    def outside(file):
        raw = [(str(secret), 0, 24)]
        file["layers/dense/vars"].create_dataset("0", (3, 2), "float32", external=raw)

    def virtual(file):
        source = h5py.VirtualSource(str(secret), "layers/dense/vars/0", shape=(3, 2))
        target = h5py.VirtualLayout(shape=(3, 2), dtype="float32")
        target[...] = source
        file["layers/dense/vars"].create_virtual_dataset("0", target)

    def linked_group(file):
        del file["layers/dense"]
        file["layers/dense"] = h5py.ExternalLink(str(secret), "/layers/dense")

    for harm, words in {
        external_link: "is a link to another file",
        soft_link: "is a link to another place",
        outside: "is in another file",
        virtual: "is in another file",
        linked_group: "is a link to another file",
    }.items():
        path, _ = written(tmp_path, "m.weights.h5")
        with h5py.File(path, "a") as file:
            del file["layers/dense/vars/0"]
            harm(file)
        with pytest.raises(UnreadableFileError, match=words):
            read(path)


def archive_with(path, members):
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**content, **members}.items():
            if data is not None:
                archive.writestr(name, data)


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize("name", ["assets/../../evil.txt", "assets/a\\..\\evil.txt", "assets/C:evil.txt"])
def test_members_of_an_archive_that_point_outside(name, tmp_path):
    path, _ = written(tmp_path, "m.keras")
    archive_with(path, {name: b"evil"})
    with pytest.raises(UnreadableFileError, match="would be written to another place"):
        keras.models.load_model(path)


def test_links_in_an_archive(tmp_path):
    path, _ = written(tmp_path, "m.keras")
    archive_with(path, {link("assets/etc"): b"/etc"})
    with pytest.raises(UnreadableFileError, match="would be written to another place"):
        keras.models.load_model(path)


@pytest.mark.parametrize(
    "members, words",
    [
        ({"config.json": None}, r"holds no config\.json"),
        ({"model.weights.h5": None}, r"holds no model\.weights\.h5"),
        ({"config.json": b"{"}, r"config\.json is not JSON"),
        ({"config.json": b"[]"}, "describes no model"),
        ({"model.weights.h5": b"\x89HDF\r\n\x1a\n"}, r"m\.keras/model\.weights\.h5' is not a file of Keras weights"),
    ],
)
def test_archives_that_lack_something(members, words, tmp_path):
    path, _ = written(tmp_path, "m.keras")
    archive_with(path, members)
    with pytest.raises(UnreadableFileError, match=words):
        keras.models.load_model(path)


@pytest.mark.parametrize(
    "module, name",
    [("keras.utils", "get_file"), ("keras.saving", "load_model"), ("builtins", "eval"), ("os", "system")],
)
def test_a_config_cannot_reach_functions_that_do_harm(module, name, tmp_path):
    path, _ = written(tmp_path, "m.keras")
    function = {"module": module, "class_name": "function", "config": name, "registered_name": "function"}
    evil = {"module": "keras.layers", "class_name": "Lambda", "config": {"function": function}, "registered_name": None}
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    config["config"]["layers"].append(evil)
    archive_with(path, {"config.json": json.dumps(config)})
    with pytest.raises(TypeError, match=f"Could not locate '{name}'"):
        keras.models.load_model(path, safe_mode=False)


def test_an_archive_in_memory_is_no_path():
    with pytest.raises(ValueError, match="must be a path"):
        model().save(io.BytesIO())
