"""Checkpoints: their files, and values that wait for what is not built yet."""

import json
import os
import zipfile

import numpy as np
import pytest

import minikeras as keras
from minikeras import Variable
from minikeras.base.errors import DataLossError, NotFoundError
from minikeras.compat.tensorflow.train.checkpoints.checkpoint import Checkpoint
from minikeras.compat.tensorflow.train.checkpoints.files import checkpoints_iterator
from minikeras.compat.tensorflow.train.checkpoints.manager import CheckpointManager


@pytest.fixture
def prefix(tmp_path):
    return str(tmp_path / "ck")


def test_files_are_json_and_arrays_without_objects(prefix):
    path = Checkpoint(v=Variable([1.0, 2.0]), n=Variable(3)).save(prefix)
    index = json.loads(_text(f"{path}.index"))
    assert index["contents"]["v/.ATTRIBUTES/VARIABLE_VALUE"] == {"shape": [2], "dtype": "float32"}
    with np.load(f"{path}.npz", allow_pickle=False) as archive:
        assert sorted(archive["keys"]) == sorted(index["contents"])
    assert zipfile.ZipFile(f"{path}.npz").testzip() is None


def _text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def test_a_write_that_fails_leaves_the_checkpoint_as_it_was(prefix, monkeypatch):
    v = Variable(1.0)
    checkpoint = Checkpoint(v=v)
    path = checkpoint.write(prefix)
    v.assign(2.0)

    def fail(file, *arguments, **settings):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("minikeras.formats.npz.npy.write_array", fail)
    with pytest.raises(OSError, match="disk full"):
        checkpoint.write(prefix)
    monkeypatch.undo()
    checkpoint.read(path)
    assert v.numpy() == 1.0
    assert sorted(os.listdir(os.path.dirname(prefix))) == ["ck.index", "ck.npz"]


def test_a_damaged_file_is_reported(prefix):
    path = Checkpoint(v=Variable(1.0)).write(prefix)
    with open(f"{path}.npz", "wb") as file:
        file.write(b"not an archive")
    with pytest.raises(DataLossError, match="cannot be read"):
        Checkpoint(v=Variable(1.0)).read(path)


def test_arrays_of_objects_are_not_unpickled(prefix):
    path = Checkpoint(v=Variable(1.0)).write(prefix)
    np.savez(f"{path}.npz", keys=np.array(["v/.ATTRIBUTES/VARIABLE_VALUE"]), array_0=np.array([print], object))
    with pytest.raises(DataLossError, match="allow_pickle"):
        Checkpoint(v=Variable(1.0)).read(path)


def test_a_directory_in_place_of_a_checkpoint_is_reported_with_the_latest(tmp_path, prefix):
    checkpoint = Checkpoint(v=Variable(1.0))
    checkpoint.save(prefix)
    with pytest.raises(NotFoundError, match=r"In that directory the latest is .*ck-1"):
        checkpoint.restore(str(tmp_path))


def test_keys_may_hold_any_characters(prefix):
    checkpoint = Checkpoint(d={"a/b": Variable(1.0), "ä ": Variable(2.0)})
    path = checkpoint.write(prefix)
    checkpoint.d["a/b"].assign(5.0)
    checkpoint.read(path).assert_consumed()
    assert checkpoint.d["a/b"].numpy() == 1.0


class Blocks(keras.Model):
    """Layers in a list, one that makes another in `build`, and a Variable."""

    def __init__(self):
        super().__init__()
        self.blocks = [keras.layers.Dense(3), Late()]
        self.temperature = Variable(1.0)

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return x * self.temperature


class Late(keras.layers.Layer):
    def build(self, input_shape):
        self.dense = keras.layers.Dense(2)
        self.dense.build(input_shape)

    def call(self, x):
        return self.dense(x)


