"""`.keras` files: each side reads the other's models, and training goes on with the same losses."""

import json
import zipfile

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.parity.backends import keras
from tests.parity.comparing import LAYER, STEPS, assert_close
from tests.parity.saving_cases import MODELS, X, classes, fill, functional, inputs_of, layout, predictions, sequential
from tests.parity.test_layers import CASES

# Keras's own variables warn NumPy 2 when they are written.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

HALF = 2e-3  # float16 has 11 bits; some roundings in a chain
BACKENDS = {"minikeras": minikeras, "keras": keras}
OTHER = {"minikeras": "keras", "keras": "minikeras"}


@pytest.mark.parametrize("writer", BACKENDS)
@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", MODELS)
def test_each_side_reads_the_models_of_the_other(name, writer, tmp_path):
    path = tmp_path / "m.keras"
    for module in BACKENDS.values():
        classes(module)  # registers them
    model = MODELS[name](BACKENDS[writer])
    fill(model.weights, 5)
    model.save(path)
    expected = predictions(model, inputs_of(name))
    for backend, module in BACKENDS.items():
        loaded = module.models.load_model(path)
        assert not loaded.compiled
        assert type(loaded).__name__ == type(model).__name__
        for ours, theirs in zip(loaded.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        tolerance = HALF if name == "mixed_precision" else LAYER
        for ours, theirs in zip(predictions(loaded, inputs_of(name)), expected, strict=True):
            assert_close("models from files", ours, theirs, tolerance, f"{name}, {writer} → {backend}")
        loaded.save(tmp_path / "again.keras")
        # layers inside layers of one's own are not in the config, so they come with new names
        with_names = 4 if name != "subclassed" else 3
        assert [row[:with_names] for row in layout(tmp_path / "again.keras")] == [
            row[:with_names] for row in layout(path)
        ]


LAYERS = {name: (arguments, shapes) for name, arguments, shapes, _ in reversed(CASES)}  # the first case of each


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_in_a_file(name, tmp_path):
    arguments, shapes = LAYERS[name]
    layouts = []
    for writer, module in BACKENDS.items():
        inputs = [module.Input(shape[1:]) for shape in shapes]
        layer = getattr(module.layers, name)(**arguments)
        model = module.Model(inputs, layer(inputs[0] if len(inputs) == 1 else inputs))
        fill(model.weights, 5)
        model.save(tmp_path / "m.keras")
        loaded = BACKENDS[OTHER[writer]].models.load_model(tmp_path / "m.keras")
        for ours, theirs in zip(loaded.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        layouts.append(layout(tmp_path / "m.keras"))
    assert layouts[0] == layouts[1]


def own_objects(module):
    """A loss, a metric and a schedule of one's own."""
    register = module.saving.register_keras_serializable("own")

    @register
    def towards_a_third(y_true, y_pred):
        return module.ops.mean(module.ops.square(y_pred - 0.3), axis=-1)

    @register
    class Total(module.metrics.Metric):
        def __init__(self, scale=1.0, name="total", **kwargs):
            super().__init__(name=name, **kwargs)
            self.scale = scale
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(module.ops.sum(y_pred) * self.scale)

        def result(self):
            return self.total * 1.0

        def get_config(self):
            return {**super().get_config(), "scale": self.scale}

    @register
    class WarmUp(module.optimizers.schedules.LearningRateSchedule):
        def __init__(self, top):
            self.top = top

        def __call__(self, step):
            return self.top * module.ops.minimum(module.ops.cast(step, "float32") / 4, 1.0)

        def get_config(self):
            return {"top": self.top}

    return towards_a_third, Total, WarmUp


def compiled(module, name):
    optimizers = module.optimizers
    if name == "own":
        loss, metric, schedule = own_objects(module)
        model = MODELS["unbuilt_start"](module)
        model.compile(optimizers.SGD(schedule(0.1), momentum=0.9), loss, metrics=[metric(2.0)])
        return model, np.ones((16, 2), "float32")
    if name == "averaged":
        model = MODELS["unbuilt_start"](module)
        optimizer = optimizers.Adam(0.01, clipnorm=0.1, use_ema=True, ema_momentum=0.5)
        functions = [module.metrics.mean_absolute_error]
        model.compile(optimizer, module.losses.mean_squared_error, metrics=functions, steps_per_execution=2)
        return model, np.ones((16, 2), "float32")
    if name == "sequential":
        model = sequential(module)
        rate = optimizers.schedules.ExponentialDecay(0.05, 4, 0.5)
        model.compile(optimizers.Adam(rate, clipnorm=1.0), "mse", metrics=["mae"], weighted_metrics=["mse"])
        return model, np.ones((16, 2), "float32")
    model = functional(module)
    losses = [module.losses.LogCosh(), "mse"]
    model.compile(optimizers.SGD(0.05, momentum=0.9), losses, loss_weights=[0.5, 2.0], metrics=[["mae"], ["mse"]])
    return model, [np.ones((16, 2), "float32"), np.zeros((16, 2), "float32")]


@pytest.mark.parametrize("writer", BACKENDS)
@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", ["sequential", "functional", "own", "averaged"])
def test_training_goes_on_from_a_file_as_if_it_had_not_stopped(name, writer, tmp_path):
    module = BACKENDS[writer]
    for side in BACKENDS.values():
        own_objects(side)  # registers them
    module.utils.set_random_seed(4)
    model, y = compiled(module, name)
    how = {"batch_size": 8, "shuffle": False, "verbose": 0}
    model.fit(X, y, epochs=2, **how)
    model.save(tmp_path / "m.keras")
    histories = {}
    for backend, other in BACKENDS.items():
        loaded = other.models.load_model(tmp_path / "m.keras")
        assert int(np.asarray(loaded.optimizer.iterations)) == 4
        histories[backend] = loaded.fit(X, y, epochs=3, **how).history
    if name != "sequential":  # which has dropout, whose generator restarts
        histories["uninterrupted"] = model.fit(X, y, epochs=3, **how).history
    expected = histories["keras"]
    for who, history in histories.items():
        assert sorted(history) == sorted(expected)
        for key, values in expected.items():
            assert_close("training from files", history[key], values, STEPS, f"{name}, {writer} → {who}: {key}")


def described(path):
    """config.json without the numbers that name shared objects, which only Keras writes."""

    def cleaned(value):
        if isinstance(value, dict):
            return {key: cleaned(item) for key, item in value.items() if key != "shared_object_id"}
        return [cleaned(item) for item in value] if isinstance(value, list) else value

    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        metadata = json.loads(archive.read("metadata.json"))
        return names, sorted(metadata), metadata["keras_version"], cleaned(json.loads(archive.read("config.json")))


def test_the_files_say_the_same(tmp_path):
    for backend, module in BACKENDS.items():
        model, _ = compiled(module, "sequential")
        model.save(tmp_path / f"{backend}.keras")
    assert described(tmp_path / "minikeras.keras") == described(tmp_path / "keras.keras")


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


@pytest.mark.parametrize("module", BACKENDS.values(), ids=BACKENDS)
def test_code_in_a_file_is_run_only_if_it_is_trusted(module, tmp_path):
    path = tmp_path / "m.keras"
    model = module.Sequential([module.Input((8,)), module.layers.Lambda(lambda x: x * 2)])
    model.save(path)
    with pytest.raises(ValueError, match="lambda"):
        module.models.load_model(path)
    np.testing.assert_array_equal(module.models.load_model(path, safe_mode=False).predict(X, verbose=0), X * 2)


@pytest.mark.parametrize("module", BACKENDS.values(), ids=BACKENDS)
def test_weights_alone_from_a_model_file_and_models_without_compile(module, tmp_path):
    model, _ = compiled(module, "sequential")
    model.save(tmp_path / "m.keras")
    other = sequential(module)
    other.load_weights(tmp_path / "m.keras")
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    assert not module.models.load_model(tmp_path / "m.keras", compile=False).compiled


@pytest.mark.one_in(4)
@pytest.mark.parametrize("backend", BACKENDS)
def test_checkpoints_of_the_best_model_are_read_by_the_other_side(backend, tmp_path):
    module = BACKENDS[backend]
    module.utils.set_random_seed(2)
    model, y = compiled(module, "sequential")
    checkpoints = [
        module.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="loss", save_best_only=True),
        module.callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True),
    ]
    model.fit(X, y, epochs=2, verbose=0, callbacks=checkpoints)
    loaded = BACKENDS[OTHER[backend]].models.load_model(tmp_path / "best.keras")
    loaded.load_weights(tmp_path / "2.weights.h5")
    for ours, theirs in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


