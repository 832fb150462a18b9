"""`callbacks.Inspect` holds the norms, ratios and activations of each layer, equal to those computed by hand."""

import numpy as np
import pytest

from minikeras import GradientTape, Input, Sequential, layers, ops, optimizers
from minikeras.callbacks import Inspect

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
    with pytest.raises(ValueError, match="`freq` must be at least 1"):
        Inspect(freq=0)
