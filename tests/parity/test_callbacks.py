"""Callbacks see the same hooks and logs as tf.keras's, average weights alike and end alike at a NaN."""

import pytest

from tests.parity.callback_cases import X, Y, compiled

pytest.importorskip("tensorflow")

import keras

import minikeras
from tests.parity.backends import both
from tests.parity.comparing import STEPS, assert_close

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

HOOKS = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]


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
            result = type(error)
        results.append((result, [line for line in capsys.readouterr().out.split("\n") if "Batch" in line]))
    assert results[0] == results[1]
