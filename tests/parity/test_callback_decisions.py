"""EarlyStopping, ReduceLROnPlateau and LearningRateScheduler decide and warn as tf.keras's do."""

import warnings

import numpy as np
import pytest

from tests.parity.callback_cases import SEQUENCES, FakeModel, X, Y, compiled

pytest.importorskip("tensorflow")

import keras

import minikeras
from tests.parity.backends import both
from tests.parity.comparing import STEPS, assert_close

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
EARLY_STOPPING = [
    {},
    {"patience": 1},
    {"patience": 2},
    {"patience": 2, "restore_best_weights": True},
    {"restore_best_weights": True, "verbose": 1},
    {"min_delta": 0.1, "patience": 1},
    {"min_delta": -0.1, "patience": 1, "restore_best_weights": True},
    {"baseline": 0.97, "patience": 2, "verbose": 1},
    {"baseline": 0.97, "restore_best_weights": True, "patience": 1},
    {"start_from_epoch": 2, "restore_best_weights": True},
    {"start_from_epoch": 3, "patience": 2, "restore_best_weights": True},
]


def early_stopping_steps(backend, sequence, arguments):
    """What the callback remembers after each epoch and at the end; it is used twice."""
    callback = backend.callbacks.EarlyStopping(monitor="v", **arguments)
    model = FakeModel()
    callback.set_model(model)
    trace = []
    for _ in range(2):
        callback.on_train_begin()
        for epoch, value in enumerate(sequence):
            model.weights = epoch
            callback.on_epoch_end(epoch, {"other": 0.0} if value is None else {"v": value})
            trace.append((model.stop_training, callback.wait, callback.best, callback.best_epoch))
            trace.append((callback.stopped_epoch, callback.best_weights))
        callback.on_train_end()
        trace.append(model.weights)
    return trace


@pytest.mark.filterwarnings("ignore:(Early stopping conditioned|EarlyStopping monitors):UserWarning")
@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("arguments", EARLY_STOPPING, ids=str)
def test_early_stopping_decides_the_same(arguments, mode, capsys):
    for sequence in SEQUENCES:
        traces = []
        for backend in (minikeras, keras):
            trace = early_stopping_steps(backend, sequence, {**arguments, "mode": mode})
            traces.append((repr(trace), capsys.readouterr().out))
        assert traces[0] == traces[1], sequence


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", ["accuracy", "mae", "loss", "val_loss", "val_accuracy", "unknown", "mean", "a_mae"])
def test_auto_mode_asks_the_same_metrics(name):
    def direction(backend):
        model = compiled(backend, ["mae", "accuracy", backend.metrics.MeanMetricWrapper(lambda a, b: a, name="mean")])
        model.train_on_batch(X, Y)
        callback = backend.callbacks.EarlyStopping(monitor=name)
        callback.set_model(model)
        try:
            callback.on_epoch_end(0, {name: 1.0})
            callback.on_epoch_end(1, {name: 2.0})
        except ValueError as error:
            return "refused", name in str(error)
        return callback.best

    ours, theirs = both(direction)
    assert ours == theirs


def warned(backend, arguments):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        backend.callbacks.EarlyStopping(**arguments).on_epoch_end(0, {"loss": 1.0, "mae": 2.0})
    assert caught
    named = [[value for value in arguments.values() if value in str(warning.message)] for warning in caught]
    return [warning.category for warning in caught], named


@pytest.mark.parametrize("arguments", [{"monitor": "val_loss"}, {"monitor": "loss", "mode": "upwards"}])
def test_same_warnings(arguments):
    assert warned(minikeras, arguments) == warned(keras, arguments)


# --- learning rates --------------------------------------------------------------------------------------------------

PLATEAU = [
    {},
    {"patience": 0, "factor": 0.5, "verbose": 1},
    {"patience": 1, "min_lr": 0.03, "verbose": 1},
    {"patience": 2, "cooldown": 2, "verbose": 1},
    {"patience": 1, "cooldown": 1, "min_delta": 0.1},
    {"patience": 1, "min_delta": 0.0, "min_lr": 0.1},
]


def plateau_steps(backend, sequence, arguments):
    model = compiled(backend)
    callback = backend.callbacks.ReduceLROnPlateau(monitor="v", **arguments)
    callback.set_model(model)
    trace = []
    for _ in range(2):
        callback.on_train_begin()
        for epoch, value in enumerate(sequence):
            logs = {"other": 0.0} if value is None else {"v": value}
            callback.on_epoch_end(epoch, logs)
            trace.append((sorted(logs.items()), callback.best, callback.wait, callback.in_cooldown()))
    return [*trace, float(np.asarray(model.optimizer.learning_rate))]


@pytest.mark.one_in(4)
@pytest.mark.filterwarnings("ignore:(Learning rate reduction is conditioned|ReduceLROnPlateau monitors):UserWarning")
@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("arguments", PLATEAU, ids=str)
def test_the_learning_rate_is_reduced_at_the_same_epochs(arguments, mode, capsys):
    for sequence in SEQUENCES:
        traces = []
        for backend in (minikeras, keras):
            trace = plateau_steps(backend, sequence, {**arguments, "mode": mode})
            traces.append((repr(trace), capsys.readouterr().out))
        assert traces[0] == traces[1], sequence


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "schedule",
    [
        lambda epoch: 0.1 / (epoch + 1),
        lambda epoch, rate: rate * 0.5,
        lambda epoch, rate: np.float32(0.25),
        lambda epoch, rate: 1,
        lambda epoch, rate: "fast",
    ],
)
def test_same_scheduled_learning_rates(schedule, capsys):
    results, losses = [], []
    for backend in (minikeras, keras):
        backend.utils.set_random_seed(1)
        model = compiled(backend)
        callback = backend.callbacks.LearningRateScheduler(schedule, verbose=1)
        try:
            history = model.fit(X, Y, epochs=3, verbose=0, callbacks=[callback]).history
            result = history["learning_rate"]
            losses.append(history["loss"])
        except ValueError as error:
            result = "refused", "a float" in str(error)
        results.append((result, capsys.readouterr().out))
    assert results[0] == results[1]
    if losses:
        assert_close("callbacks: History", *losses, STEPS)


@pytest.mark.parametrize(
    "name, arguments", [("LearningRateScheduler", [lambda e, r: r]), ("ReduceLROnPlateau", ["loss"])]
)
def test_neither_sets_a_learning_rate_that_is_a_schedule(name, arguments):
    def refusal(backend):
        model = compiled(backend)
        schedule = backend.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
        model.compile(backend.optimizers.SGD(schedule), "mse")
        callback = getattr(backend.callbacks, name)(
            *arguments, **({"patience": 0, "mode": "max"} if len(name) == 17 else {})
        )
        with pytest.raises(TypeError, match=r"learning rate is not settable|cannot be set"):
            model.fit(X, Y, epochs=3, verbose=0, callbacks=[callback])

    both(refusal)
