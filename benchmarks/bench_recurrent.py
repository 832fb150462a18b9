"""Recurrent networks through the public API: `fit` and `predict`, next to TensorFlow and (but for one) PyTorch."""

import numpy as np
import pytest

import minikeras
from benchmarks.goals import Goal
from benchmarks.networks import same_losses, same_losses_and_pytorch
from benchmarks.torch_recurrent import trainer

BATCH = 32
RNG = np.random.default_rng(0)
SENTENCES = RNG.integers(1, 1000, (320, 60)) * (np.arange(60) < RNG.integers(10, 61, (320, 1)))


def series(steps, features):
    """Random sequences."""
    return RNG.normal(size=(320, steps, features)).astype("float32")


def lstm(keras):
    """LSTM(128) over 100 steps of 32 features."""
    return [keras.Input((100, 32)), keras.layers.LSTM(128)]


def gru(keras):
    """Embedding and GRU(64) over 80 tokens."""
    return [keras.Input((80,), dtype="int32"), keras.layers.Embedding(1000, 32), keras.layers.GRU(64)]


def masked(keras):
    """Two LSTM(48) in both directions over up to 60 tokens, with masks."""
    layers = keras.layers
    return [
        keras.Input((60,), dtype="int32"),
        layers.Embedding(1000, 32, mask_zero=True),
        layers.Bidirectional(layers.LSTM(48, return_sequences=True)),
        layers.Bidirectional(layers.LSTM(48)),
    ]


def conv_lstm(keras):
    """ConvLSTM2D(16) over 8 images of 16×16."""
    layers = keras.layers
    return [
        keras.Input((8, 16, 16, 3)),
        layers.ConvLSTM2D(16, 3, padding="same"),
        layers.GlobalAveragePooling2D(),
    ]


def cnn_at_each_time(keras):
    """A small CNN on each of 8 images, and a GRU over what it finds."""
    layers = keras.layers
    cnn = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
        ]
    )
    return [keras.Input((8, 16, 16, 3)), layers.TimeDistributed(cnn), layers.GRU(32)]


def own_cell(keras):
    """RNN with a custom cell over 50 steps."""

    class Cell(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = self.state_size = units

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
            self.recurrent = self.add_weight(shape=(self.units, self.units), name="recurrent")

        def call(self, inputs, states):
            ops = keras.ops
            h = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent))
            return h, [h]

    return [keras.Input((50, 32)), keras.layers.RNN(Cell(64))]


NETWORKS = {  # function: (its data, the ratio of `fit`)
    lstm: (series(100, 32), 4),
    gru: (RNG.integers(0, 1000, (320, 80)).astype("int32"), 6),
    masked: (SENTENCES.astype("int32"), 6),
    conv_lstm: (RNG.normal(size=(160, 8, 16, 16, 3)).astype("float32"), 2),
    cnn_at_each_time: (RNG.normal(size=(160, 8, 16, 16, 3)).astype("float32"), 2),
    own_cell: (series(50, 32), 2),
}


def model_of(keras, network, start=None):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([*network(keras), keras.layers.Dense(1)])
    if start is not None:
        model.set_weights(start)
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_fit(side_by_side, tf, torch, network):
    x, ratio = NETWORKS[network]
    y = np.random.default_rng(1).normal(size=(len(x), 1)).astype("float32")
    ours = model_of(minikeras, network)
    theirs = tf and model_of(tf.keras, network, ours.get_weights())
    pytorch = trainer(torch, ours, "mse_loss")

    def epoch(model):
        return lambda: model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0).history["loss"][-1]

    side_by_side(
        f"{network.__name__}: fit, batch {BATCH}",
        goals=(Goal(f"{network.__doc__.rstrip('.')}, `fit`, batch {BATCH}", ratio),),
        calls=len(x) // BATCH,
        unit="step",
        check=same_losses_and_pytorch if pytorch else same_losses,
        seconds=2.0,
        rounds=5,
        minikeras=epoch(ours),
        tensorflow=theirs and epoch(theirs),
        pytorch=pytorch and (lambda: pytorch.fit(x, y, BATCH)),
    )


@pytest.mark.parametrize("samples, ratio", [(1, 100), (1000, 3)])
def test_predict(side_by_side, tf, samples, ratio):
    x = np.random.default_rng(2).normal(size=(samples, 100, 32)).astype("float32")
    ours = model_of(minikeras, lstm)
    theirs = tf and model_of(tf.keras, lstm, ours.get_weights())
    count = "1 sequence" if samples == 1 else f"{samples:,} sequences"
    side_by_side(
        f"lstm: predict, {count}",
        goals=(Goal(f"LSTM(128), `predict` of {count}", ratio),),
        seconds=1.0,
        rounds=5,
        minikeras=lambda: ours.predict(x, verbose=0),
        tensorflow=theirs and (lambda: theirs.predict(x, verbose=0)),
    )
