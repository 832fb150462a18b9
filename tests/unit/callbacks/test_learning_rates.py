"""LearningRateScheduler and ReduceLROnPlateau."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks import LearningRateScheduler, ReduceLROnPlateau

X, Y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")


def compiled(learning_rate=0.5):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def rates(model, callback, epochs):
    return model.fit(X, Y, epochs=epochs, verbose=0, callbacks=[callback]).history["learning_rate"]


@pytest.mark.parametrize(
    "schedule", [lambda epoch, rate: rate / 2, lambda epoch: 0.25 / 2**epoch, lambda epoch, rate: np.float64(rate / 2)]
)
def test_a_learning_rate_for_each_epoch(schedule):
    model = compiled()
    assert rates(model, LearningRateScheduler(schedule), 3) == [0.25, 0.125, 0.0625]
    assert float(model.optimizer.learning_rate) == 0.0625


def test_the_scheduler_reports(capsys):
    rates(compiled(), LearningRateScheduler(lambda epoch, rate: 0.25, verbose=1), 1)
    assert capsys.readouterr().out == "\nEpoch 1: LearningRateScheduler setting learning rate to 0.25.\n"


@pytest.mark.parametrize("wrong", [1, "0.1", None, [0.1]])
def test_a_schedule_must_return_a_float(wrong):
    with pytest.raises(ValueError, match="must return a float"):
        rates(compiled(), LearningRateScheduler(lambda epoch, rate: wrong), 1)


def test_a_schedule_of_the_optimizers_own_cannot_be_set():
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    with pytest.raises(TypeError, match="cannot be set"):
        rates(compiled(decay), LearningRateScheduler(lambda epoch, rate: rate), 1)


def reductions(values, **arguments):
    """The learning rate after each epoch in which the watched value is as given."""
    model = compiled(1.0)
    callback = ReduceLROnPlateau(monitor="v", factor=0.5, **{"mode": "min", **arguments})
    callback.set_model(model)
    callback.on_train_begin()
    seen = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"v": value})
        seen.append(float(model.optimizer.learning_rate))
    return seen


@pytest.mark.parametrize(
    "arguments, values, expected",
    [
        ({"patience": 1}, [3, 2, 2, 2], [1, 1, 0.5, 0.25]),
        ({"patience": 0}, [3, 2, 2, 2], [1, 1, 0.5, 0.25]),
        ({"patience": 2}, [3, 3, 3, 3, 3], [1, 1, 0.5, 0.5, 0.25]),
        ({"patience": 1, "cooldown": 2}, [3, 3, 3, 3, 3], [1, 0.5, 0.5, 0.25, 0.25]),
        ({"patience": 1, "min_lr": 0.4}, [3, 3, 3, 3], [1, 0.5, 0.4, 0.4]),
        ({"patience": 1, "min_delta": 1.0}, [3, 2.5, 1.9], [1, 0.5, 0.5]),
        ({"patience": 1, "mode": "max"}, [3, 4, 3], [1, 1, 0.5]),
    ],
)
def test_the_rate_is_reduced_on_a_plateau(arguments, values, expected):
    assert reductions(values, **arguments) == pytest.approx(expected)


def test_the_rate_of_each_epoch_is_logged():
    model = compiled(0.0625)
    callback = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, mode="max")  # the loss falls: never better
    assert rates(model, callback, 3) == [0.0625, 0.0625, 0.03125]


def test_it_reports_and_forgets(capsys):
    callback = ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, mode="max", verbose=1)
    rates(compiled(0.0625), callback, 2)
    assert capsys.readouterr().out == "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.03125.\n"
    assert rates(compiled(0.0625), callback, 1) == [0.0625]
    assert callback.wait == 0


def test_refused_and_ignored_arguments():
    with pytest.raises(ValueError, match=r"must be below 1"):
        ReduceLROnPlateau(factor=1.0)
    with pytest.warns(UserWarning, match="`epsilon` is called `min_delta` now"):
        ReduceLROnPlateau(epsilon=1e-3)


def test_a_value_that_is_not_there_is_reported():
    with pytest.warns(UserWarning, match="monitors `v`, which .* Reported: loss, learning_rate"):
        rates(compiled(), ReduceLROnPlateau(monitor="v", mode="min"), 1)