def test_layers_take_their_values_when_they_are_built(prefix):
    x = np.ones((2, 4), "float32")
    model = Blocks()
    expected = model(x).numpy()
    model.temperature.assign(2.0)
    path = Checkpoint(model=model).write(prefix)
    other = Blocks()
    status = Checkpoint(model=other).read(path)
    assert other.temperature.numpy() == 2.0
    with pytest.raises(AssertionError, match="no Variable \\(yet\\)"):
        status.assert_consumed()
    np.testing.assert_array_equal(other(x).numpy(), 2 * expected)
    status.assert_consumed()
    assert not any("build" in vars(layer) for layer in [other, *other.blocks])


def test_the_last_of_several_restores_counts(prefix):
    x = np.ones((2, 4), "float32")
    paths, expected = [], []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        model = Blocks()
        expected.append(model(x).numpy())
        paths.append(Checkpoint(model=model).write(f"{prefix}{seed}"))
    other = Blocks()
    checkpoint = Checkpoint(model=other)
    for path in paths:
        checkpoint.read(path)
    np.testing.assert_array_equal(other(x).numpy(), expected[1])


def test_training_is_not_undone_by_what_is_built_later(prefix):
    first, second = keras.layers.Dense(2), keras.layers.Dense(2)
    for layer in (first, second):
        layer.build((None, 3))
    path = Checkpoint(first=first, second=second).write(prefix)
    later = keras.layers.Dense(2)
    Checkpoint(first=first, second=later).read(path)
    first.kernel.assign(np.zeros((3, 2)))
    later.build((None, 3))
    np.testing.assert_array_equal(later.kernel.numpy(), second.kernel.numpy())
    assert not first.kernel.numpy().any()


def test_metrics_and_batch_statistics_are_saved(prefix):
    metric, layer = keras.metrics.Mean(), keras.layers.BatchNormalization()
    metric.update_state([1.0, 3.0])
    layer(np.random.default_rng(0).normal(size=(8, 2)).astype("float32"), training=True)
    path = Checkpoint(metric=metric, layer=layer).write(prefix)
    moving = layer.moving_mean.numpy()
    metric.reset_state()
    layer.moving_mean.assign([0.0, 0.0])
    Checkpoint(metric=metric, layer=layer).read(path).assert_consumed()
    assert float(metric.result()) == 2.0
    np.testing.assert_array_equal(layer.moving_mean.numpy(), moving)


def test_checkpoints_iterator_gives_each_new_one(tmp_path, prefix):
    checkpoint = Checkpoint(v=Variable(1.0))
    paths = [checkpoint.save(prefix)]
    iterator = checkpoints_iterator(str(tmp_path), timeout=0.01)
    assert next(iterator) == paths[0]
    paths.append(checkpoint.save(prefix))
    assert list(iterator) == paths[1:]


def test_one_in_some_hours_is_kept_for_good(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("minikeras.compat.tensorflow.train.checkpoints.manager.time.time", lambda: now[0])
    checkpoint = Checkpoint(v=Variable(1.0))
    manager = CheckpointManager(checkpoint, tmp_path, max_to_keep=1, keep_checkpoint_every_n_hours=1)
    for _ in range(4):
        now[0] += 2000
        manager.save()
    kept = sorted(name for name in os.listdir(tmp_path) if name.endswith(".index"))
    assert kept == ["ckpt-2.index", "ckpt-4.index"]


def test_checkpoints_hold_checkpoints(prefix):
    v = Variable(1.0)
    path = Checkpoint(inner=Checkpoint(v=v), values=[Variable(2.0)]).write(prefix)
    v.assign(5.0)
    Checkpoint(inner=Checkpoint(v=v), values=[Variable(0.0)]).read(path).assert_consumed()
    assert float(v) == 1.0


def test_classes_name_their_own_parts(prefix):
    class Pair:
        def __init__(self, a, b):
            self.a, self.b = a, b

        def _checkpoint_children(self):
            return {"first": self.a, "rest": {"second": self.b}}

    path = Checkpoint(pair=Pair(Variable(1.0), Variable([2.0]))).write(prefix)
    with np.load(f"{path}.npz") as archive:
        names = [key.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE") for key in archive["keys"]]
    assert sorted(names) == ["pair/first", "pair/rest/second"]
