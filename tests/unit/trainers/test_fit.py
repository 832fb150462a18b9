"""compile, fit, evaluate, predict: data forms, loops, user-written steps, mistakes."""

import _thread
import threading

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = (X[:, 0] > 0).astype("int64")


def classifier(**compile_arguments):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((3,)), layers.Dense(8, activation="relu"), layers.Dense(2, activation="softmax")]
    )
    model.compile(
        **{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **compile_arguments}
    )
    return model


def test_fit_learns():
    history = classifier(optimizer=keras.optimizers.Adam(0.05)).fit(X, Y, epochs=20, verbose=0)
    assert history.history["accuracy"][-1] > 0.9
    assert history.history["loss"][-1] < history.history["loss"][0] / 2
    assert history.epoch == list(range(20))


@pytest.mark.parametrize(
    "x, y",
    [
        (keras.Tensor(X), keras.Tensor(Y)),
        (X.astype("float64"), Y.astype("float32")),
        (X, Y[:, None]),
    ],
    ids=["Tensors", "float64", "labels with an axis of 1"],
)
def test_forms_of_data_give_the_same_training(x, y):
    expected = classifier().fit(X, Y, verbose=0, epochs=2).history
    np.testing.assert_allclose(classifier().fit(x, y, verbose=0, epochs=2).history["loss"], expected["loss"], rtol=1e-6)


@pytest.mark.parametrize("x, y", [(X.tolist(), Y), (X, Y.tolist())])
def test_lists_of_numbers_are_refused_as_in_keras(x, y):
    for method in ("fit", "evaluate", "train_on_batch"):
        with pytest.raises(ValueError, match="is a list of numbers"):
            getattr(classifier(), method)(x, y)


def batches(n):
    for i in range(n):
        yield X[4 * i : 4 * i + 4], Y[4 * i : 4 * i + 4]


def test_generators_and_lists_of_batches():
    class Batches:
        def __iter__(self):
            return batches(10)

        def __len__(self):
            return 10

    expected = classifier().fit(X, Y, batch_size=4, shuffle=False, verbose=0).history["loss"]
    assert classifier().fit(batches(10), verbose=0).history["loss"] == expected
    assert classifier().fit(Batches(), verbose=0).history["loss"] == expected


def test_steps_per_epoch_goes_on_where_the_last_epoch_ended():
    model = classifier()
    model.fit(batches(10), steps_per_epoch=5, epochs=2, verbose=0)
    assert int(model.optimizer.iterations) == 10
    with pytest.warns(UserWarning, match="ran out of data after 2 batches"):
        classifier().fit(batches(2), steps_per_epoch=3, verbose=0)


def test_the_last_partial_batch_counts_by_its_samples():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse")
    y = np.array([1.0, 1.0, 1.0, 4.0])
    loss = model.evaluate(np.zeros((4, 1)), y, batch_size=3, verbose=0)
    assert loss == pytest.approx((3 * 1 + 16) / 4)


def test_validation_split_takes_the_last_samples():
    seen = {}

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.update(logs)

    model = classifier()
    model.fit(X, Y, validation_split=0.25, verbose=0, callbacks=[Look()])
    assert set(seen) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert seen["val_loss"] == pytest.approx(model.evaluate(X[30:], Y[30:], verbose=0)[0])


def test_several_inputs_and_outputs_by_name_and_place():
    def model_of(outputs):
        a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
        p, q = layers.Dense(1, name="p")(a), layers.Dense(2, name="q")(layers.Add()([a, b]))
        return keras.Model([a, b], outputs(p, q))

    listed = model_of(lambda p, q: [p, q])
    listed.compile("sgd", loss=["mse", "mae"], loss_weights=[1.0, 2.0], metrics=[["mae"], None])
    targets = [X[:, :1], X[:, :2]]
    logs = listed.fit([X, X], targets, batch_size=len(X), verbose=0).history  # p_loss weighs batches alike
    assert {"loss", "p_loss", "q_loss", "p_mae"} <= set(logs)
    in_one_batch = listed.evaluate([X, X], targets, batch_size=40, verbose=0, return_dict=True)
    assert in_one_batch["loss"] == pytest.approx(in_one_batch["p_loss"] + 2 * in_one_batch["q_loss"], rel=1e-5)
    listed.fit({"b": X, "a": X}, targets, verbose=0)
    named = model_of(lambda p, q: {"p": p, "q": q})
    named.compile("sgd", loss={"p": "mse", "q": "mae"})
    named.fit({"a": X, "b": X}, {"p": X[:, :1], "q": X[:, :2]}, verbose=0)
    predicted = named.predict({"a": X, "b": X}, verbose=0)
    assert {name: value.shape for name, value in predicted.items()} == {"p": (40, 1), "q": (40, 2)}


