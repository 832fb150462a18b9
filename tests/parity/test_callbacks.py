"""Callbacks see, decide and print what tf.keras's do."""

import re
import time
import warnings

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from tests.parity.backends import both  # noqa: E402
from tests.parity.comparing import STEPS, assert_close  # noqa: E402

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

HOOKS = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]
X = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(10, 1)).astype("float32")
NAN = float("nan")


def compiled(backend, metrics=("mae",)):
    model = backend.Sequential([backend.Input((3,)), backend.layers.Dense(1)])
    model.compile(backend.optimizers.SGD(0.1), "mse", metrics=list(metrics))
    return model


def two_headed(backend):
    inputs = backend.Input((3,))
    model = backend.Model(
        inputs, [backend.layers.Dense(1, name="a")(inputs), backend.layers.Dense(1, name="b")(inputs)]
    )
    model.compile(backend.optimizers.SGD(0.1), "mse", metrics=[["mae"], ["mse"]])
    return model


def recorder(backend, seen):
    """A callback that notes every hook: its name, number and logs."""

    class Recorder(backend.callbacks.Callback):
        pass

    for hook in HOOKS:

        def note(self, *args, hook=hook, **kwargs):
            *number, logs = [*args, *kwargs.values()]
            seen.append((hook, *number, sorted(logs)))
            seen.append({name: float(value) for name, value in logs.items() if name != "outputs"})

        setattr(Recorder, hook, note)
    return Recorder()


def fit_evaluate_predict(backend, make, y, **fit_arguments):
    seen = []
    callback = recorder(backend, seen)
    model = make(backend)
    history = model.fit(X, y, callbacks=[callback], verbose=0, shuffle=False, **fit_arguments)
    seen.append(dict(callback.params))
    model.evaluate(X, y, batch_size=7, callbacks=[callback], verbose=0)
    seen.append(dict(callback.params))
    model.predict(X, batch_size=7, callbacks=[callback], verbose=0)
    seen.append(dict(callback.params))
    return seen, {**history.history, "epoch": history.epoch}


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "make, y, arguments",
    [
        (compiled, Y, {"epochs": 2, "batch_size": 4, "validation_split": 0.3}),
        (compiled, Y, {"epochs": 3, "batch_size": 3, "validation_data": (X, Y), "validation_freq": 2}),
        (compiled, Y, {"epochs": 5, "initial_epoch": 2, "steps_per_epoch": 1, "batch_size": 4}),
        (two_headed, [Y, Y], {"epochs": 2, "batch_size": 4, "validation_split": 0.5}),
    ],
)
def test_same_hooks_in_the_same_order_with_the_same_logs(make, y, arguments):
    ours, theirs = both(lambda backend: fit_evaluate_predict(backend, make, y, **arguments))
    for one, other in zip(ours[0], theirs[0], strict=True):
        if isinstance(other, tuple) or "verbose" in other:
            assert one == other
        else:
            for name in other:
                assert_close("callbacks: logs", one[name], other[name], STEPS, name)
    assert list(ours[1]) == list(theirs[1])
    for name, values in theirs[1].items():
        assert_close("callbacks: History", ours[1][name], values, STEPS, name)


# --- decisions -------------------------------------------------------------------------------------------------------


class FakeModel:
    """As much of a model as the callbacks that watch a value need."""

    def __init__(self, metrics=()):
        self.stop_training = False
        self.weights = 0
        self.metrics = list(metrics)

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = ("restored", weights)


SEQUENCES = [
    [3, 2, 1, 0.5],
    [1, 2, 3, 4, 5],
    [1, 1, 1, 1],
    [1, 1.5, 0.99, 0.95, 0.9, 1, 1, 1, 1],
    [NAN, NAN, 1, 2, 3],
    [1, NAN, NAN, NAN],
    [5, 6, 7, 4, 8, 9, 10, 3, 11, 12, 13],
    [None, 2, None, 3, 4, None],
    [float("inf"), 2, 3, -float("inf"), 0],
]
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


