"""`.h5` files: those of Keras 2, and what is refused. (What Keras 3 writes is in the parity tests.)"""

import h5py
import numpy as np
import pytest

import minikeras as keras
from tests.unit.saving import keras_2_files

WEIGHTS = keras_2_files.weights_of_sequential()
VALUES = [array for layer in WEIGHTS.values() for array in layer.values()]


def assert_same(arrays, expected):
    for one, two in zip(arrays, expected, strict=True):
        np.testing.assert_array_equal(one, two)


def model(names=("a", "b", "c"), units=2):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(4, activation="relu", name=names[0]),
            layers.BatchNormalization(name=names[1]),
            layers.Dense(units, name=names[2]),
        ]
    )


def test_a_model_of_keras_2_with_its_compile_arguments(tmp_path):
    keras_2_files.write(tmp_path / "m.h5", WEIGHTS, keras_2_files.sequential(), keras_2_files.TRAINING)
    loaded = keras.models.load_model(tmp_path / "m.h5")
    assert_same(loaded.get_weights(), VALUES)
    assert [layer.name for layer in loaded.layers] == ["dense", "batch_normalization", "dense_1"]
    assert loaded.layers[0].kernel_regularizer.l2 == pytest.approx(0.01)
    assert loaded.loss.get_config()["from_logits"]
    assert (float(loaded.optimizer.learning_rate), loaded.optimizer.beta_1) == (pytest.approx(0.01), 0.8)
    history = loaded.fit(np.ones((4, 8)), np.zeros(4), verbose=0).history
    assert sorted(history) == ["accuracy", "loss"]


def test_a_functional_model_of_keras_2_with_a_model_used_twice(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=(4, 4)).astype("float32") for name in ("d", "shared")}
    bias = np.ones(4, "float32")
    weights = {
        "input_1": {},
        "inner": {"d/kernel:0": arrays["d"], "d/bias:0": bias},
        "shared": {"shared/kernel:0": arrays["shared"], "shared/bias:0": bias},
        "add": {},
    }
    keras_2_files.write(tmp_path / "m.h5", weights, keras_2_files.functional())
    with pytest.warns(UserWarning, match=r"has no optimizer"):
        loaded = keras.models.load_model(tmp_path / "m.h5")
    x = rng.normal(size=(5, 4)).astype("float32")
    twice = (x @ arrays["d"] + bias) @ arrays["d"] + bias
    added, inner = loaded.predict(x, verbose=0)
    np.testing.assert_allclose(inner, twice, rtol=1e-5)
    np.testing.assert_allclose(added, twice @ arrays["shared"] + x @ arrays["shared"] + 2, rtol=1e-4)


def test_a_keras_archive_of_keras_2(tmp_path):
    optimizer = {
        "module": "keras.optimizers",
        "class_name": "Adam",
        "config": {"name": "Adam", "learning_rate": 0.01, "jit_compile": False, "is_legacy_optimizer": False},
        "registered_name": "Custom>Adam",
    }
    compile_config = {"optimizer": optimizer, "loss": "mse", "metrics": ["mae"], "steps_per_execution": None}
    path = tmp_path / "m.keras"
    keras_2_files.write_archive(path, WEIGHTS, keras_2_files.sequential(), compile_config)
    loaded = keras.models.load_model(path)
    assert_same(loaded.get_weights(), VALUES)
    assert float(loaded.optimizer.learning_rate) == pytest.approx(0.01)
    assert sorted(loaded.evaluate(np.ones((4, 8)), np.ones((4, 2)), verbose=0, return_dict=True)) == ["loss", "mae"]


def test_configs_of_ones_own_classes_are_left_alone(tmp_path):
    class Fading(keras.layers.Layer):
        def __init__(self, decay=0.5, groups=4, **kwargs):
            super().__init__(**kwargs)
            self.decay, self.groups = decay, groups

        def call(self, x):
            return x

    config = keras_2_files.sequential()
    own = {"name": "f", "trainable": True, "dtype": "float32", "decay": 0.0, "groups": 1}
    config["config"]["layers"].append({"class_name": "Fading", "config": own})
    keras_2_files.write(tmp_path / "m.h5", WEIGHTS, config)
    loaded = keras.models.load_model(tmp_path / "m.h5", custom_objects={"Fading": Fading}, compile=False)
    assert (loaded.layers[-1].decay, loaded.layers[-1].groups) == (0.0, 1)