def test_an_own_train_step_is_used():
    class Own(keras.Sequential):
        def train_step(self, data):
            x, _ = data
            with keras.GradientTape() as tape:
                loss = keras.ops.mean(self(x, training=True) ** 2)
            self.optimizer.apply_gradients(
                zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables, strict=True)
            )
            return {"own": loss}

    model = Own([keras.Input((3,)), layers.Dense(2)])
    model.compile("sgd")
    assert list(model.fit(X, Y, verbose=0).history) == ["own"]


def test_losses_added_by_layers_need_no_compiled_loss():
    class Penalty(layers.Layer):
        def call(self, inputs):
            self.add_loss(keras.ops.mean(keras.ops.square(inputs)))
            return inputs

    model = keras.Sequential([keras.Input((3,)), layers.Dense(2), Penalty()])
    model.compile(keras.optimizers.SGD(0.1))
    losses = model.fit(X, verbose=0, epochs=3).history["loss"]
    assert losses[2] < losses[0]


def test_predict_of_all_batches_and_of_each_is_the_same():
    model = classifier()
    expected = model(X).numpy()
    seen = []
    watch = keras.callbacks.LambdaCallback(on_predict_batch_begin=lambda batch, logs: seen.append(batch))
    for batch_size in (7, 20, 40, 100):
        for callbacks in (None, [watch]):
            for _ in range(3):
                predicted = model.predict(X, batch_size=batch_size, verbose=0, callbacks=callbacks)
                np.testing.assert_allclose(predicted, expected, rtol=1e-5)
    assert seen == 3 * [0, 1, 2, 3, 4, 5] + 3 * [0, 1] + 6 * [0]


def test_a_step_of_prediction_may_end_it():
    class Once(keras.Model):
        def predict_step(self, data):
            self.stop_predicting = True
            return self(data)

    inputs = keras.Input((3,))
    model = Once(inputs, layers.Dense(2)(inputs))
    model.compile(run_eagerly=True)
    assert model.predict(X, batch_size=10, verbose=0).shape == (10, 2)


def test_train_on_batch_and_predict_on_batch():
    model = classifier()
    loss, accuracy = model.train_on_batch(X, Y)
    assert 0 <= accuracy <= 1
    assert loss > 0
    assert set(model.test_on_batch(X, Y, return_dict=True)) == {"loss", "accuracy"}
    np.testing.assert_allclose(model.predict_on_batch(X), model.predict(X, verbose=0), rtol=1e-5)


def test_frozen_layers_do_not_change():
    model = classifier()
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()
    model.fit(X, Y, verbose=0)
    for value, old in zip(model.layers[0].get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, old)


def test_the_same_seed_gives_the_same_run():
    runs = [classifier().fit(X, Y, epochs=2, verbose=0).history for _ in range(2)]
    assert runs[0] == runs[1]


def test_ctrl_c_leaves_a_usable_model():
    model = classifier()

    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 3:
                _thread.interrupt_main()

    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread only")
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=4, verbose=0, callbacks=[Interrupt()])
    assert int(model.optimizer.iterations) == 4  # the step under way was finished
    model.fit(X, Y, verbose=0)


def test_ctrl_c_ends_a_validation():
    batches = []

    class Interrupt(keras.callbacks.Callback):
        def on_test_batch_begin(self, batch, logs=None):
            batches.append(batch)
            _thread.interrupt_main()

    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread only")
    with pytest.raises(KeyboardInterrupt):
        classifier().fit(X, Y, batch_size=4, validation_data=(X, Y), verbose=0, callbacks=[Interrupt()])
    assert batches == [0]


def test_nan_is_reported_once_and_training_goes_on():
    x = X.copy()
    x[5, 1] = np.nan
    model = classifier()
    with pytest.warns(UserWarning, match="the inputs x.*NaN") as caught:
        model.fit(x, Y, epochs=2, verbose=0)
    told = [w for w in caught if "not a finite number" in str(w.message)]
    assert [w.filename for w in told] == [__file__]


def mistake(**fit_arguments):
    compile_arguments = fit_arguments.pop("compile", {})
    model = classifier(**compile_arguments)
    return model.fit(fit_arguments.pop("x", X), fit_arguments.pop("y", Y), verbose=0, **fit_arguments)


