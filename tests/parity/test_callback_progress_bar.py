"""The progress bar prints what tf.keras's prints."""

import re
import time

import numpy as np
import pytest

from tests.parity.callback_cases import X, Y, compiled

pytest.importorskip("tensorflow")

import keras

import minikeras

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


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
