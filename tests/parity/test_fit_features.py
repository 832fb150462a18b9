"""Everything that `compile` and `fit` accept: the same names, orders and numbers as tf.keras's."""

import pytest

from tests.parity.backends import both
from tests.parity.comparing import TRAJECTORY, assert_close, assert_same_nested, needs_half_precision
from tests.parity.fit_cases import CASES, FLOAT16, Y1, N, X, regressor
from tests.rows import quick_rows

pytest.importorskip("tensorflow")


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
@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # an output without a loss
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
    needs_half_precision("float16")

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


def test_the_logs_of_a_step_of_ones_own_keep_their_places():
    """A dict among the values of a step, as the metrics of `compile` are one, is spliced in where its name comes."""

    def make(module):
        class Own(module.Model):
            def train_step(self, data):
                super().train_step(data)
                return {"zeta": 1.0, "loss": 2.0, "inner": {"mae": 3.0, "accuracy": 4.0}}

        x = module.Input(X.shape[1:])
        model = Own(x, module.layers.Dense(1)(x))
        model.compile("sgd", "mse", metrics=["mae"])
        return list(model.fit(X, Y1, validation_data=(X, Y1), verbose=0).history)

    ours, theirs = both(make)
    assert ours[:4] == ["accuracy", "mae", "loss", "val_loss"]
    assert ours == theirs
