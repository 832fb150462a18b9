"""Weights in several files: `save_weights("w.weights.json", max_shard_size=…)`, and back."""

import json

import numpy as np
import pytest

import minikeras as keras
from minikeras.formats.unreadable import UnreadableFileError
from minikeras.saving import sharded_weights

SMALL = 450 / 1024**3  # GiB: a kernel of the model below and little beside it


def model():
    made = keras.Sequential([keras.Input((10,)), *[keras.layers.Dense(10) for _ in range(3)]])
    made.compile(keras.optimizers.SGD(momentum=0.9), "mse")
    made.train_on_batch(np.ones((2, 10)), np.ones((2, 10)))
    return made


def changed(path, change):
    table = json.loads(path.read_text())
    change(table["weight_map"])
    path.write_text(json.dumps(table))


def test_weights_and_optimizer_come_back_from_several_files(tmp_path):
    saved, loaded = model(), model()
    saved.save_weights(tmp_path / "w.weights.json", max_shard_size=SMALL)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files[:2] == ["w.weights.json", "w_00000.weights.h5"]
    assert len(files) > 4
    loaded.load_weights(tmp_path / "w.weights.json")
    for a, b in zip([*saved.variables, *saved.optimizer.variables], [*loaded.variables, *loaded.optimizer.variables],
                    strict=True):  # fmt: skip
        np.testing.assert_array_equal(a, b)


def test_table_lists_the_files_of_a_group(tmp_path):
    model().save_weights(tmp_path / "w.weights.json", max_shard_size=410 / 1024**3)
    table = json.loads((tmp_path / "w.weights.json").read_text())
    assert table["weight_map"]["/layers/dense/vars"] == ["w_00000.weights.h5", "w_00001.weights.h5"]
    assert table["metadata"]["total_size"] > 2 * 3 * 440


def test_one_file_if_all_fits(tmp_path):
    with pytest.warns(UserWarning, match=r"w\.weights\.json"):
        model().save_weights(tmp_path / "w.weights.h5", max_shard_size=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.weights.json", "w_00000.weights.h5"]


def test_an_array_above_the_limit(tmp_path):
    with pytest.raises(ValueError, match="400 bytes, more than a file may have"):
        model().save_weights(tmp_path / "w.weights.json", max_shard_size=300 / 1024**3)
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_the_earlier_files(tmp_path, monkeypatch):
    path = tmp_path / "w.weights.json"
    model().save_weights(path, max_shard_size=SMALL)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    images = iter([b"first"])  # StopIteration for the second file
    monkeypatch.setattr(sharded_weights, "hdf5_image", lambda write: next(images))
    with pytest.raises(StopIteration):
        model().save_weights(path, max_shard_size=SMALL)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["w.keras", "w.npz", "w.json"])
def test_other_endings(name, tmp_path):
    with pytest.raises(ValueError, match=r"\.weights\.json"):
        model().save_weights(tmp_path / name, max_shard_size=1)


@pytest.mark.parametrize("name", ["../w_00000.weights.h5", "/etc/passwd", "w.keras", 3, None, ["x", {}]])
def test_tables_name_files_beside_them_only(name, tmp_path):
    path = tmp_path / "w.weights.json"
    model().save_weights(path, max_shard_size=SMALL)
    changed(path, lambda weight_map: weight_map.update({"/layers/dense/vars": name}))
    with pytest.raises(UnreadableFileError):
        model().load_weights(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"weight_map": 3}', "[" * 100_000])
def test_damaged_tables(text, tmp_path):
    path = tmp_path / "w.weights.json"
    path.write_text(text)
    with pytest.raises(UnreadableFileError, match="a table of the files"):
        model().load_weights(path)


def test_a_missing_file(tmp_path):
    path = tmp_path / "w.weights.json"
    made = model()
    made.save_weights(path, max_shard_size=SMALL)
    (tmp_path / "w_00001.weights.h5").unlink()
    with pytest.raises(FileNotFoundError, match="w_00001"):
        made.load_weights(path)


def test_another_model(tmp_path):
    path = tmp_path / "w.weights.json"
    model().save_weights(path, max_shard_size=SMALL)
    other = keras.Sequential([keras.Input((10,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="do not fit"):
        other.load_weights(path)
