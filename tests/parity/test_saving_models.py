"""`.keras` files: each side reads the other's models, and training goes on with the same losses."""

import json
import zipfile

import numpy as np
import pytest

from tests.parity.comparing import LAYER, STEPS, assert_close
from tests.parity.saving_backends import BACKENDS, OTHER
from tests.parity.saving_cases import MODELS, X, classes, fill, functional, inputs_of, layout, predictions, sequential
from tests.parity.test_layers import CASES

# Keras's own variables warn NumPy 2 when they are written.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

pytest.importorskip("tensorflow")

HALF = 2e-3  # float16 has 11 bits; some roundings in a chain


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