@pytest.mark.filterwarnings("ignore:(Early stopping conditioned|EarlyStopping watches):UserWarning")
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


# --- the progress bar ------------------------------------------------------------------------------------------------


class Clock:
    """A clock that goes on by the same time whenever it is read within a step."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(time, "time", lambda: self.now)
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)


def drive_progress_bar(backend, clock, verbose, epochs, steps, as_callback_list):
    """One training with validation, one evaluation, one prediction, without a model."""
    make = backend.callbacks.CallbackList if as_callback_list else backend.callbacks.ProgbarLogger
    for kind, numbers in (("train", epochs), ("test", 1), ("predict", 1)):
        params = {"verbose": verbose, "epochs": numbers, "steps": steps}
        if as_callback_list:
            bar = make(add_progbar=True, **params)
        else:
            bar = make()
            bar.set_params(params)
        getattr(bar, f"on_{kind}_begin")({})
        for epoch in range(numbers):
            if kind == "train":
                bar.on_epoch_begin(epoch, {})
            for step in range(3):
                getattr(bar, f"on_{kind}_batch_begin")(step, logs={})
                clock.now += 0.3
                logs = {"outputs": X} if kind == "predict" else {"accuracy": step / 8, "loss": 1 / (step + epoch + 1)}
                getattr(bar, f"on_{kind}_batch_end")(step, logs=logs)
            if kind == "train":
                for hook, arguments in (("begin", ({},)), ("batch_end", (0, {"loss": 5.0})), ("end", ({"loss": 4.0},))):
                    getattr(bar, f"on_test_{hook}")(*arguments)
                bar.on_epoch_end(epoch, {"accuracy": 0.5, "loss": 0.25, "val_loss": 0.125})
        getattr(bar, f"on_{kind}_end")({} if kind != "test" else {"loss": 0.25})


@pytest.mark.parametrize("as_callback_list", [False, True])
@pytest.mark.parametrize("steps", [3, None])
@pytest.mark.parametrize("epochs", [1, 2])
@pytest.mark.parametrize("verbose", ["auto", 0, 1, 2, 3])
def test_same_progress_bar(verbose, epochs, steps, as_callback_list, monkeypatch, capsys):
    texts = []
    for backend in (minikeras, keras):
        drive_progress_bar(backend, Clock(monkeypatch), verbose, epochs, steps, as_callback_list)
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert bool(texts[0]) == (verbose != 0 and (verbose != 3 or epochs > 1))


def mask_times(text):
    """What remains on the terminal, without colours and with all times replaced."""
    text = re.sub(r"\x1b\[\d+m", "", text)
    lines = [line.split("\r")[-1] for line in re.sub("\x08+", "", text).split("\n")]
    return [re.sub(r"\d+(:\d+)?s (- )?\d+(us|ms|s)/step", "TIME", line).rstrip() for line in lines]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("verbose", [1, 2, "auto"])
def test_same_text_of_fit_evaluate_and_predict(verbose, capsys):
    texts = []
    for backend in (minikeras, keras):
        backend.utils.set_random_seed(3)
        model = compiled(backend)
        model.set_weights([np.ones((3, 1), "float32"), np.ones(1, "float32")])
        capsys.readouterr()
        model.fit(X, Y, epochs=2, batch_size=4, validation_data=(X, Y), verbose=verbose)
        model.evaluate(X, Y, verbose=verbose)
        model.predict(X, verbose=verbose)
        texts.append(mask_times(capsys.readouterr().out))
    assert texts[0] == texts[1]
    assert sum("TIME" in line for line in texts[0]) == 4


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
@pytest.mark.filterwarnings("ignore:(Learning rate reduction is conditioned|ReduceLROnPlateau watches):UserWarning")
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


# --- files -----------------------------------------------------------------------------------------------------------


def saved_files(backend, arguments, tmp_path, fit_arguments):
    """What a ModelCheckpoint asks the model to save, and its best value."""
    model, seen = compiled(backend), []
    model.save_weights = lambda path, overwrite=None: seen.append(("weights", str(path), overwrite))
    model.save = lambda path, overwrite=None: seen.append(("model", str(path), overwrite))
    callback = backend.callbacks.ModelCheckpoint(**{**arguments, "filepath": f"{tmp_path}/{arguments['filepath']}"})
    model.fit(
        X, Y, batch_size=3, verbose=0, shuffle=False, callbacks=[callback], validation_data=(X, Y), **fit_arguments
    )
    return seen, callback.best


CHECKPOINTS = [
    {"filepath": "m.weights.h5", "save_weights_only": True},
    {"filepath": "m.keras", "verbose": 1},
    {"filepath": "m.h5"},
    {"filepath": "a/b/m{epoch:02d}-{val_loss:.2f}-{mae:.1f}.keras"},
    {"filepath": "m.weights.h5", "save_weights_only": True, "save_best_only": True, "verbose": 1},
    {"filepath": "m.keras", "save_best_only": True, "mode": "max", "verbose": 1},
    {"filepath": "m.keras", "save_best_only": True, "initial_value_threshold": 0.0, "verbose": 1},
    {"filepath": "m{epoch}-{batch}.keras", "save_freq": 3},
    {"filepath": "m{epoch}.keras", "save_freq": 3, "save_best_only": True, "monitor": "loss", "verbose": 1},
    {"filepath": "m.keras", "save_freq": 0},
    {"filepath": "m.keras", "save_best_only": True, "monitor": "nothing", "mode": "min"},
]


@pytest.mark.filterwarnings("ignore:(Can save best model only|ModelCheckpoint with `save_best_only`):UserWarning")
@pytest.mark.parametrize(
    "fit_arguments", [{"epochs": 3}, pytest.param({"epochs": 5, "initial_epoch": 3}, marks=pytest.mark.full)], ids=str
)
@pytest.mark.one_in(6)
@pytest.mark.parametrize("arguments", CHECKPOINTS, ids=str)
def test_the_model_is_saved_at_the_same_times_under_the_same_names(arguments, fit_arguments, tmp_path, capsys):
    results = []
    for backend in (minikeras, keras):
        backend.utils.set_random_seed(5)
        seen, best = saved_files(backend, arguments, tmp_path, fit_arguments)
        results.append((seen, capsys.readouterr().out))
        results[-1] += (None if best is None else round(best, 5),)
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "arguments, error",
    [
        ({"filepath": "m.keras", "save_weights_only": True}, ValueError),
        ({"filepath": "m.xyz"}, ValueError),
        ({"filepath": "m.keras", "save_freq": "often"}, ValueError),
        ({"filepath": "m.keras", "save_freq": 1.5}, ValueError),
        ({"filepath": "m{nothing}.keras"}, KeyError),
        ({"filepath": "m.keras", "monitor": "nothing"}, ValueError),
    ],
)
def test_both_refuse_these_checkpoints(arguments, error, tmp_path):
    for backend in (minikeras, keras):
        with pytest.raises(error):
            saved_files(backend, arguments, tmp_path, {})


def csv_file(backend, path, arguments, fits):
    backend.utils.set_random_seed(2)
    model = compiled(backend)

    class More(backend.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs.update({"array": np.arange(3.0), "text": "a,b", "scalar": np.array(2.0), "none": None, "list": [1, 2]})
            if epoch:
                logs["late"] = 1
                del logs["mae"]

    for fit_arguments in fits:
        callbacks = [More(), backend.callbacks.CSVLogger(path, **arguments)]
        model.fit(X, Y, epochs=2, verbose=0, callbacks=callbacks, **fit_arguments)
    rounded = re.sub(r"\d+\.\d{4,}", lambda number: f"{float(number.group()):.4f}", path.read_bytes().decode())
    return rounded


@pytest.mark.one_in(3)
@pytest.mark.parametrize("arguments", [{}, {"append": True}, {"separator": ";"}], ids=str)
@pytest.mark.parametrize("fits", [[{}], [{"validation_data": (X, Y)}] * 2, [{"validation_split": 0.2}, {}]], ids=len)
def test_same_csv_files(arguments, fits, tmp_path):
    files = [csv_file(backend, tmp_path / backend.__name__, arguments, fits) for backend in (minikeras, keras)]
    assert files[0] == files[1]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("frequency", ["epoch", 4])
def test_a_restored_training_goes_on_as_tf_keras_does(frequency, tmp_path):
    def interrupted_and_resumed(backend):
        folder = tmp_path / backend.__name__
        seen = []

        class Fail(backend.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                seen.append(batch)
                if len(seen) == 13:
                    raise RuntimeError("power failure")

        histories = []
        for extra in ([Fail()], []):
            backend.utils.set_random_seed(4)
            model = compiled(backend)
            backup = backend.callbacks.BackupAndRestore(str(folder), save_freq=frequency)
            try:
                history = model.fit(X, Y, epochs=5, batch_size=3, verbose=0, shuffle=False, callbacks=[backup, *extra])
                histories.append({**history.history, "epoch": history.epoch})
            except RuntimeError:
                histories.append(None)
        assert not folder.exists()
        return histories

    ours, theirs = both(interrupted_and_resumed)
    assert ours[0] is theirs[0] is None
    assert ours[1]["epoch"] == theirs[1]["epoch"]
    for name, values in theirs[1].items():
        assert_close("callbacks: History", ours[1][name], values, STEPS, name)


# --- averaged weights, NaN -------------------------------------------------------------------------------------------


@pytest.mark.one_in(2)
@pytest.mark.parametrize("swap_on_epoch", [False, True])
@pytest.mark.parametrize("frequency", [None, 1])
def test_averaged_weights_are_in_the_model_at_the_same_times(swap_on_epoch, frequency):
    def trace(backend):
        seen = []
        model = compiled(backend)
        optimizer = backend.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=frequency)
        model.compile(optimizer, "mse")
        swap = backend.callbacks.SwapEMAWeights(swap_on_epoch)

        class Look(backend.callbacks.Callback):
            pass

        for hook in HOOKS:
            if "batch" not in hook:
                setattr(Look, hook, lambda self, *args, hook=hook: seen.append((hook, model.get_weights()[0])))
        model.fit(
            X, Y, epochs=3, batch_size=5, verbose=0, shuffle=False, validation_data=(X, Y), callbacks=[swap, Look()]
        )
        seen.append(("after fit", model.get_weights()[0]))
        model.evaluate(X, Y, verbose=0, callbacks=[swap, Look()])
        model.predict(X, verbose=0, callbacks=[swap, Look()])
        return [*seen, ("after predict", model.get_weights()[0])]

    ours, theirs = both(trace)
    for (hook, one), (other_hook, other) in zip(ours, theirs, strict=True):
        assert hook == other_hook
        assert_close("callbacks: averaged weights", one, other, STEPS, hook)


def test_both_need_an_optimizer_that_averages():
    for backend in (minikeras, keras):
        with pytest.raises(ValueError, match="use_ema=True"):
            compiled(backend).evaluate(X, Y, verbose=0, callbacks=[backend.callbacks.SwapEMAWeights()])


@pytest.mark.filterwarnings("ignore:The loss is not a finite number:UserWarning")  # ours says so by itself
@pytest.mark.parametrize("raise_error", [False, True])
def test_same_end_at_an_infinite_loss(raise_error, capsys):
    results = []
    for backend in (minikeras, keras):
        backend.utils.set_random_seed(4)
        model = compiled(backend)
        model.compile(backend.optimizers.SGD(1e25), "mse")
        callback = backend.callbacks.TerminateOnNaN(raise_error)
        try:
            result = model.fit(X, Y, epochs=5, batch_size=5, verbose=0, shuffle=False, callbacks=[callback]).epoch
        except RuntimeError as error:
            result = str(error)
        results.append((result, [line for line in capsys.readouterr().out.split("\n") if "Batch" in line]))
    assert results[0] == results[1]
