"""`.weights.h5` files: the same layout on both sides, and each reads the other's."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.parity.backends import keras
from tests.parity.comparing import LAYER, assert_close
from tests.parity.saving_cases import MODELS, X, classes, fill, inputs_of, layout, predictions, sequential

# Keras's own variables warn NumPy 2 when they are written.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

HALF = 2e-3  # float16 has 11 bits; some roundings in a chain

BACKENDS = {"minikeras": minikeras, "keras": keras}
DIRECTIONS = [("minikeras", "keras"), ("keras", "minikeras")]


def made(backend, name, seed):
    model = MODELS[name](BACKENDS[backend])
    fill(model.weights, seed)
    return model


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", MODELS)
def test_models_have_the_same_layout_and_read_each_others_weights(name, tmp_path):
    models = {backend: made(backend, name, seed) for seed, backend in enumerate(BACKENDS)}
    paths = {backend: tmp_path / f"{backend}.weights.h5" for backend in BACKENDS}
    values = {backend: model.get_weights() for backend, model in models.items()}
    outputs = {backend: predictions(model, inputs_of(name)) for backend, model in models.items()}
    for backend, model in models.items():
        model.save_weights(paths[backend])
    assert layout(paths["minikeras"]) == layout(paths["keras"])
    for writer, reader in DIRECTIONS:
        models[reader].load_weights(paths[writer])
        for ours, theirs in zip(models[reader].get_weights(), values[writer], strict=True):
            np.testing.assert_array_equal(ours, theirs)
        for ours, theirs in zip(predictions(models[reader], inputs_of(name)), outputs[writer], strict=True):
            tolerance = HALF if name == "mixed_precision" else LAYER
            assert_close("weights from files", ours, theirs, tolerance, f"{name}, {writer} → {reader}")


OPTIMIZERS = {
    "sgd": lambda o: o.SGD(),
    "momentum": lambda o: o.SGD(0.1, momentum=0.9, nesterov=True),
    "schedule": lambda o: o.Adam(o.schedules.ExponentialDecay(0.1, 3, 0.5)),
    "ema": lambda o: o.Adam(use_ema=True),
    "accumulation": lambda o: o.AdamW(gradient_accumulation_steps=2),
    "amsgrad": lambda o: o.Adam(amsgrad=True),
    "centered": lambda o: o.RMSprop(momentum=0.5, centered=True),
    "loss scale": lambda o: o.LossScaleOptimizer(o.Adam()),
    "several": lambda o: (
        lambda first, second: o.MultiOptimizer(lambda variable: first if variable.name == "kernel" else second)
    )(o.Adam(), o.SGD(momentum=0.5)),
    **{
        name: (lambda o, name=name: getattr(o, name)())
        for name in ("Adadelta", "Adafactor", "Adagrad", "Adamax", "Ftrl", "Lamb", "Lion", "Muon", "Nadam")
    },
    "ScheduleFreeAdamW": lambda o: o.ScheduleFreeAdamW(),
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_have_the_same_variables_in_files(name, tmp_path):
    states = {}
    for seed, (backend, module) in enumerate(BACKENDS.items()):
        model = sequential(module)
        model.compile(OPTIMIZERS[name](module.optimizers), "mse")
        model.optimizer.build(model.trainable_variables)
        fill([v for v in model.optimizer.variables if "seed" not in v.path], seed)
        model.save_weights(tmp_path / f"{backend}.weights.h5")
        states[backend] = (model, [np.asarray(v) for v in model.optimizer.variables])
    assert layout(tmp_path / "minikeras.weights.h5") == layout(tmp_path / "keras.weights.h5")
    for writer, reader in DIRECTIONS:
        model, _ = states[reader]
        model.load_weights(tmp_path / f"{writer}.weights.h5")
        for variable, value in zip(model.optimizer.variables, states[writer][1], strict=True):
            np.testing.assert_array_equal(np.asarray(variable), value, err_msg=variable.path)


def test_a_network_inside_a_loss_is_saved_too(tmp_path):
    for backend, module in BACKENDS.items():
        model = sequential(module)
        model.compile("sgd", classes(module)[2]())
        model.save_weights(tmp_path / f"{backend}.weights.h5")
    found = layout(tmp_path / "minikeras.weights.h5")
    assert found == layout(tmp_path / "keras.weights.h5")
    assert any(path.startswith("loss/network/layers/dense/vars/0") for path, *_ in found)


def test_skipping_what_does_not_fit_leaves_the_same_weights(tmp_path):
    def wider(module):
        layers = module.layers
        return module.Sequential([module.Input((8,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(5)])

    sequential(minikeras).save_weights(tmp_path / "w.weights.h5")
    results = []
    for module in BACKENDS.values():
        model = wider(module)
        fill(model.weights, 3)
        with pytest.raises(ValueError, match="A total of 1 objects could not be loaded"):
            model.load_weights(tmp_path / "w.weights.h5")
        fill(model.weights, 3)
        with pytest.warns(UserWarning, match="A total of 1 objects could not be loaded"):
            model.load_weights(tmp_path / "w.weights.h5", skip_mismatch=True)
        results.append(model.get_weights())
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_objects_to_skip(tmp_path):
    results, layouts = [], []
    for backend, module in BACKENDS.items():
        model = sequential(module)
        fill(model.weights, 1)
        skip = [model.layers[1]]
        module.saving.save_weights(model, tmp_path / f"{backend}.weights.h5", objects_to_skip=skip)
        layouts.append(layout(tmp_path / f"{backend}.weights.h5"))
        model.save_weights(tmp_path / "all.weights.h5")
        fill(model.weights, 2)
        model.load_weights(tmp_path / "all.weights.h5", objects_to_skip=skip)
        results.append(model.get_weights())
    assert layouts[0] == layouts[1]
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_an_optimizer_that_made_no_step_yet_takes_no_state(tmp_path):
    trained = sequential(minikeras)
    trained.compile("adam", "mse")
    trained.fit(X, np.zeros((16, 2)), verbose=0)
    trained.save_weights(tmp_path / "w.weights.h5")
    for module in BACKENDS.values():
        model = sequential(module)
        model.compile("adam", "mse")
        with pytest.warns(UserWarning, match="has 2 variables"):
            model.load_weights(tmp_path / "w.weights.h5")
        assert int(np.asarray(model.optimizer.iterations)) == 0


@pytest.mark.parametrize("writer, reader", DIRECTIONS)
def test_weights_in_several_files_are_read_by_the_other(writer, reader, tmp_path):
    source, other = made(writer, "sequential", 1), made(reader, "sequential", 2)
    largest = max(np.asarray(weight).nbytes for weight in source.get_weights())
    source.save_weights(tmp_path / "w.weights.json", max_shard_size=1.5 * largest / 1024**3)
    assert len(list(tmp_path.iterdir())) > 2
    other.load_weights(tmp_path / "w.weights.json")
    for ours, theirs in zip(other.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