REFUSED = {
    "no ending": lambda module, model, folder: model.save(folder / "m"),
    "SavedModel": lambda module, model, folder: model.save(folder / "m", save_format="tf"),
    "unknown argument": lambda module, model, folder: model.save(folder / "m.keras", signatures=1),
    "folder with an ending": lambda module, model, folder: model.save(folder / "m.keras", zipped=False),
    "weights without an ending": lambda module, model, folder: model.save_weights(folder / "w"),
    "weights in .keras": lambda module, model, folder: model.save_weights(folder / "w.keras"),
    "weights in .h5": lambda module, model, folder: model.save_weights(folder / "w.h5"),
    "unbuilt": lambda module, model, folder: module.Sequential([module.layers.Dense(1)]).save_weights(
        folder / "w.weights.h5"
    ),
    "nothing there": lambda module, model, folder: module.models.load_model(folder / "none.keras"),
    "no ending, nothing there": lambda module, model, folder: module.models.load_model(folder / "none"),
    "unknown ending of weights": lambda module, model, folder: model.load_weights(folder / "w.bin"),
    "by_name": lambda module, model, folder: model.load_weights(folder / "w.weights.h5", by_name=True),
    "unknown argument of weights": lambda module, model, folder: model.load_weights(folder / "w.weights.h5", names=1),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("module", BACKENDS.values(), ids=BACKENDS)
def test_both_refuse(name, module, tmp_path):
    with pytest.raises(ValueError):  # noqa: PT011  the sentences are each side's own
        REFUSED[name](module, sequential(module), tmp_path)
