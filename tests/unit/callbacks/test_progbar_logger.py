"""ProgbarLogger: what `fit`, `evaluate` and `predict` show."""

import re

import numpy as np
import pytest

import minikeras as keras

X, Y = np.ones((10, 3), "float32"), np.ones((10, 1), "float32")
TIME = r"\d+s \d+(us|ms|s)/step"


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
    return model


def lines(capsys):
    """The lines as they stand on the terminal in the end."""
    text = re.sub("\x1b\\[\\d+m|\x08+", "", capsys.readouterr().out)
    return [line.split("\r")[-1].rstrip() for line in text.split("\n")][:-1]


@pytest.mark.parametrize("verbose", [1, "auto"])
def test_a_bar_for_each_epoch(model, capsys, verbose):
    model.fit(X, Y, batch_size=4, epochs=2, validation_data=(X, Y), verbose=verbose)
    bar = rf"3/3 ━{{20}} {TIME} - loss: 1.0000 - mae: 1.0000 - val_loss: 1.0000 - val_mae: 1.0000"
    first, second, third, fourth = lines(capsys)
    assert (first, third) == ("Epoch 1/2", "Epoch 2/2")
    assert re.fullmatch(bar, second)
    assert re.fullmatch(bar, fourth)


def test_a_single_epoch_is_not_numbered(model, capsys):
    model.fit(X, Y, verbose=2)
    (line,) = lines(capsys)
    assert re.fullmatch(r"1/1 - \d+s - \d+(us|ms|s)/step - loss: 1.0000 - mae: 1.0000", line)


@pytest.mark.parametrize("method, arguments", [("evaluate", (X, Y)), ("predict", (X,))])
@pytest.mark.parametrize("verbose", [1, 2])
def test_evaluate_and_predict_show_one_bar(model, capsys, method, arguments, verbose):
    getattr(model, method)(*arguments, verbose=verbose)
    (line,) = lines(capsys)
    assert line.startswith("1/1")
    assert ("loss: 1.0000" in line) == (method == "evaluate")


def test_verbose_0_shows_nothing(model, capsys):
    model.fit(X, Y, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert capsys.readouterr().out == ""


def test_an_unknown_number_of_steps_is_known_after_the_first_epoch(model, capsys):
    def batches():
        for _ in range(6):
            yield X, Y

    model.fit(batches(), epochs=2, steps_per_epoch=3, verbose=2)
    assert [line[:3] for line in lines(capsys)] == ["Epo", "3/3", "Epo", "3/3"]
    model.evaluate(((X, Y) for _ in range(4)), verbose=2)
    assert lines(capsys)[0].startswith("4/4")


def test_the_callback_can_be_given_by_hand(model, capsys):
    model.fit(X, Y, verbose=0, callbacks=[keras.callbacks.ProgbarLogger()])
    assert capsys.readouterr().out == ""  # `verbose` still says what it shows
    model.fit(X, Y, verbose=2, callbacks=[keras.callbacks.ProgbarLogger()])
    assert len(lines(capsys)) == 1
