"""An LSTM and the product of its input in one loop: the same results as by the tape, where each is an op of its own."""

import numpy as np
import pytest

import minikeras as keras

BATCH, STEPS, FEATURES, UNITS = 9, 5, 3, 6
TOLERANCE = 2e-5  # of float32 sums in another order, carried through three steps of training
FUSED = "LSTMLoop with its input's product", "gradient of LSTMLoop and of its input's product"
LAYERS = {
    "the last state": [{}],
    "all states, and a gradient of the input": [{"return_sequences": True}, {"use_bias": False}],
    "backwards": [{"return_sequences": True, "go_backwards": True}, {"go_backwards": True}],
    "more units than a panel has columns": [{"units": 33}],
}


def model_of(settings, masked=False):
    """LSTMs one above the other."""
    keras.utils.set_random_seed(0)
    x = inputs = keras.Input((STEPS, FEATURES))
    if masked:
        x = keras.layers.Masking()(x)
    for given in settings:
        x = keras.layers.LSTM(**{"units": UNITS} | given)(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def data(masked=False):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2 * BATCH, STEPS, FEATURES)).astype("float32")
    if masked:
        x[rng.random(x.shape[:2]) < 0.4] = 0
    return x, rng.normal(size=(2 * BATCH, 1)).astype("float32")


def trained(model, eagerly, x, y):
    """The losses and the weights after three epochs of two steps, and predictions."""
    model.compile("adam", "mse", run_eagerly=eagerly)
    losses = model.fit(x, y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0).history["loss"]
    return [np.array(losses), *model.get_weights(), model.predict(x, batch_size=BATCH, verbose=0)]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("settings", LAYERS.values(), ids=LAYERS)
def test_training_equals_that_by_the_tape(capsys, settings, masked):
    x, y = data(masked)
    model = model_of(settings, masked)
    found = trained(model, False, x, y)
    model.explain_plan()
    text = capsys.readouterr().out
    assert all(f"compiled  {name}" in text for name in FUSED)
    for a, b in zip(found, trained(model_of(settings, masked), True, x, y), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE * max(1, np.abs(b).max()))


def test_first_states_get_their_gradients(capsys):
    def model():
        keras.utils.set_random_seed(0)
        inputs = keras.Input((STEPS, FEATURES))
        states = [keras.layers.Dense(UNITS)(inputs[:, 0]) for _ in range(2)]
        return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.LSTM(UNITS)(inputs, initial_state=states)))

    x, y = data()
    planned = model()
    found = trained(planned, False, x, y)
    planned.explain_plan()
    assert FUSED[1] in capsys.readouterr().out
    for a, b in zip(found, trained(model(), True, x, y), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE * max(1, np.abs(b).max()))


@pytest.mark.parametrize("case", ["recurrent dropout", "a wide input"])
def test_other_loops_keep_their_product(capsys, case):
    """Dropout needs the state alone; the matrices of wide inputs are larger than the cache."""
    features = 1500 if case == "a wide input" else FEATURES
    layer = keras.layers.LSTM(22, recurrent_dropout=0.3 if case == "recurrent dropout" else 0)
    model = keras.Sequential([keras.Input((STEPS, features)), layer, keras.layers.Dense(1)])
    x = np.random.default_rng(0).normal(size=(2 * BATCH, STEPS, features)).astype("float32")
    model.compile("adam", "mse")
    model.fit(x, x[:, 0, :1], batch_size=BATCH, epochs=3, verbose=0)
    model.explain_plan()
    text = capsys.readouterr().out
    assert "compiled  LSTMLoop" in text
    assert not any(name in text for name in FUSED)