@pytest.mark.parametrize(
    "run, words",
    [
        (lambda: mistake(compile={"loss": "sparse_categorical_crossentropi"}), "sparse_categorical_crossentropy"),
        (lambda: mistake(compile={"optimizer": "adm"}), "adam"),
        (lambda: mistake(compile={"metrics": ["acuracy"]}), "accuracy"),
        (lambda: mistake(y=Y + 5), "out of range"),
        (lambda: mistake(y=np.eye(2)[Y]), "categorical_crossentropy"),
        (lambda: mistake(y=Y[:-1]), "x: 40, y: 39"),
        (lambda: mistake(x=X[:, :2]), "(32, 2)"),
        (lambda: keras.Sequential([layers.Dense(1)]).fit(X, Y), "compile()"),
        (lambda: mistake(x=None), "no data"),
        (lambda: mistake(class_weight={0: 1.0}, sample_weight=np.ones(40)), "not both"),
        (lambda: mistake(validation_split=0.999), "leaves no sample"),
        (lambda: mistake(validation_split=1.5), "validation_split=1.5"),
        (lambda: mistake(validation_split=-0.1), "validation_split=-0.1"),
        (lambda: mistake(x=keras.utils.PyDataset(), y=None, validation_split=0.1), "a PyDataset is none"),
        (lambda: mistake(x=X[:0], y=Y[:0]), "no samples"),
        (lambda: classifier().evaluate(X[:0], Y[:0]), "no samples"),
        (lambda: mistake(y=None), "Pass them as `y`"),
        (lambda: mistake(validation_data=X), "a tuple (x, y)"),
        (lambda: mistake(class_weight={"0": 1.0, "1": 2.0}), "the key '0'"),
        (lambda: mistake(batch_size=-3), "batch_size=-3"),
        (lambda: mistake(epochs="3"), "epochs='3'"),
        (lambda: keras.Input(28, 28), "shape=(28,)"),
        (lambda: keras.Input((28.5,)), "(28.5,)"),
        (lambda: keras.Input((-1,)), "(-1,)"),
        (lambda: keras.optimizers.Adam(lr=0.1), "learning_rate"),
        (lambda: layers.Dense(2, activation="rleu"), "relu"),
    ],
)
def test_mistakes_are_explained(run, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        run()
    message = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert words in message, message
    assert len(message) < 2000


def test_a_call_that_returns_nothing_is_explained():
    class Nothing(layers.Layer):
        def call(self, inputs):
            inputs + 1

    class NothingAtAll(keras.Model):
        def call(self, inputs):
            inputs + 1

    with pytest.raises(ValueError, match=r"Nothing 'nothing.*return"):
        keras.Sequential([keras.Input((3,)), Nothing(), layers.Dense(1)])
    model = NothingAtAll()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="returned None"):
        model.fit(X, Y, verbose=0)


def test_a_wrong_shape_names_the_sequential_model():
    model = classifier()
    with pytest.raises(ValueError, match=f"input of model '{model.name}'"):
        model.predict(X[:, :2], verbose=0)


def test_missing_flatten_is_explained():
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 2), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="Flatten"):
        model.fit(np.ones((5, 4, 4, 1)), np.zeros(5), verbose=0)


def test_values_that_compute_metrics_adds_are_in_the_history():
    class WithExtra(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "largest": keras.ops.max(x)}

    model = WithExtra()
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.arange(12, dtype="float32").reshape(6, 2) / 12
    history = model.fit(x, x[:, :1], batch_size=2, shuffle=False, verbose=0, validation_data=(x, x[:, :1])).history
    assert sorted(history) == ["largest", "loss", "mae", "val_largest", "val_loss", "val_mae"]
    assert history["largest"] == history["val_largest"] == [float(x.max())]


def test_a_step_that_reports_the_metrics_leaves_their_results_over_all_batches():
    class Sloppy(keras.Sequential):
        def train_step(self, data):
            return {name: 0.0 * value for name, value in super().train_step(data).items()}

    model = Sloppy([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="zeros", trainable=False)])
    model.compile("sgd", "mse", metrics=["mae"])
    ones = np.ones((6, 2), "float32")
    with pytest.warns(UserWarning, match="No weight of the model is trainable"):
        history = model.fit(ones, ones[:, :1], batch_size=2, verbose=0).history
    assert history == {"loss": [1.0], "mae": [1.0]}


def test_the_values_of_an_epoch_are_sorted_by_name_those_of_the_validation_among_them():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=[keras.metrics.MeanSquaredError(name="weighted")])
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    seen = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(list(logs)))
    history = model.fit(x, y, validation_data=(x, y), verbose=0, callbacks=[callback]).history
    names = ["loss", "mae", "val_loss", "val_mae", "val_weighted", "weighted"]
    assert list(history) == seen[0] == names


def test_a_negative_number_of_steps_is_none_and_cuts_no_arrays():
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert model.predict(x, batch_size=2, steps=-1, verbose=0).shape == (4, 1)
    for use in (lambda: model.fit(x, y, steps_per_epoch=-1), lambda: model.evaluate(x, y, steps=-1)):
        with pytest.raises(ValueError, match=r"1 or more\. Received: -1"):
            use()
