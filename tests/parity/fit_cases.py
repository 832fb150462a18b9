"""Models, arguments of `compile`, data and arguments of `fit`, in a table."""

import numpy as np

N = 24
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 4)).astype("float32")
LABELS = RNG.integers(0, 3, N)
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
Y1 = RNG.normal(size=(N, 1)).astype("float32")
SEQUENCES = RNG.normal(size=(N, 5, 4)).astype("float32")
SEQUENCE_LABELS = RNG.integers(0, 3, (N, 5))
WEIGHTS = RNG.uniform(0.1, 2.0, N).astype("float32")

FLOAT16 = 5e-3  # float16 has 11 bits: one rounding is 5e-4 of the value, and a step adds up some


# --- models ---------------------------------------------------------------------------------------------------------


def classifier(keras):
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax", name="p")(inputs))


def regressor(keras):
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, name="q")])


def per_step(keras):
    return keras.Sequential([keras.Input((5, 4)), keras.layers.Dense(3, activation="softmax")])


def _two_heads(keras):
    inputs = keras.Input((4,), name="x")
    hidden = keras.layers.Dense(6, activation="relu")(inputs)
    p = keras.layers.Dense(3, activation="softmax", name="p")(hidden)
    return inputs, p, keras.layers.Dense(1, name="q")(hidden)


def two_outputs(keras):
    inputs, p, q = _two_heads(keras)
    return keras.Model(inputs, [p, q])


def dict_outputs(keras):
    inputs, p, q = _two_heads(keras)
    return keras.Model(inputs, {"p": p, "q": q})


def dict_outputs_with_other_keys(keras):
    inputs, p, q = _two_heads(keras)
    return keras.Model(inputs, {"second": p, "first": q})


def nested_outputs(keras):
    inputs, p, q = _two_heads(keras)
    return keras.Model(inputs, {"a": p, "b": [q, keras.layers.Dense(1, name="r")(p)]})


class SubclassedPair:
    """Makes a subclassed model with two outputs, whose names are unknown."""

    def __new__(cls, keras):
        class Pair(keras.Model):
            def __init__(self):
                super().__init__()
                self.p, self.q = keras.layers.Dense(3, activation="softmax"), keras.layers.Dense(1)

            def call(self, x):
                return self.p(x), self.q(x)

        return Pair()


# --- the table: model, arguments of compile, data, arguments of fit -------------------------------------------------

SPARSE = "sparse_categorical_crossentropy"


def _squared(y_true, y_pred):
    return (y_pred - y_true) ** 2


