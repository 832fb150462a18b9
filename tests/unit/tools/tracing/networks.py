"""Small networks of the kinds that a recording must show, each with a batch."""

import runpy

import numpy as np

import minikeras as keras
from minikeras import layers


def floats(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype("float32")


def integers(below, *shape):
    return np.random.default_rng(sum(shape)).integers(0, below, shape)


def mlp():
    model = keras.Sequential(
        [
            keras.Input((12,)),
            layers.Dense(16, activation="relu", name="hidden"),
            layers.Dropout(0.3, name="dropped"),
            layers.Dense(8, activation="tanh", name="second"),
            layers.Dense(3, activation="softmax", name="head"),
        ],
        name="mlp",
    )
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, floats(16, 12), np.arange(16) % 3


def cnn():
    model = keras.Sequential(
        [
            keras.Input((10, 10, 2)),
            layers.Conv2D(4, 3, padding="same", name="conv"),
            layers.BatchNormalization(name="normalized"),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(6, 3, strides=2, activation="relu", name="strided"),
            layers.Conv2DTranspose(3, 2, strides=2, name="transposed"),
            layers.AveragePooling2D(2, strides=1, padding="same"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, name="head"),
        ],
        name="cnn",
    )
    model.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True))
    return model, floats(4, 10, 10, 2), np.eye(3, dtype="float32")[np.arange(4) % 3]


def lstm():
    model = keras.Sequential(
        [
            keras.Input((7,)),
            layers.Embedding(20, 6, name="words"),
            layers.LSTM(5, return_sequences=True, name="lstm"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, name="head"),
        ],
        name="rnn",
    )
    model.compile("rmsprop", keras.losses.BinaryCrossentropy(from_logits=True))
    return model, integers(20, 6, 7), (np.arange(6) % 2).astype("float32")[:, None]


def other_recurrent():
    model = keras.Sequential(
        [
            keras.Input((5, 3)),
            layers.GRU(4, return_sequences=True, name="gru"),
            layers.GRU(3, return_sequences=True, reset_after=False, name="reset_before"),
            layers.Bidirectional(layers.SimpleRNN(3), name="both_ways"),
            layers.Dense(1),
        ],
        name="other_recurrent",
    )
    model.compile("adam", "mse")
    return model, floats(2, 5, 3), floats(2, 1)


def transformer():
    inputs = keras.Input((9, 8))
    x = layers.MultiHeadAttention(2, 4, name="attention")(inputs, inputs)
    x = layers.LayerNormalization(name="normalized")(layers.Add()([inputs, x]))
    y = layers.Dense(8, name="narrow")(layers.Dense(16, activation="gelu", name="wide")(x))
    outputs = layers.Dense(5, name="head")(layers.LayerNormalization()(x + y))
    model = keras.Model(inputs, outputs, name="transformer")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, floats(3, 9, 8), integers(5, 3, 9)


def two_inputs():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    left, right = (
        layers.Dense(5, activation="sigmoid", name="left")(a),
        layers.Dense(5, activation="silu", name="right")(b),
    )
    inner = keras.Sequential([layers.Dense(6, activation="relu"), layers.Dense(4)], name="inner")
    model = keras.Model([a, b], layers.Dense(1, name="out")(inner(layers.Concatenate()([left, right]))), name="two")
    model.compile("sgd", "mse")
    return model, [floats(8, 4), floats(8, 3)], floats(8, 1)


def masked_attention():
    tokens = keras.Input((6,))
    x = layers.Embedding(9, 8, mask_zero=True)(tokens)
    x = layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    x = layers.Attention()([x, x])
    model = keras.Model(tokens, layers.Dense(2)(x), name="masked")
    model.compile("adam", "mse")
    return model, integers(9, 2, 6), floats(2, 6, 2)


def convolutions():
    images = keras.Input((9, 9, 3))
    x = layers.Conv2D(4, 3, dilation_rate=2, padding="same")(images)
    x = layers.Conv2D(4, 3, strides=2, padding="same", groups=2)(x)
    x = layers.GroupNormalization(2)(layers.DepthwiseConv2D(3, depth_multiplier=2)(x))
    x = layers.Conv2DTranspose(3, 3, strides=2, padding="same")(layers.AveragePooling2D(2, padding="same")(x))
    x = layers.UnitNormalization()(layers.Flatten()(x))
    model = keras.Model(images, layers.Dense(2, activation="softplus")(x), name="convolutions")
    model.compile("adamw", "huber")
    return model, floats(2, 9, 9, 3), floats(2, 2)


