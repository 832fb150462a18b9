"""Many steps in one call of compiled code: the same training, and the same errors, as step by step."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.plans.repeat import Repeat

RNG = np.random.default_rng(0)
X = RNG.normal(size=(163, 6)).astype("float32")  # 20 full batches of 8, and 3 samples
Y = RNG.integers(0, 3, 163)


class Watch(keras.callbacks.Callback):
    """Is called at each batch, so that steps run one by one."""

    def on_train_batch_end(self, batch, logs=None):
        pass


class Count:
    """How many steps of training ran in each call."""

    def __init__(self, monkeypatch):
        self.calls = []
        run = Repeat.run

        def counted(repeat, *arguments):
            steps = run(repeat, *arguments)
            if repeat.plan.updates:
                self.calls.append(steps)
            return steps

        monkeypatch.setattr(Repeat, "run", counted)


def network(optimizer="adam", *more):
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, activation="relu"), *more, layers.Dense(3, activation="softmax")]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model, x=X, y=Y, **arguments):
    history = model.fit(x, y, batch_size=8, epochs=3, verbose=0, **arguments).history
    return history, model.get_weights(), model.evaluate(x, y, batch_size=8, verbose=0)


OPTIMIZERS = {
    "adam": lambda: "adam",
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9),
    "schedule": lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.05, 5, 0.5)),
    "decay": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "clipping and averages": lambda: keras.optimizers.Nadam(
        0.01, global_clipnorm=0.1, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=5
    ),
}


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_is_the_same_bit_for_bit(name, dtype, monkeypatch):
    step_by_step = fit(network(OPTIMIZERS[name](), layers.Dropout(0.2, seed=3)), y=Y.astype(dtype), callbacks=[Watch()])
    count = Count(monkeypatch)
    together = fit(network(OPTIMIZERS[name](), layers.Dropout(0.2, seed=3)), y=Y.astype(dtype))
    for one, other in zip(keras.tree.flatten(step_by_step), keras.tree.flatten(together), strict=True):
        np.testing.assert_array_equal(one, other)
    assert sum(count.calls) > 50


@pytest.mark.parametrize("columns", [False, True])
def test_a_wrong_label_is_met_in_its_step(columns):
    y = Y[:, None].copy() if columns else Y.copy()
    y[50] = 3
    weights = []
    for callbacks in ([Watch()], None):
        model = network()
        fit(model, y=Y[:, None] if columns else Y, callbacks=callbacks)
        with pytest.raises(ValueError, match=r"Label 3 is out of range.* at position \(2,\)"):
            fit(model, y=y, shuffle=False, callbacks=callbacks)
        assert int(model.optimizer.iterations) == 63 + 6
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_a_token_without_a_row_is_met_in_its_step(dtype, monkeypatch):
    count = Count(monkeypatch)
    tokens = RNG.integers(0, 9, (163, 4))
    wrong = tokens.copy()
    wrong[50, 2] = 9
    tokens[5, 1] = -2  # the last row but one
    for callbacks in ([Watch()], None):
        model = keras.Sequential(
            [
                keras.Input((4,), dtype=dtype),
                layers.Embedding(9, 5, name="words"),
                layers.Flatten(),
                layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        fit(model, x=tokens, callbacks=callbacks)
        with pytest.raises(ValueError, match="Embedding layer 'words' has rows for the tokens 0 to 8"):
            fit(model, x=wrong, shuffle=False, callbacks=callbacks)
        assert int(model.optimizer.iterations) == 63 + 6
    assert sum(count.calls) > 50


def test_arrays_with_gaps_run_step_by_step(monkeypatch):
    count = Count(monkeypatch)
    wide = np.repeat(X, 2, axis=1)[:, ::2]
    expected, actual = fit(network()), fit(network(), x=wide)
    for one, other in zip(keras.tree.flatten(expected), keras.tree.flatten(actual), strict=True):
        np.testing.assert_array_equal(one, other)
    assert 0 in count.calls


def two_inputs_and_outputs():
    keras.utils.set_random_seed(7)
    inputs = {"a": keras.Input((6,), name="a"), "b": keras.Input((6,), name="b")}
    x = layers.Dense(5, activation="relu")(layers.Add()([inputs["b"], layers.Dense(6)(inputs["a"])]))
    outputs = [layers.Dense(3, activation="softmax", name="kind")(x), layers.Dense(2, name="size")(x)]
    model = keras.Model(inputs, outputs)
    model.compile("sgd", ["sparse_categorical_crossentropy", "mse"], weighted_metrics=[["accuracy"], ["mae"]])
    return model


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_of_several_arrays(weighted, shuffle, monkeypatch):
    count = Count(monkeypatch)
    x, y = {"b": X, "a": X[::-1].copy()}, [Y, X[:, :2].copy()]
    weights = [np.linspace(0, 1, 163, dtype="float32"), np.linspace(1, 0, 163, dtype="float32")] if weighted else None
    results = []
    for callbacks in ([Watch()], []):
        model = two_inputs_and_outputs()
        arguments = {"batch_size": 8, "epochs": 3, "verbose": 0, "shuffle": shuffle, "callbacks": callbacks}
        history = model.fit(x, y, sample_weight=weights, **arguments).history
        values = model.evaluate(x, y, batch_size=8, verbose=0, sample_weight=weights)
        results.append([history, values, model.predict(x, batch_size=8, verbose=0), model.get_weights()])
    assert max(count.calls) > 1
    for one_by_one, together in zip(*map(keras.tree.flatten, results), strict=True):
        np.testing.assert_array_equal(one_by_one, together)


class GammaNoise(layers.Layer):
    """Draws numbers for which there are no jobs."""

    def call(self, inputs):
        return inputs * keras.random.gamma(inputs.shape, 2.0)


def test_a_plan_with_python_inside_does_not_repeat(monkeypatch):
    count = Count(monkeypatch)
    network("sgd", GammaNoise()).fit(X, Y, batch_size=8, epochs=2, verbose=0)
    assert count.calls == []


def test_a_number_that_is_none_is_found_in_its_batch():
    x = X.copy()
    x[50, 1] = np.nan
    model = network()
    fit(model)
    with pytest.warns(UserWarning, match="1 of the 48 values of the inputs x in this batch are NaN"):
        fit(model, x=x, shuffle=False)


def test_another_thread_may_stop_a_long_epoch(monkeypatch):
    model = network()
    fit(model)
    run = Repeat.run

    def stopped(repeat, *arguments):
        model.stop_training = True
        return run(repeat, *arguments)

    monkeypatch.setattr(Repeat, "run", stopped)
    before = int(model.optimizer.iterations)
    model.fit(X, Y, batch_size=8, epochs=5, verbose=0)
    assert before < int(model.optimizer.iterations) < before + 21
