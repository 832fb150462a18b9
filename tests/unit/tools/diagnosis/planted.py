"""Planted mistakes: {name of the diagnosis that must find it: function that returns (model, x, y, settings)}.

And healthy trainings, in which none may find anything.
"""

import numpy as np

from minikeras import Input, Model, Sequential, initializers, layers, losses, metrics, optimizers

CLASSES = 3
ROWS = 480


def clusters(features=8, seed=0, rows=ROWS):
    """Three groups of points, and which group each is in."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(CLASSES, features)) * 2
    y = rng.integers(0, CLASSES, rows)
    return (centres[y] + rng.normal(size=(rows, features)) * 0.5).astype("float32"), y


def numbers():
    """x and a smooth function of it."""
    x, _ = clusters()
    return x, np.tanh(x.sum(axis=1, keepdims=True) / 4).astype("float32")


def pixels():
    """Images of integers from 0 to 255, and their classes."""
    x, y = clusters(64)
    x = (x - x.min()) / (x.max() - x.min())
    return np.round(x * 255).reshape(-1, 8, 8, 1).astype("float32"), y


def classifier(*middle, units=CLASSES, last="softmax", loss="sparse_categorical_crossentropy", optimizer="adam",
               accuracy=("accuracy",), shape=(8,)):  # fmt: skip
    """A small network, compiled."""
    middle = middle or (layers.Dense(16, activation="relu", kernel_initializer=initializers.GlorotUniform(seed=1)),)
    end = layers.Dense(units, activation=last, kernel_initializer=initializers.GlorotUniform(seed=2))
    model = Sequential([Input(shape), *middle, end])
    model.compile(optimizer, loss, metrics=list(accuracy))
    return model


def one_hot(y):
    return np.eye(CLASSES, dtype="float32")[y]


def logits_as_probabilities():
    return classifier(last=None), *clusters(), {}


def probabilities_as_logits():
    return classifier(loss=losses.SparseCategoricalCrossentropy(from_logits=True)), *clusters(), {}


def softmax_of_one_unit():
    x, y = clusters()
    return classifier(units=1, loss="binary_crossentropy"), x, (y > 0).astype("float32"), {}


def labels_out_of_range():
    x, y = clusters()
    return classifier(), x, y + 1, {}


def one_hot_labels():
    x, y = clusters()
    return classifier(), x, one_hot(y), {}


def class_indices_with_categorical():
    return classifier(loss="categorical_crossentropy"), *clusters(), {}


def missing_flatten():
    x, y = clusters()
    return classifier(layers.Dense(16, activation="relu"), shape=(4, 2)), x.reshape(-1, 4, 2), y, {}


def accuracy_of_numbers():
    return classifier(units=1, last=None, loss="mse"), *numbers(), {}


def accuracy_of_logits():
    x, y = clusters()
    loss = losses.BinaryCrossentropy(from_logits=True)
    return classifier(units=1, last=None, loss=loss), x, (y > 0).astype("float32"), {}


def initial_loss():
    initial = initializers.RandomNormal(stddev=10.0, seed=3)
    return classifier(layers.Dense(16, activation="relu", kernel_initializer=initial)), *clusters(), {}


def only_accuracy_of_rare_classes():
    x, y = clusters()
    y = np.where(np.arange(ROWS) % 25 == 0, y, 0)
    return classifier(), x, y, {}


def pixels_not_scaled():
    return classifier(layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), shape=(8, 8, 1)), *pixels(), {}


def equal_rows_in_validation():
    x, y = clusters()
    return classifier(), x, y, {"validation_data": (x[:50], y[:50])}


def validation_from_an_ordered_end():
    x, y = clusters()
    order = np.argsort(y, kind="stable")
    return classifier(), x[order], y[order], {"validation_split": 0.2}


def labels_unrelated_to_inputs():
    x, y = clusters()
    return classifier(), x, np.random.default_rng(5).permutation(y), {}


def tokens_masked_out():
    x = np.random.default_rng(0).integers(0, 5, (ROWS, 10))
    model = Sequential([Input((10,)), layers.Embedding(5, 4, mask_zero=True), layers.LSTM(4), layers.Dense(1)])
    model.compile("adam", "mse")
    return model, x, x.mean(axis=1).astype("float32"), {}


def rows_masked_out():
    model, x, y, _ = tokens_masked_out()
    x = np.where(x == 0, 1, x)
    x[7] = 0
    return model, x, y, {}


def data_is_converted():
    x = np.broadcast_to(np.linspace(-1.0, 1.0, 64), (200_000, 64))
    return (
        classifier(shape=(64,), units=1, last=None, loss="mse", accuracy=()),
        x,
        np.zeros((200_000, 1), "float32"),
        {},
    )


def data_is_not_contiguous():
    x = np.broadcast_to(np.linspace(-1.0, 1.0, 64, dtype="float32"), (400_000, 64))
    return (
        classifier(shape=(64,), units=1, last=None, loss="mse", accuracy=()),
        x,
        np.zeros((400_000, 1), "float32"),
        {},
    )


def dead_relus():
    dead = layers.Dense(16, activation="relu", bias_initializer=initializers.Constant(-100.0))
    return classifier(dead), *clusters(), {}


def vanishing_gradients():
    deep = [
        layers.Dense(8, activation="sigmoid", kernel_initializer=initializers.GlorotUniform(seed=i)) for i in range(16)
    ]
    return classifier(*deep), *clusters(), {}


def exploding_gradients():
    deep = [layers.Dense(16, kernel_initializer=initializers.RandomNormal(stddev=2.0, seed=i)) for i in range(8)]
    return classifier(*deep, units=1, last=None, loss="mse", accuracy=()), *numbers(), {}


def everything_frozen():
    model = classifier()
    model.trainable = False
    return model, *clusters(), {}


def normalization_of_one_sample():
    return classifier(layers.Dense(8), layers.BatchNormalization()), *clusters(), {"batch_size": 1}


def constant_predictions():
    x, y = clusters()
    model = classifier(layers.Dense(16, activation="tanh"))
    model.fit(x, y, verbose=0)
    model.layers[-1].kernel.assign(np.zeros((16, CLASSES)))
    return model, x, y, {}


def learning_rate_far_off():
    return classifier(optimizer=optimizers.SGD(500.0)), *clusters(), {}


def learning_rate_too_low():
    return classifier(optimizer=optimizers.Adam(1e-9)), *clusters(), {}


def loss_not_finite():
    x, y = clusters()
    x[3, 2] = np.nan
    return classifier(), x, y, {}


PLANTED = {
    "loss_not_finite": [loss_not_finite],
    "logits_as_probabilities": [logits_as_probabilities],
    "probabilities_as_logits": [probabilities_as_logits],
    "softmax_of_one_unit": [softmax_of_one_unit],
    "labels_out_of_range": [labels_out_of_range],
    "one_hot_labels": [one_hot_labels, class_indices_with_categorical],
    "missing_flatten": [missing_flatten],
    "accuracy_of_numbers": [accuracy_of_numbers, accuracy_of_logits],
    "initial_loss": [initial_loss],
    "only_accuracy_of_rare_classes": [only_accuracy_of_rare_classes],
    "pixels_not_scaled": [pixels_not_scaled],
    "equal_rows_in_validation": [equal_rows_in_validation],
    "validation_from_an_ordered_end": [validation_from_an_ordered_end],
    "labels_unrelated_to_inputs": [labels_unrelated_to_inputs],
    "tokens_masked_out": [tokens_masked_out, rows_masked_out],
    "data_is_converted": [data_is_converted, data_is_not_contiguous],
    "dead_relus": [dead_relus],
    "vanishing_gradients": [vanishing_gradients],
    "exploding_gradients": [exploding_gradients],
    "everything_frozen": [everything_frozen],
    "normalization_of_one_sample": [normalization_of_one_sample],
    "constant_predictions": [constant_predictions],
    "learning_rate_far_off": [learning_rate_far_off, learning_rate_too_low],
}


def healthy_classifier():
    x, y = clusters()
    validation = clusters(seed=1, rows=100)
    return classifier(), x, y, {"validation_data": validation}


def healthy_logits():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    return classifier(last=None, loss=loss), *clusters(), {"validation_split": 0.2}


def healthy_binary():
    x, y = clusters()
    loss = losses.BinaryCrossentropy(from_logits=True)
    accuracy = [metrics.BinaryAccuracy(threshold=0.0)]
    return classifier(units=1, last=None, loss=loss, accuracy=accuracy), x, (y > 0).astype("float32"), {}


def healthy_one_hot():
    x, y = clusters()
    return classifier(loss="categorical_crossentropy"), x, one_hot(y), {}


def healthy_regression():
    return classifier(units=1, last=None, loss="mse", accuracy=("mae",), optimizer="sgd"), *numbers(), {}


def healthy_images():
    x, y = pixels()
    network = [layers.Rescaling(1 / 255), layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization()]
    return classifier(*network, layers.Flatten(), shape=(8, 8, 1)), x, y, {"validation_split": 0.1}


def healthy_sequences():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 9, (ROWS, 10))
    x[np.arange(10) >= rng.integers(4, 11, (ROWS, 1))] = 0
    model = Sequential([Input((10,)), layers.Embedding(9, 4, mask_zero=True), layers.LSTM(4), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model, x, x.mean(axis=1).astype("float32"), {}


def healthy_segmentation():
    x, _ = pixels()
    y = (x > 128).astype("int32")[..., 0]
    network = [layers.Rescaling(1 / 255), layers.Conv2D(4, 3, activation="relu", padding="same")]
    return classifier(*network, shape=(8, 8, 1), units=2), x, y, {}


def healthy_two_inputs():
    x, y = numbers()
    a, b = Input((4,), name="a"), Input((4,), name="b")
    model = Model([a, b], layers.Dense(1)(layers.Concatenate()([layers.Dense(4)(a), layers.Dense(4)(b)])))
    model.compile("adam", "mse")
    return model, [x[:, :4], x[:, 4:]], y, {}


def healthy_after_training():
    model, x, y, settings = healthy_classifier()
    model.fit(x, y, verbose=0)
    return model, x, y, settings


HEALTHY = [
    healthy_classifier,
    healthy_logits,
    healthy_binary,
    healthy_one_hot,
    healthy_regression,
    healthy_images,
    healthy_sequences,
    healthy_segmentation,
    healthy_two_inputs,
    healthy_after_training,
]
