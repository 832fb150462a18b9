"""What `compile` keeps, configs, the functions of several steps, methods of older versions."""

import contextvars

import numpy as np
import pytest

import minikeras as keras

X = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")


def model():
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    made.compile("sgd", "mse", metrics=["mae"])
    return made


def test_metrics_and_their_names_before_fit():
    assert model().metrics_names == ["loss", "compile_metrics"]
    assert keras.Sequential([keras.layers.Dense(1)]).metrics_names == []


@pytest.mark.parametrize("steps_per_execution", [1, 2])
def test_made_functions_run_steps(steps_per_execution):
    ours, fitted = model(), model()
    ours.steps_per_execution = steps_per_execution
    batches = iter([(keras.Tensor(X[i : i + 4]), keras.Tensor(X[i : i + 4, :1])) for i in (0, 4, 8)])
    train = ours.make_train_function()
    while int(ours.optimizer.iterations) < 3:
        assert "loss" in train(batches)
    fitted.fit(X, X[:, :1], batch_size=4, shuffle=False, verbose=0)
    np.testing.assert_array_equal(ours.get_weights()[0], fitted.get_weights()[0])
    assert ours.make_train_function() is train
    assert ours.make_train_function(force=True) is not train


def test_a_test_and_a_predict_function_of_the_users_own():
    class Mine(keras.Sequential):
        def make_test_function(self, force=False):
            self.test_function = lambda iterator: {"batches": float(len(list(iterator)))}

        def make_predict_function(self, force=False):
            self.predict_function = lambda iterator: 2 * self.predict_step(next(iterator))

        def test_step(self, data):
            raise AssertionError("not compiled")

    made = Mine([keras.Input((3,)), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    assert made.evaluate(X, X[:, :1], verbose=0, return_dict=True) == {"batches": 1.0}
    np.testing.assert_allclose(made.predict(X, verbose=0), 2 * np.asarray(made(X)), rtol=1e-6)


def test_metrics_of_single_steps_are_computed_only_for_those_who_look():
    calls = []

    class Counting(keras.metrics.Mean):
        def result(self):
            calls.append(1)
            return super().result()

        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_pred)

    def results_in_fit(**arguments):
        made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        made.compile("sgd", "mse", metrics=[Counting()])
        calls.clear()
        made.fit(X, X[:, :1], batch_size=4, verbose=0, **arguments)
        return len(calls)

    class Looking(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            assert "mean" in logs

    assert results_in_fit() == 1
    assert results_in_fit(callbacks=[Looking()]) == 4


def test_after_a_failure_steps_report_everything():
    made = model()
    with pytest.raises(ValueError, match="shape"):
        made.fit(X[:, :2], X[:, :1], verbose=0)
    assert set(made.train_on_batch(X, X[:, :1], return_dict=True)) == {"loss", "mae"}


def test_methods_of_older_versions_still_compute():
    made = model()
    y, y_pred = X[:, :1], made(X)
    with pytest.warns(UserWarning, match="deprecated"):
        loss = made.compiled_loss(y, y_pred, regularization_losses=made.losses)
    assert float(loss) == pytest.approx(float(np.mean((y - np.asarray(y_pred)) ** 2)), rel=1e-5)
    with pytest.warns(UserWarning, match="deprecated"):
        logs = made.compiled_metrics.update_state(y, y_pred)
    assert "mae" in logs
    with pytest.raises(NotImplementedError):
        made.add_metric("mae")


def test_a_custom_compile_is_left_to_the_user():
    class Mine(keras.Sequential):
        def compile(self, distance):
            super().compile("sgd", "mse")

    made = Mine([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.warns(UserWarning, match="the class defines `compile`"):
        made.compile_from_config({"optimizer": "sgd"})
    assert not made.compiled


def test_unsafe_deserialization_must_be_enabled():
    with pytest.warns(UserWarning, match="is a `lambda` in what is saved"):
        config = keras.saving.serialize_keras_object(lambda x: x + 1)
    with pytest.raises(ValueError, match="lambda"):
        keras.saving.deserialize_keras_object(config)

    def read_unsafely():
        keras.config.enable_unsafe_deserialization()
        return keras.saving.deserialize_keras_object(config)(1)

    assert contextvars.copy_context().run(read_unsafely) == 2


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: model().compile(metrics="mae"), "list, tuple or dict"),
        (lambda: model().compile(loss="mse", loss_weights="a"), "numbers"),
        (lambda: keras.config.set_backend("jax"), "no other backend"),
        (lambda: model().compile(steps_per_execution=0), "at least 1"),
    ],
)
def test_mistakes_are_explained(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


def test_source_inputs():
    a, b = keras.Input((2,)), keras.Input((2,))
    y = keras.layers.Dense(2)(a) + b
    assert {id(x) for x in keras.utils.get_source_inputs(y)} == {id(a), id(b)}
    assert keras.utils.is_keras_tensor(y)
    assert not keras.utils.is_keras_tensor(X)


def test_a_loss_of_ones_own_stays_if_compile_gets_none():
    class Own(keras.Sequential):
        def __init__(self, layers):
            super().__init__(layers)
            self.loss = keras.losses.MeanAbsoluteError()

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return self.loss(y, y_pred)

    made = Own([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    made.compile("sgd")
    assert made.fit(X, np.ones((len(X), 1)), verbose=0).history["loss"] == [pytest.approx(1.0, abs=0.1)]
