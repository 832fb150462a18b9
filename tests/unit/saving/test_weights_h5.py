"""`.weights.h5` files: what is reported about files that do not fit, and what older files look like."""

import h5py
import numpy as np
import pytest

import minikeras as keras
from minikeras.saving.traversal import stateful_objects


def model(*units, name="m"):
    return keras.Sequential([keras.Input((3,)), *[keras.layers.Dense(n) for n in units]], name=name)


def assert_same(first, second):
    for one, two in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_layout(tmp_path):
    made = model(4, 2)
    made.compile("sgd", "mse")
    made.save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5") as file:
        assert sorted(file) == ["layers", "optimizer", "vars"]
        assert file["vars"].attrs["name"] == "m"
        assert sorted(file["layers"]) == ["dense", "dense_1"]
        np.testing.assert_array_equal(file["layers/dense_1/vars/0"], made.layers[1].kernel)


def test_what_does_not_fit_is_reported_and_nothing_is_changed(tmp_path):
    model(4, 2).save_weights(tmp_path / "w.weights.h5")
    reader = model(4, 5, 6)
    before = reader.get_weights()
    words = (
        r"w\.weights\.h5' do not fit model 'm'\. A total of 2 objects could not be loaded:\n"
        r"- layer '.*' \(Dense\), in the file 'layers/dense_1': .*\(4, 2\).*\(4, 5\).*\n"
        r"- layer '.*' \(Dense\), in the file 'layers/dense_2': .*expected 2 variables, but received 0"
    )
    with pytest.raises(ValueError, match=words):
        reader.load_weights(tmp_path / "w.weights.h5")
    for one, two in zip(before, reader.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.warns(UserWarning, match="They keep their values"):
        reader.load_weights(tmp_path / "w.weights.h5", skip_mismatch=True)
    assert not np.array_equal(before[0], reader.get_weights()[0])
    np.testing.assert_array_equal(before[2], reader.get_weights()[2])


def test_weights_without_a_place_are_reported(tmp_path):
    first = model(4, 4)
    first.save_weights(tmp_path / "w.weights.h5")
    reader = model(4)
    with pytest.warns(UserWarning, match=r"no place for: layers/dense_1\. They were left out"):
        reader.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(reader.layers[0].kernel, first.layers[0].kernel)


def test_an_object_that_fails_half_way_is_put_back(tmp_path):
    class Careless(keras.layers.Layer):
        def build(self, input_shape):
            self.a = self.add_weight(shape=(2,), name="a")
            self.b = self.add_weight(shape=(2,), name="b")

        def call(self, x):
            return x

        def load_own_variables(self, store):
            self.a.assign([9.0, 9.0])
            raise RuntimeError("half way")

    made = keras.Sequential([keras.Input((2,)), Careless()])
    made.save_weights(tmp_path / "w.weights.h5")
    before = made.get_weights()[0]
    with pytest.warns(UserWarning, match="half way"):
        made.load_weights(tmp_path / "w.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(made.get_weights()[0], before)


def test_groups_of_keras_2_13(tmp_path):
    first, second = model(4, 2), model(4, 2)
    first.save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5", "a") as file:
        file.move("layers", "_layer_checkpoint_dependencies")
    second.load_weights(tmp_path / "w.weights.h5")
    assert_same(first, second)


def test_bfloat16_is_read_as_float32(tmp_path):
    made = model(4)
    made.save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5", "a") as file:
        del file["layers/dense/vars/1"]
        halves = (np.array([1.5, -2.0, 0.25, 3.0], "float32").view("uint32") >> 16).astype("uint16")
        file["layers/dense/vars/1"] = halves.view("V2")
        file["layers/dense/vars/1"].attrs["dtype"] = "bfloat16"
    made.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(made.layers[0].bias, [1.5, -2.0, 0.25, 3.0])


class Nested(keras.layers.Layer):
    """Layers in a list in a list, which Keras did not save before 3.15."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [[keras.layers.Dense(2), keras.layers.Dense(2)], {"last": keras.layers.Dense(2)}]

    def call(self, x):
        for layer in (*self.blocks[0], self.blocks[1]["last"]):
            x = layer(x)
        return x


def test_older_files_lack_layers_in_lists_within_lists(tmp_path):
    made = keras.Sequential([keras.Input((2,)), Nested()])
    made.save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5", "a") as file:
        assert sorted(file["layers/nested/blocks"]) == ["container", "container_1"]
        del file["layers/nested/blocks"]
    with pytest.warns(UserWarning, match="did not save layers in lists within lists"):
        made.load_weights(tmp_path / "w.weights.h5")


def test_lists_that_hold_themselves_and_shared_layers_are_walked_once():
    layer = Nested()
    layer.blocks.append(layer.blocks)
    layer.again = layer.blocks[1]["last"]
    paths = {tuple(item.paths) for item in stateful_objects(layer)}
    assert ("again", "blocks/container_1/dense") in paths
    assert len(paths) == 4