def backward_in_time():
    series = keras.Input((12, 3))
    x = layers.MaxPooling1D(3, strides=2)(layers.Conv1D(4, 3, padding="causal")(series))
    x = layers.LSTM(3, go_backwards=True)(x)
    model = keras.Model(series, layers.Dense(1, activation="sigmoid")(x), name="backward_in_time")
    model.compile("rmsprop", "binary_crossentropy")
    return model, floats(4, 12, 3), np.array([[0], [1], [1], [0]], "float32")


def encoder_decoder():
    tokens, series = keras.Input((6,), name="tokens"), keras.Input((4, 3), name="series")
    x = layers.Embedding(9, 4, mask_zero=True)(tokens)
    x = layers.GRU(3, return_sequences=True, go_backwards=True)(layers.LSTM(4, return_sequences=True)(x))
    _, h, c = layers.LSTM(4, return_state=True)(x)
    y = layers.GRU(4, reset_after=False, return_sequences=True)(
        layers.LSTM(4, return_sequences=True)(series, [h, c]), h
    )
    y = layers.SimpleRNN(4)(y, c)
    model = keras.Model([tokens, series], layers.Dense(1)(y), name="encoder_decoder")
    model.compile("sgd", "mse")
    return model, [integers(9, 5, 6), floats(5, 4, 3)], floats(5, 1)


NETWORKS = {
    "MLP": mlp,
    "CNN": cnn,
    "LSTM": lstm,
    "GRU": other_recurrent,
    "transformer": transformer,
    "two inputs": two_inputs,
    "masked attention": masked_attention,
    "convolutions": convolutions,
    "backward in time": backward_in_time,
    "encoder and decoder": encoder_decoder,
}


def trace_of(name, **arguments):
    """A recorded step of one of the networks."""
    keras.utils.set_random_seed(1)
    model, x, y = NETWORKS[name]()
    return model.explain_step(x, y, **arguments)


def compared_trace():
    """(a step with what `trace --compare` adds, the op that it compares)."""
    trace = trace_of("MLP")
    op = next(event for event in trace.ops if event.name == "Tanh")
    row = {
        "op": "Tanh",
        "layer": "mlp/second",
        "backward": False,
        "output": 0,
        "call": 0,
        "shape": [16, 8],
        "event": op.number,
    }
    compared = {"theirs": "Tanh", "deviation": 2e-7, "in_float64": 1e-16, "ours_off": 1e-7, "theirs_off": 3e-7}
    numbers = {"norms": [1.0, 1.0], "worst": {"at": [3, 4], "ours": 0.25, "theirs": 0.2500001}}
    array = {"what": "output", "name": "mlp/second", "shape": [16, 8], "deviation": 0.2, "ours": 1.0, "theirs": 1.2}
    trace.extras["comparison"] = {
        "summary": "One array.",
        "first": "output mlp/second",
        "rounding": 3e-5,
        "rows": [{**array, "in_float64": 0.2}],
        "ops": [row | compared | numbers, {**row, "op": "LSTMLoop", "theirs": None, "deviation": None}],
    }
    return trace, op


HOSTILE = "<img src=x onerror=document.title='owned'>"
OWN_LAYER = """
from minikeras import layers

class Own(layers.Layer):
    "y = 2 x </script><img src=x onerror=document.title='owned'>"

    def call(self, x):
        return x * 2.0  # </script><img src=x onerror=document.title='owned'>
"""


def hostile_trace(folder):
    """A step in which every name that a user chooses is markup: of files, layers, metrics, and in source lines."""
    script = folder / f"{HOSTILE}.py"
    script.write_text(OWN_LAYER, encoding="utf-8")
    own = runpy.run_path(str(script))["Own"]
    model = keras.Sequential([keras.Input((3,)), own(name=HOSTILE), layers.Dense(2, name="<b>")])
    model.compile("sgd", "mse", metrics=[keras.metrics.MeanAbsoluteError(name=HOSTILE)])
    return model.explain_step(floats(4, 3), floats(4, 2))
