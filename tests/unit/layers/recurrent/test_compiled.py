"""Plans of recurrent layers run compiled, forward and backward, and train as the tape does."""

import numpy as np
import pytest

import minikeras as keras

layers = keras.layers


def masked_both_ways():
    return [
        keras.Input((6,), dtype="int32"),
        layers.Embedding(9, 5, mask_zero=True),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        layers.Bidirectional(layers.GRU(3), merge_mode="sum"),
    ]


def one(layer):
    return lambda: [keras.Input((6, 5)), layer()]


NETWORKS = {
    "masks in both directions": masked_both_ways,
    "SimpleRNN": one(lambda: layers.SimpleRNN(4, activation="relu")),
    "SimpleRNN, recurrent dropout": one(lambda: layers.SimpleRNN(4, recurrent_dropout=0.3, seed=1)),
    "LSTM, recurrent dropout": one(lambda: layers.LSTM(4, recurrent_dropout=0.3, seed=1)),
    "GRU, reset before": one(lambda: layers.GRU(4, reset_after=False)),
    "GRU, reset before, recurrent dropout": one(
        lambda: layers.GRU(4, reset_after=False, recurrent_dropout=0.3, seed=1)
    ),
    "GRU, recurrent dropout": one(lambda: layers.GRU(4, recurrent_dropout=0.3, go_backwards=True, seed=1)),
}


def losses(network, run_eagerly):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([*network(), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=run_eagerly)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, (40, 6)) if len(model.input_shape) == 2 else rng.normal(size=(40, 6, 5)).astype("float32")
    y = rng.normal(size=(40, 1)).astype("float32")
    history = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
    return model, history


@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_is_compiled(name, capsys):
    model, planned = losses(NETWORKS[name], run_eagerly=False)
    _, eager = losses(NETWORKS[name], run_eagerly=True)
    np.testing.assert_allclose(planned, eager, rtol=2e-5)
    model.explain_plan()
    text = capsys.readouterr().out
    assert "compiled" in text
    by_numpy = [line for line in text.splitlines() if line.startswith("  NumPy")]
    assert len(by_numpy) == (2 if "reset before" in name else 0), by_numpy
    assert all("GRULoop" in line for line in by_numpy)  # there are no jobs for that form
