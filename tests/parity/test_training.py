"""Whole models step by step: the same seed gives the same initial weights, dropout masks, shuffle, and loss curve."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from tests.parity.backends import both
from tests.parity.comparing import TRAJECTORY, assert_close, assert_same_nested
from tests.rows import quick_rows

STEPS = 50
CLASSES = 5


def mlp(keras):
    return keras.Sequential(
        [
            keras.Input((20,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def cnn(keras):
    return keras.Sequential(
        [
            keras.Input((10, 10, 2)),
            keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def two_inputs(keras):
    a, b = keras.Input((8,), name="a"), keras.Input((6,), name="b")
    left = keras.layers.Dense(12, activation="relu")(a)
    right = keras.layers.LayerNormalization()(keras.layers.Dense(12)(b))
    joined = keras.layers.Concatenate()([left, keras.layers.Add()([left, right])])
    return keras.Model([a, b], keras.layers.Dense(CLASSES, activation="softmax")(joined))


def embedding(keras):
    return keras.Sequential(
        [
            keras.Input((7,), dtype="int32"),
            keras.layers.Embedding(20, 6),
            keras.layers.Flatten(),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def data(shapes, n=STEPS * 8, integers=None):
    rng = np.random.default_rng(1)
    labels = rng.integers(0, CLASSES, n)
    if integers:
        x = [rng.integers(0, integers, (n, *shape)) for shape in shapes]
    else:
        x = [(rng.normal(size=(n, *shape)) + 0.1 * labels.reshape(-1, *[1] * len(shape))).astype("float32")
             for shape in shapes]  # fmt: skip
    return (x[0] if len(x) == 1 else x), labels


MODELS = {
    "MLP": (mlp, data([(20,)])),
    "CNN with BatchNorm and Dropout": (cnn, data([(10, 10, 2)])),
    "two inputs": (two_inputs, data([(8,), (6,)])),
    "embedding": (embedding, data([(7,)], integers=20)),
}


def losses_per_step(keras, model, x, y, **fit_arguments):
    """The loss of every single step of one epoch of `fit`."""

    class Losses(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            losses.append(logs["loss"])
            self.model.reset_metrics()

    losses = []
    model.fit(x, y, batch_size=8, verbose=0, callbacks=[Losses()], **fit_arguments)
    return np.float32(losses)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("optimizer", quick_rows(["sgd", "rmsprop", "adam", "adamw"], ["sgd", "adam"]))
@pytest.mark.parametrize("name", MODELS)
def test_loss_per_step_follows_tf_keras(name, optimizer):
    make, (x, y) = MODELS[name]

    def run(keras):
        model = make(keras)
        start = model.get_weights()
        model.compile(optimizer, "sparse_categorical_crossentropy")
        return start, losses_per_step(keras, model, x, y), model.get_weights(), model.predict(x, verbose=0)

    ours, theirs = both(run)
    assert len(ours[1]) == STEPS
    assert_same_nested("training: initial weights", ours[0], theirs[0], 1e-6, "initial weights")
    assert_close("training: loss per step", ours[1], theirs[1], TRAJECTORY, f"{name} losses")
    assert_same_nested("training: final weights", ours[2], theirs[2], 10 * TRAJECTORY, f"{name} final weights")
    assert_close("training: predictions", ours[3], theirs[3], 10 * TRAJECTORY, f"{name} predictions")


def test_history_evaluate_and_metrics_agree():
    make, (x, y) = MODELS["MLP"]

    def run(keras):
        model = make(keras)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(x, y, batch_size=30, epochs=3, verbose=0, validation_split=0.2)
        return history.history, model.evaluate(x, y, verbose=0), history.params, history.epoch, model.metrics_names

    ours, theirs = both(run)
    assert list(ours[0]) == list(theirs[0])
    assert_same_nested("training: history", ours[0], theirs[0], TRAJECTORY, "history")
    assert_same_nested("training: history", ours[1], theirs[1], TRAJECTORY, "evaluate")
    assert ours[2:] == theirs[2:]


def test_weights_of_samples_and_classes():
    make, (x, y) = MODELS["MLP"]
    weights = np.random.default_rng(2).uniform(0, 2, len(y))

    def run(keras):
        results = []
        for arguments in ({"sample_weight": weights}, {"class_weight": {0: 2.0, 3: 0.5}}):
            model = make(keras)
            model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy"])
            results.append(model.fit(x, y, batch_size=32, epochs=2, verbose=0, **arguments).history)
        return results

    ours, theirs = both(run)
    assert_same_nested("training: weighted", ours, theirs, TRAJECTORY, "weighted history")
