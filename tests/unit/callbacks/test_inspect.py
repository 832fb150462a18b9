"""`callbacks.Inspect` holds the norms, ratios and activations of each layer, equal to those computed by hand."""

import numpy as np
import pytest

from minikeras import GradientTape, Input, Model, Sequential, layers, ops, optimizers
from minikeras.autodiff.state import thread
from minikeras.callbacks import Inspect, LambdaCallback, StepTrace

ROUNDING = 1e-5
RATE = 0.1


def network():
    model = Sequential([Input((3,)), layers.Dense(4, "relu", name="hidden"), layers.Dense(1, name="end")], name="net")
    model.compile(optimizers.SGD(RATE), "mse")
    return model


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(16, 3)).astype("float32"), rng.normal(size=(16, 1)).astype("float32")


def rms(array):
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))


def test_values_equal_those_by_hand():
    model, (x, y) = network(), data()
    kernel = model.get_layer("hidden").kernel
    before = kernel.numpy()
    with GradientTape() as tape:
        loss = ops.mean(ops.square(model(x) - y))
    gradient = tape.gradient(loss, kernel).numpy()
    hidden = np.maximum(x @ before, 0)
    inspect = Inspect()
    model.fit(x, y, batch_size=16, epochs=1, shuffle=False, verbose=0, callbacks=[inspect])
    seen = inspect.weights[kernel.path]
    assert inspect.steps == [0]
    assert seen["norm"] == [pytest.approx(rms(before), rel=ROUNDING)]
    assert seen["gradient"] == [pytest.approx(rms(gradient), rel=ROUNDING)]
    assert seen["update"] == [pytest.approx(RATE * rms(gradient), rel=ROUNDING)]
    assert seen["ratio"] == [pytest.approx(RATE * rms(gradient) / rms(before), rel=ROUNDING)]
    output = inspect.layers["net/hidden"]
    assert output["zeros"] == [pytest.approx((hidden == 0).mean())]
    assert output["mean"] == [pytest.approx(hidden.mean(), rel=ROUNDING)]
    assert output["shape"] == [(16, 4)]


@pytest.mark.full
def test_every_other_step_and_the_same_losses(tmp_path):
    losses = []
    for callbacks in ([], [Inspect(freq=3)]):
        model, (x, y) = network(), data()
        model.set_weights([np.full(w.shape, 0.1, "float32") for w in model.weights])
        losses.append(model.fit(x, y, batch_size=2, shuffle=False, verbose=0, callbacks=callbacks).history["loss"])
    inspect = callbacks[0]
    assert inspect.steps == [0, 3, 6]
    assert losses[0] == pytest.approx(losses[1], rel=ROUNDING)
    assert all(len(values["ratio"]) == 3 for values in inspect.weights.values())
    pytest.importorskip("matplotlib")
    inspect.plot(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_histograms_for_tensorboard(tmp_path):
    pytest.importorskip("tensorboardX")
    model, (x, y) = network(), data()
    model.fit(x, y, verbose=0, callbacks=[Inspect(log_dir=tmp_path)])
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("events*"))
    assert b"hidden/kernel/gradient" in content
    assert b"net/hidden/output" in content


def test_a_frequency_below_one_is_refused():
    with pytest.raises(ValueError, match="`freq` must be an integer, at least 1"):
        Inspect(freq=0)


def test_a_layer_that_is_used_twice_has_two_series():
    left, right, shared = Input((3,)), Input((3,)), layers.Dense(2, name="shared")
    model = Model([left, right], layers.Dense(1)(shared(left) * shared(right)), name="twins")
    model.compile("sgd", "mse", steps_per_execution=2)
    x, y = data()
    inspect = Inspect(freq=2)
    model.fit([x, x[::-1]], y, batch_size=2, verbose=0, callbacks=[inspect])
    assert inspect.steps == [0, 2]
    assert {"twins/shared", "twins/shared (2)"} <= set(inspect.layers)
    for series in [*inspect.layers.values(), *inspect.weights.values()]:
        assert {len(values) for values in series.values()} == {2}


@pytest.mark.parametrize("callback", [Inspect(), StepTrace(steps=(0, 9))])
def test_nothing_is_observed_any_more_after_an_error(callback):
    def fail(batch, logs):
        raise KeyboardInterrupt

    for hook in ("on_train_batch_begin", "on_train_batch_end"):
        with pytest.raises(KeyboardInterrupt):
            network().fit(*data(), verbose=0, callbacks=[callback, LambdaCallback(**{hook: fail})])
        assert not any(vars(thread)[group] for group in ("observers", "eager_observers", "layer_begins"))
