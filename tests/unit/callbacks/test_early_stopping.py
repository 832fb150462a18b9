"""EarlyStopping: when the training ends, and with which weights."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks import EarlyStopping
from tests.unit.callbacks.fake_model import FakeMetric, FakeModel, run_epochs


@pytest.mark.parametrize(
    "arguments, values, epochs",
    [
        ({}, [3, 2, 1], 3),
        ({}, [3, 2, 2, 1], 3),
        ({"patience": 1}, [3, 2, 2, 1], 3),
        ({"patience": 2}, [3, 2, 2, 1, 1, 1, 0], 6),
        ({"min_delta": 0.5}, [3, 2, 1.6, 0], 3),
        ({"min_delta": -0.5}, [3, 2, 1.6, 0], 3),
        ({"mode": "max"}, [1, 2, 2, 3], 3),
        ({"mode": "max", "min_delta": 0.5}, [1, 2, 2.4, 3], 3),
        ({"baseline": 1.0, "patience": 2}, [3, 2.5, 2, 0], 4),
        ({"baseline": 1.0, "patience": 2}, [3, 2.5, 2.5, 0], 3),
        ({"start_from_epoch": 3}, [1, 2, 3, 4, 5, 6], 5),
        ({"patience": 1}, [float("nan"), 1, 0.5], 2),  # nothing is better than NaN
    ],
)
def test_when_it_stops(arguments, values, epochs):
    callback = EarlyStopping(**{"mode": "min", **arguments})
    assert run_epochs(callback, values) == epochs
    assert callback.stopped_epoch == (epochs - 1 if epochs < len(values) else 0)


@pytest.mark.parametrize(
    "values, best_epoch",
    [([3, 1, 2, 2, 2], 1), ([3, 2, 1], 2), ([float("nan"), 2, 2, 2], 0)],
    ids=["stopped", "not stopped", "never better"],
)
def test_the_best_weights_are_restored(values, best_epoch):
    model = FakeModel()
    callback = EarlyStopping(mode="min", patience=3, restore_best_weights=True)
    run_epochs(callback, values, model=model)
    assert model.weights == [best_epoch]
    assert callback.best_epoch == best_epoch


def test_weights_stay_as_they_are_by_default():
    model = FakeModel()
    run_epochs(EarlyStopping(mode="min"), [1, 2, 3], model=model)
    assert model.weights == [1]


def test_it_forgets_when_it_is_used_again():
    callback = EarlyStopping(mode="min")
    assert run_epochs(callback, [1, 2, 3]) == 2
    assert run_epochs(callback, [9, 8, 7]) == 3
    assert (callback.best, callback.stopped_epoch) == (7, 0)


def test_what_it_prints(capsys):
    run_epochs(EarlyStopping(mode="min", verbose=1, restore_best_weights=True), [1, 2, 3])
    assert capsys.readouterr().out == (
        "Epoch 2: early stopping\nRestoring model weights from the end of the best epoch: 1.\n"
    )


@pytest.mark.parametrize(
    "monitor, metrics, stops",
    [
        ("val_loss", [], True),
        ("loss", [], True),
        ("val_hits", [FakeMetric("hits", "up")], False),
        ("val_misses", [FakeMetric("misses", "down")], True),
    ],
)
def test_auto_mode_asks_the_metric(monitor, metrics, stops):
    epochs = run_epochs(EarlyStopping(monitor=monitor), [1, 2, 3], name=monitor, model=FakeModel(metrics))
    assert (epochs < 3) == stops


@pytest.mark.parametrize("metrics", [[], [FakeMetric("val_x", "up")], [FakeMetric("x", None)]])
def test_auto_mode_needs_a_metric_that_knows(metrics):
    with pytest.raises(ValueError, match=r"monitor=val_x.*Pass `mode='max'`"):
        run_epochs(EarlyStopping(monitor="val_x"), [1, 2], name="val_x", model=FakeModel(metrics))


def test_an_unknown_mode_is_taken_for_auto():
    with pytest.warns(UserWarning, match="EarlyStopping mode 'down' is unknown"):
        assert EarlyStopping(mode="down").mode == "auto"


def test_a_value_that_is_not_there_is_reported():
    with pytest.warns(UserWarning, match="monitors `val_loss`, which .* Reported: loss, other"):
        assert run_epochs(EarlyStopping(), [1, 2], name="other") == 2


def test_with_a_model():
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    before = []
    keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: before.append(model.get_weights()))
    stop = EarlyStopping(monitor="mae", mode="max", patience=2, restore_best_weights=True)
    history = model.fit(x, x[:, :1], epochs=20, verbose=0, callbacks=[keep, stop])
    assert len(history.epoch) == 3
    for restored, best in zip(model.get_weights(), before[0], strict=True):
        np.testing.assert_array_equal(restored, best)