def test_weights_alone_by_order_and_by_name(tmp_path):
    for path in (tmp_path / "w.h5", tmp_path / "old.weights.h5"):
        keras_2_files.write(path, WEIGHTS)
        loaded = model()
        loaded.load_weights(path)
        assert_same(loaded.get_weights(), VALUES)
    other = model(names=("dense", "b", "dense_1"))
    other.load_weights(tmp_path / "w.h5", by_name=True)
    assert_same(other.get_weights()[:2] + other.get_weights()[6:], VALUES[:2] + VALUES[6:])
    np.testing.assert_array_equal(other.layers[1].gamma, np.ones(4))


@pytest.mark.parametrize(
    "made, words",
    [
        (lambda: model(units=3), r"Shape mismatch in layer 'c' \(in the file 'dense_1'\).*\(4, 3\).*\(4, 2\)"),
        (lambda: keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)]), "is not of this model.*by_name=True"),
    ],
)
def test_what_does_not_fit_changes_nothing(made, words, tmp_path):
    keras_2_files.write(tmp_path / "w.h5", WEIGHTS)
    reader = made()
    before = reader.get_weights()
    with pytest.raises(ValueError, match=words):
        reader.load_weights(tmp_path / "w.h5")
    assert_same(reader.get_weights(), before)


def test_skip_mismatch(tmp_path):
    keras_2_files.write(tmp_path / "w.h5", WEIGHTS)
    reader = model(units=3)
    with pytest.warns(UserWarning, match="It keeps its values"):
        reader.load_weights(tmp_path / "w.h5", skip_mismatch=True)
    assert_same(reader.get_weights()[:6], VALUES[:6])


def test_tensorflow_functions_of_keras_2_are_reported(tmp_path):
    config = keras_2_files.sequential()
    function = {"class_name": "TFOpLambda", "config": {"name": "x", "function": "math.multiply"}}
    config["config"]["layers"].append(function)
    keras_2_files.write(tmp_path / "m.h5", WEIGHTS, config)
    with pytest.raises(ValueError, match=r"'math\.multiply'.*keras\.ops"):
        keras.models.load_model(tmp_path / "m.h5")


def test_a_training_that_cannot_be_read_leaves_the_model_uncompiled(tmp_path):
    training = {**keras_2_files.TRAINING, "loss": "my_own_loss"}
    keras_2_files.write(tmp_path / "m.h5", WEIGHTS, keras_2_files.sequential(), training)
    with pytest.warns(UserWarning, match=r"\*not\* compiled.*my_own_loss"):
        loaded = keras.models.load_model(tmp_path / "m.h5")
    assert not loaded.compiled
    assert_same(loaded.get_weights(), VALUES)

    def my_own_loss(y_true, y_pred):
        return keras.ops.mean(y_pred, axis=-1)

    assert keras.models.load_model(tmp_path / "m.h5", custom_objects={"my_own_loss": my_own_loss}).compiled


@pytest.mark.filterwarnings("ignore:HDF5 is an old format:UserWarning")
def test_models_of_ones_own_classes_keep_their_inputs_for_themselves(tmp_path):
    class Net(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = keras.layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    first, second = Net(), Net()
    for net in (first, second):
        net(np.ones((1, 3), "float32"))
    first.save(tmp_path / "m.h5")
    with pytest.raises(ValueError, match=r"class Net.*does not say for which inputs.*\.keras"):
        keras.models.load_model(tmp_path / "m.h5", custom_objects={"Net": Net})
    second.load_weights(tmp_path / "m.h5")
    assert_same(second.get_weights(), first.get_weights())


@pytest.mark.filterwarnings("ignore:HDF5 is an old format:UserWarning")
def test_lambdas_are_read_only_if_trusted(tmp_path):
    made = keras.Sequential([keras.Input((8,)), keras.layers.Lambda(lambda x: x * 2)])
    made.save(tmp_path / "m.h5")
    with pytest.raises(ValueError, match="safe_mode=False"):
        keras.models.load_model(tmp_path / "m.h5")
    x = np.ones((2, 8), "float32")
    loaded = keras.models.load_model(tmp_path / "m.h5", safe_mode=False, compile=False)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), 2 * x)


@pytest.mark.filterwarnings("ignore:HDF5 is an old format:UserWarning")
def test_names_too_long_for_one_attribute_are_spread(tmp_path):
    names = [f"{'a_very_long_name_' * 60}{i}" for i in range(70)]
    made = keras.Sequential([keras.Input((1,)), *[keras.layers.Dense(1, name=name) for name in names]])
    made.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert "layer_names" not in file["model_weights"].attrs
    loaded = keras.models.load_model(tmp_path / "m.h5", compile=False)
    assert_same(loaded.get_weights(), made.get_weights())