CASES = {
    "loss string, metric strings": (
        classifier,
        lambda k: {"loss": SPARSE, "metrics": ["accuracy", "mae"]},
        (X, LABELS[:, None]),
        {},
    ),
    "crossentropy by name": (classifier, lambda k: {"loss": "crossentropy", "metrics": ["acc"]}, (X, ONE_HOT), {}),
    "objects": (
        classifier,
        lambda k: {
            "loss": k.losses.CategoricalCrossentropy(label_smoothing=0.1),
            "metrics": [k.metrics.CategoricalAccuracy(), k.metrics.MeanSquaredError(name="m")],
        },
        (X, ONE_HOT),
        {},
    ),
    "functions": (
        regressor,
        lambda k: {"loss": _squared, "metrics": [_squared, k.losses.mean_absolute_error]},
        (X, Y1),
        {},
    ),
    "a list around one loss": (
        regressor,
        lambda k: {"loss": ["mse"], "loss_weights": [2.0], "metrics": [["mae"]]},
        (X, Y1),
        {},
    ),
    "a dict around one loss": (
        classifier,
        lambda k: {"loss": {"p": SPARSE}, "loss_weights": {"p": 0.5}, "metrics": {"p": ["accuracy"]}},
        (X, LABELS),
        {},
    ),
    "a loss weight alone": (regressor, lambda k: {"loss": "mse", "loss_weights": 3.0}, (X, Y1), {}),
    "one metric twice": (regressor, lambda k: {"loss": "mse", "metrics": ["mae", "mae", "mse"]}, (X, Y1), {}),
    "weighted metric of another's name": (
        classifier,
        lambda k: {"loss": SPARSE, "metrics": ["accuracy"], "weighted_metrics": ["accuracy", "accuracy"]},
        (X, LABELS),
        {"sample_weight": WEIGHTS},
    ),
    "weighted metrics alone": (
        regressor,
        lambda k: {"loss": "mse", "weighted_metrics": ["mae", "mse"]},
        (X, Y1),
        {"sample_weight": WEIGHTS},
    ),
    "weights of rank 2": (
        regressor,
        lambda k: {"loss": "mse", "weighted_metrics": ["mae"]},
        (X, Y1),
        {"sample_weight": WEIGHTS[:, None]},
    ),
    "weights of time steps": (
        per_step,
        lambda k: {"loss": SPARSE, "metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
        (SEQUENCES, SEQUENCE_LABELS),
        {"sample_weight": np.tile(WEIGHTS[:, None], (1, 5)) * np.arange(5)},
    ),
    "class weights": (
        classifier,
        lambda k: {"loss": SPARSE, "weighted_metrics": ["accuracy"]},
        (X, LABELS),
        {"class_weight": {0: 2.0, 2: 0.25}},
    ),
    "class weights of one-hot labels": (
        classifier,
        lambda k: {"loss": "categorical_crossentropy", "metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
        (X, ONE_HOT),
        {"class_weight": {0: 2.0, 2: 0.25}},
    ),
    "class weights of labels with an axis of 1": (
        classifier,
        lambda k: {"loss": SPARSE},
        (X, LABELS[:, None]),
        {"class_weight": {1: 3.0}},
    ),
    "two outputs, lists": (
        two_outputs,
        lambda k: {"loss": [SPARSE, "mse"], "loss_weights": [1.0, 0.2], "metrics": [["accuracy"], ["mae", "mse"]]},
        (X, [LABELS, Y1]),
        {},
    ),
    "two outputs, one loss for both": (two_outputs, lambda k: {"loss": "mse"}, (X, [ONE_HOT, Y1]), {}),
    "two outputs, dicts": (
        two_outputs,
        lambda k: {
            "loss": {"q": "mse", "p": SPARSE},
            "loss_weights": {"q": 0.2, "p": 2.0},
            "metrics": {"q": "mae", "p": ["accuracy"]},
            "weighted_metrics": {"q": "mae"},
        },
        (X, {"p": LABELS, "q": Y1}),
        {},
    ),
    "two outputs, weights per output": (
        two_outputs,
        lambda k: {
            "loss": [SPARSE, "mse"],
            "metrics": [["accuracy"], ["mae"]],
            "weighted_metrics": [["accuracy"], ["mae"]],
        },
        (X, [LABELS, Y1]),
        {"sample_weight": [WEIGHTS, WEIGHTS[::-1].copy()]},
    ),
    "two outputs, no loss for one": (
        two_outputs,
        lambda k: {"loss": [SPARSE, None], "metrics": [["accuracy"], []]},
        (X, [LABELS, Y1]),
        {},
    ),
    "a tuple of metrics for two outputs": (
        two_outputs,
        lambda k: {"loss": [SPARSE, "mse"], "metrics": ("accuracy", "mae")},
        (X, (LABELS, Y1)),
        {},
    ),
    "dict outputs": (
        dict_outputs,
        lambda k: {
            "loss": {"p": SPARSE, "q": "mse"},
            "loss_weights": {"p": 1.0, "q": 0.3},
            "metrics": {"q": ["mae"]},
            "weighted_metrics": {"q": ["mae"], "p": ["accuracy"]},
        },
        (X, {"p": LABELS, "q": Y1}),
        {"sample_weight": {"p": WEIGHTS, "q": WEIGHTS[::-1].copy()}},
    ),
    "dict outputs, loss for one": (dict_outputs, lambda k: {"loss": {"q": "mse"}}, (X, {"p": LABELS, "q": Y1}), {}),
    "dict outputs whose keys are not the layers' names": (
        dict_outputs_with_other_keys,
        lambda k: {"loss": {"second": SPARSE, "first": "mse"}, "metrics": {"second": ["accuracy"], "first": ["mae"]}},
        (X, {"second": LABELS, "first": Y1}),
        {},
    ),
    "nested outputs": (
        nested_outputs,
        lambda k: {"loss": {"a": SPARSE, "b": ["mse", "mae"]}, "metrics": {"a": ["accuracy"], "b": [["mae"], ["mse"]]}},
        (X, {"a": LABELS, "b": [Y1, -Y1]}),
        {},
    ),
    "subclassed model with two outputs": (
        SubclassedPair,
        lambda k: {"loss": [SPARSE, "mse"], "metrics": [["accuracy"], ["mae"]]},
        (X, (LABELS, Y1)),
        {},
    ),
    "validation every second epoch": (
        regressor,
        lambda k: {"loss": "mse", "metrics": ["mae"]},
        (X, Y1),
        {
            "validation_data": (X[:7], Y1[:7], WEIGHTS[:7]),
            "validation_freq": 2,
            "epochs": 5,
            "validation_steps": 2,
            "validation_batch_size": 3,
        },
    ),
    "validation after listed epochs": (
        regressor,
        lambda k: {"loss": "mse"},
        (X, Y1),
        {"validation_split": 0.25, "validation_freq": [1, 4], "epochs": 4},
    ),
    "a later first epoch": (regressor, lambda k: {"loss": "mse"}, (X, Y1), {"initial_epoch": 2, "epochs": 5}),
    "steps per epoch over arrays": (
        regressor,
        lambda k: {"loss": "mse"},
        (X, Y1),
        {"steps_per_epoch": 2, "epochs": 3, "batch_size": 4},
    ),
    "data that run out within an epoch": (
        regressor,
        lambda k: {"loss": "mse"},
        (X, Y1),
        {"steps_per_epoch": 4, "epochs": 4, "batch_size": 4},
    ),
    "several steps per execution": (
        regressor,
        lambda k: {"loss": "mse", "metrics": ["mae"], "steps_per_execution": 3},
        (X, Y1),
        {"batch_size": 5},
    ),
    "no labels at all": (regressor, lambda k: {"loss": lambda y, p: p**2}, (X, np.zeros((N, 1), "float32")), {}),
}
