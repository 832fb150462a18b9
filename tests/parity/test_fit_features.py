"""Everything that `compile` and `fit` accept: the same names, orders and numbers as tf.keras's."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from tests.parity.backends import both
from tests.parity.comparing import TRAJECTORY, assert_close, assert_same_nested
from tests.rows import quick_rows

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


def train(keras, make, arguments, data, fit_arguments):
    """What a user sees of `fit` and `evaluate`."""
    model = make(keras)
    model.compile(optimizer="sgd", **arguments(keras))
    names = list(model.metrics_names)
    fit_arguments = {"epochs": 2, "batch_size": 7, "verbose": 0, **fit_arguments}
    history = model.fit(*data, **fit_arguments)
    weights = {key: fit_arguments[key] for key in ("sample_weight",) if key in fit_arguments}
    return {
        "names before fit": names,
        "history": history.history,
        "epochs": history.epoch,
        "params": history.params,
        "names": model.metrics_names,
        "metrics": [metric.name for metric in model.metrics],
        "evaluate": model.evaluate(*data, verbose=0, batch_size=7, **weights),
        "dict": model.evaluate(*data, verbose=0, batch_size=7, return_dict=True, **weights),
        "train_on_batch": model.train_on_batch(*data, **weights),
        "test_on_batch": model.test_on_batch(*data, return_dict=True, **weights),
        "weights": model.get_weights(),
    }


def assert_same_training(ours, theirs, name):
    for key in ("names before fit", "epochs", "params", "names", "metrics"):
        assert ours[key] == theirs[key], f"{name}: {key}"
    assert list(ours["history"]) == list(theirs["history"]), name
    for key in ("dict", "test_on_batch"):
        assert sorted(ours[key]) == sorted(theirs[key]), f"{name}: {key}"
    for key in ("history", "evaluate", "dict", "train_on_batch", "test_on_batch", "weights"):
        assert_same_nested("fit: compile and fit arguments", ours[key], theirs[key], TRAJECTORY, f"{name}: {key}")


QUICK = [
    *("one metric twice", "weights of time steps", "class weights", "two outputs, weights per output", "dict outputs"),
    *("validation every second epoch", "data that run out within an epoch", "several steps per execution"),
]


@pytest.mark.one_in(3)
@pytest.mark.filterwarnings(
    "ignore:(Gradients do not exist|These variables have no gradient)"
)  # an output without a loss
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("name", quick_rows(CASES, QUICK))
def test_compile_and_fit_arguments(name):
    ours, theirs = both(lambda keras: train(keras, *CASES[name]))
    assert_same_training(ours, theirs, name)


# --- data -----------------------------------------------------------------------------------------------------------


def py_dataset(keras, log=None, **settings):
    class Batches(keras.utils.PyDataset):
        def __init__(self):
            super().__init__(**settings)
            self.scale = 1.0

        def __len__(self):
            return 6

        def __getitem__(self, index):
            rows = slice(4 * index, 4 * index + 4)
            return self.scale * X[rows], Y1[rows]

        def on_epoch_end(self):
            self.scale *= 0.5

    return Batches()


def infinite(keras):
    while True:
        for start in range(0, N, 4):
            yield X[start : start + 4], Y1[start : start + 4]


def frames(keras):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(X, columns=list("abcd")), pandas.Series(Y1[:, 0])


DATA = {
    "PyDataset, in a shuffled order": (lambda k: [py_dataset(k)], {}),
    "PyDataset, in its own order": (lambda k: [py_dataset(k)], {"shuffle": False}),
    "PyDataset with threads": (lambda k: [py_dataset(k, workers=3, max_queue_size=2)], {"shuffle": False}),
    "PyDataset with class weights": (lambda k: [py_dataset(k)], {"class_weight": {0: 2.0, 1: 0.5}}),
    "infinite generator": (lambda k: [infinite(k)], {"steps_per_epoch": 4, "shuffle": False}),
    "pandas": (frames, {}),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", DATA)
def test_forms_of_data(name):
    data, arguments = DATA[name]

    def run(keras):
        model = regressor(keras)
        model.compile("adam", "mse", metrics=["mae"])
        history = model.fit(*data(keras), epochs=3, verbose=0, **arguments)
        return history.history, model.get_weights(), history.params

    ours, theirs = both(run)
    assert_same_nested("fit: forms of data", ours[:2], theirs[:2], TRAJECTORY, name)
    assert ours[2] == theirs[2]


@pytest.mark.filterwarnings("ignore:.*structure of")  # by which both mention the surplus
def test_an_input_dict_may_have_more_keys():
    def run(keras):
        a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
        model = keras.Model({"a": a, "b": b}, keras.layers.Dense(1)(a - b))
        model.compile("sgd", "mse")
        x = {"unused": Y1, "b": X, "a": 2 * X}
        return model.fit(x, Y1, verbose=0, epochs=2).history["loss"], model.predict(x, verbose=0)

    ours, theirs = both(run)
    assert_same_nested("fit: forms of data", ours, theirs, TRAJECTORY)


def test_mixed_precision():
    def run(keras):
        model = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(8, activation="relu", dtype="mixed_float16"),
                keras.layers.Dense(1, dtype="float32"),
            ]
        )
        model.dtype_policy = keras.DTypePolicy("mixed_float16")
        model.compile(keras.optimizers.SGD(0.05), "mse")
        history = model.fit(X, Y1, verbose=0, epochs=3, batch_size=8)
        return type(model.optimizer).__name__, history.history["loss"], model.get_weights(), model.predict(X, verbose=0)

    ours, theirs = both(run)
    assert ours[0] == theirs[0] == "LossScaleOptimizer"
    assert_same_nested("fit: mixed precision", ours[1:], theirs[1:], FLOAT16, "mixed_float16")


def test_compile_configs_agree():
    def run(keras):
        model = regressor(keras)
        before = model.get_compile_config()
        model.compile(
            keras.optimizers.Adam(0.1),
            loss=keras.losses.MeanSquaredError(),
            metrics=["mae", keras.metrics.Mean(name="m")],
            loss_weights=[2.0],
        )
        again = regressor(keras)
        again.compile_from_config(model.get_compile_config())
        return before, model.get_compile_config(), again.get_compile_config(), len(again.optimizer.variables)

    ours, theirs = both(run)
    ours[1]["optimizer"]["config"]["learning_rate"] = theirs[1]["optimizer"]["config"]["learning_rate"]
    ours[2]["optimizer"]["config"]["learning_rate"] = theirs[2]["optimizer"]["config"]["learning_rate"]
    assert ours == theirs


def test_limits_of_epochs_and_steps():
    def run(keras):
        keras.config.set_max_epochs(2)
        keras.config.set_max_steps_per_epoch(3)
        try:
            model = regressor(keras)
            model.compile("sgd", "mse")
            with pytest.warns(UserWarning, match="Limiting"):
                history = model.fit(X, Y1, epochs=5, batch_size=4, verbose=0)
            return history.epoch, history.params, history.history["loss"]
        finally:
            keras.config.set_max_epochs(None)
            keras.config.set_max_steps_per_epoch(None)

    ours, theirs = both(run)
    assert ours[:2] == theirs[:2]
    assert_close("fit: compile and fit arguments", ours[2], theirs[2], TRAJECTORY)


def test_a_train_function_of_the_users_own_is_called():
    def run(keras):
        calls = []

        class Mine(keras.Sequential):
            def make_train_function(self, force=False):
                def two_updates_per_batch(iterator):
                    calls.append("train_function")
                    batch = next(iterator)
                    self.train_step(batch)
                    return self.train_step(batch)

                self.train_function = two_updates_per_batch
                return self.train_function

        model = Mine([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=True)
        return model.fit(X, Y1, verbose=0, batch_size=8, epochs=2).history["loss"], calls

    ours, theirs = both(run)
    assert_close("fit: compile and fit arguments", ours[0], theirs[0], TRAJECTORY)
    assert ours[1] == theirs[1]
    assert len(ours[1]) == 6
