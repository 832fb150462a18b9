"""Layers and models of one's own, with files, state and configs of their own, in files of both packages."""

import numpy as np
import pytest

import minikeras
from tests.parity.backends import keras
from tests.parity.comparing import LAYER, assert_close
from tests.parity.saving_backends import BACKENDS
from tests.parity.saving_cases import X, fill, predictions

# Keras's own variables warn NumPy 2 when they are written.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def own_layers(module):
    layers = module.layers

    class Words(layers.Layer):
        """Keeps a vocabulary in a file, and a table under a key of its own."""

        def __init__(self, vocabulary=(), **kwargs):
            super().__init__(**kwargs)
            self.vocabulary = list(vocabulary)
            self.table = np.zeros(3)

        def call(self, x):
            return x * float(len(self.vocabulary))

        def save_assets(self, dir_path):
            with open(f"{dir_path}/words.txt", "w") as file:
                file.write("\n".join(self.vocabulary))

        def load_assets(self, dir_path):
            with open(f"{dir_path}/words.txt") as file:
                self.vocabulary = file.read().split("\n")

        def save_own_variables(self, store):
            store["table"] = self.table

        def load_own_variables(self, store):
            self.table = np.array(store["table"])

    def doubled(x):
        return x * 2

    return {"Words": Words, "doubled": doubled}


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("writer", BACKENDS)
def test_layers_of_ones_own_with_files_and_state(writer, zipped, tmp_path):
    own = own_layers(BACKENDS[writer])
    layers = BACKENDS[writer].layers
    words = own["Words"](["a", "b", "c"])
    words.table = np.array([1.0, 2.0, 3.0])
    model = BACKENDS[writer].Sequential(
        [BACKENDS[writer].Input((8,)), layers.Dense(2, activation=own["doubled"]), words]
    )
    path = tmp_path / ("m.keras" if zipped else "folder")
    model.save(path, zipped=zipped)
    for backend, module in BACKENDS.items():
        loaded = module.saving.load_model(path, custom_objects=own_layers(module))
        assert loaded.layers[1].vocabulary == ["a", "b", "c"], backend
        np.testing.assert_array_equal(loaded.layers[1].table, [1.0, 2.0, 3.0])
        ours, theirs = predictions(loaded, X)[0], predictions(model, X)[0]
        assert_close("models from files", ours, theirs, LAYER, f"own layers, {writer} → {backend}")
        with pytest.raises(TypeError, match="Could not locate"):
            module.saving.load_model(path)


def own_models(module):
    """Models of one's own in several styles: (model, data)."""
    layers = module.layers
    register = module.saving.register_keras_serializable("styles")
    x = X[:, :3]

    @register
    class Dicts(module.Model):
        """Takes a dict; nothing in its config."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.a, self.b = layers.Dense(2), layers.Dense(2)

        def call(self, inputs):
            return self.a(inputs["a"]) + self.b(inputs["b"])

    @register
    class Built(module.Model):
        """Makes its layers in `build`."""

        def __init__(self, units, activation="relu", **kwargs):
            super().__init__(**kwargs)
            self.units, self.activation = units, activation

        def build(self, input_shape):
            self.dense = layers.Dense(self.units, activation=self.activation)
            self.dense.build(input_shape)
            self.built = True

        def call(self, x):
            return self.dense(x)

        def get_config(self):
            return {**super().get_config(), "units": self.units, "activation": module.activations.get(self.activation)}

    @register
    class Compiled(module.Model):
        """Holds a model that it was given, and has a `compile` of its own."""

        def __init__(self, inner, **kwargs):
            super().__init__(**kwargs)
            self.inner = inner

        def call(self, x):
            return self.inner(x)

        def compile(self, inner_optimizer, **kwargs):
            super().compile(**kwargs)
            self.inner_optimizer = inner_optimizer

        def get_config(self):
            return {**super().get_config(), "inner": module.saving.serialize_keras_object(self.inner)}

        @classmethod
        def from_config(cls, config):
            inner = module.saving.deserialize_keras_object(config.pop("inner"))
            return cls(inner, **config)

        def get_compile_config(self):
            return {"inner_optimizer": self.inner_optimizer, "loss": "mse"}

        def compile_from_config(self, config):
            self.compile(**module.saving.deserialize_keras_object(config))

    @register
    class Drawn(module.Model):
        """Draws a functional model in its constructor, and has one more layer."""

        def __init__(self, units=4, **kwargs):
            inputs = module.Input((3,))
            super().__init__(inputs=inputs, outputs=layers.Dense(1)(layers.Dense(units)(inputs)), **kwargs)
            self.units = units
            self.extra = layers.Dense(2)
            self.extra.build((None, 5))

        def get_config(self):
            return {"units": self.units}

    compiled_model = Compiled(module.Sequential([module.Input((3,)), layers.Dense(2)]))
    compiled_model.compile(module.optimizers.SGD(0.5), loss="mse")
    models = {
        "Dicts": (Dicts(), {"a": x, "b": X[:, :5]}),
        "Built": (Built(4), x),
        "Compiled": (compiled_model, x),
        "Drawn": (Drawn(6), x),
    }
    for model, data in models.values():
        model(data)
    return models


@pytest.mark.full
@pytest.mark.filterwarnings("ignore:.*you have not specified a loss:UserWarning")
def test_models_of_ones_own_in_many_styles(tmp_path):
    made = {backend: own_models(module) for backend, module in BACKENDS.items()}
    for writer, models in made.items():
        for name, (model, data) in models.items():
            fill(model.weights, 2)
            model.save(tmp_path / "m.keras")
            for reader, module in BACKENDS.items():
                loaded = module.models.load_model(tmp_path / "m.keras")
                what = f"{name}, {writer} → {reader}"
                assert type(loaded).__name__ == name
                assert len(loaded.weights) == len(model.weights), what
                assert_close(
                    "models from files", predictions(loaded, data)[0], predictions(model, data)[0], LAYER, what
                )
                if name == "Compiled":
                    assert float(np.asarray(loaded.inner_optimizer.learning_rate)) == 0.5


@pytest.mark.parametrize("module", BACKENDS.values(), ids=BACKENDS)
def test_a_layer_that_is_given_to_ones_own_needs_a_config_of_ones_own(module, tmp_path):
    class Holder(module.layers.Layer):
        def __init__(self, inner, **kwargs):
            super().__init__(**kwargs)
            self.inner = inner

        def call(self, x):
            return self.inner(x)

    model = module.Sequential([module.Input((3,)), Holder(module.layers.Dense(2))])
    with pytest.raises(NotImplementedError, match="get_config"):
        model.save(tmp_path / "m.keras")
    assert (tmp_path / "m.keras").exists() == (module is keras)  # it leaves half a file


@pytest.mark.parametrize("module", [keras, minikeras])
def test_an_error_of_ones_own_class_stays_what_it_is(module, tmp_path):
    class Own(module.layers.Layer):
        def build_from_config(self, config):
            raise KeyError("units")

    layer = Own(name="own")
    model = module.Sequential([module.Input((2,)), layer])
    layer.get_build_config = lambda: {"shape": 2}
    model.save(tmp_path / "m.keras")
    with pytest.raises(KeyError, match="units"):
        module.saving.load_model(tmp_path / "m.keras", custom_objects={"Own": Own})
