"""Data sets of the shim in `fit`, `evaluate` and `predict` of minikeras, as live ones in those of tf.keras."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.backends import both, copy_weights  # noqa: E402
from tests.parity.comparing import STEPS, assert_close, assert_same_nested  # noqa: E402

# Both sides warn whenever `shuffle` is not False, which is the default.
pytestmark = pytest.mark.filterwarnings("ignore:`shuffle=True`:UserWarning")

GROUP = "compat: tf.data in fit"
SIDES = ((shim, minikeras), (tf, keras))
RNG = np.random.default_rng(5)
X = RNG.normal(size=(50, 4)).astype("float32")
Y = RNG.integers(0, 3, 50)
WEIGHTS = RNG.random(50).astype("float32")


def models():
    """The same model on both sides, with the same weights."""

    def make(keras):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"])
        return model

    ours, theirs = both(make)
    copy_weights(theirs, ours)
    return ours, theirs


def slices(tf, *parts):
    return tf.data.Dataset.from_tensor_slices(parts)


def shuffled(tf):
    return slices(tf, X, Y).shuffle(20, seed=1).batch(8)


# name → the data set and the arguments of `fit`
FITS = {
    "batches": (lambda tf: slices(tf, X, Y).batch(8), {}),
    "shuffled again in each epoch": (shuffled, {}),
    "prefetched": (lambda tf: shuffled(tf).prefetch(tf.data.AUTOTUNE), {}),
    "mapped": (lambda tf: slices(tf, X, Y).map(lambda x, y: (x * 2, y)).cache().shuffle(50, seed=2).batch(16), {}),
    "with weights": (lambda tf: slices(tf, X, Y, WEIGHTS).batch(8), {}),
    "class weights": (lambda tf: slices(tf, X, Y).batch(8), {"class_weight": {0: 0.5, 1: 2.0, 2: 1.0}}),
    "without end": (lambda tf: shuffled(tf).repeat(), {"steps_per_epoch": 5}),
    "over several epochs": (lambda tf: slices(tf, X, Y).batch(8).repeat(3), {"steps_per_epoch": 7}),
    "float64": (lambda tf: slices(tf, X.astype("float64"), Y).batch(8), {}),
    "of a generator": (
        lambda tf: tf.data.Dataset.from_generator(
            lambda: zip(X, Y, strict=True), output_signature=(tf.TensorSpec([4]), tf.TensorSpec([], tf.int64))
        ).batch(8),
        {},
    ),
    "not shuffled by fit": (lambda tf: slices(tf, X, Y).batch(8), {"shuffle": True}),
}


# Keras warns after the first epoch of data whose length it did not know. There is nothing to warn of.
@pytest.mark.one_in(3)
@pytest.mark.filterwarnings("ignore:Your input ran out of data; interrupting training:UserWarning")
@pytest.mark.parametrize("name", FITS)
def test_fit(name):
    make, arguments = FITS[name]
    histories = []
    for (tf_module, _), model in zip(SIDES, models(), strict=True):
        validation = slices(tf_module, X[:20], Y[:20]).batch(6)
        history = model.fit(make(tf_module), epochs=3, validation_data=validation, verbose=0, **arguments)
        histories.append((history.history, {k: history.params[k] for k in ("epochs", "steps")}))
    assert_same_nested(GROUP, histories[0][0], histories[1][0], STEPS, name)
    assert histories[0][1] == histories[1][1]


@pytest.mark.parametrize("steps", [None, 2])
def test_evaluate_and_predict(steps):
    results = []
    for (tf_module, _), model in zip(SIDES, models(), strict=True):
        data = slices(tf_module, X, Y).batch(8)
        results.append(
            (model.evaluate(data, verbose=0, steps=steps), model.predict(data, verbose=0, steps=steps),
             model.predict(tf_module.data.Dataset.from_tensor_slices(X).batch(9), verbose=0))
        )  # fmt: skip
    for ours, theirs in zip(*results, strict=True):
        assert_close(GROUP, np.asarray(ours), np.asarray(theirs), STEPS)


def test_several_inputs_by_name():
    predictions = []
    for (tf_module, keras_module), seed in zip(SIDES, (7, 7), strict=True):
        keras_module.utils.set_random_seed(seed)
        a, b = keras_module.Input((4,), name="a"), keras_module.Input((4,), name="b")
        model = keras_module.Model({"a": a, "b": b}, keras_module.layers.Dense(1)(keras_module.layers.Add()([a, b])))
        model.compile("sgd", "mse")
        data = slices(tf_module, {"b": X, "a": 2 * X}, Y).batch(10)
        model.fit(data, epochs=2, verbose=0)
        predictions.append(model.predict(data, verbose=0))
    assert_close(GROUP, *predictions, STEPS)


def test_data_that_run_out_are_reported_on_both_sides():
    for (tf_module, _), model in zip(SIDES, models(), strict=True):
        with pytest.warns(UserWarning, match="ran out of data"):
            model.fit(slices(tf_module, X, Y).batch(25), epochs=2, steps_per_epoch=3, verbose=0)


def test_fit_says_that_it_does_not_shuffle_a_data_set():
    for (tf_module, _), model in zip(SIDES, models(), strict=True):
        with pytest.warns(UserWarning, match="`shuffle=True` (was passed|has no effect)"):
            model.fit(slices(tf_module, X, Y).batch(25), verbose=0)


def test_class_weights_beside_sample_weights_are_refused():
    for (tf_module, _), model in zip(SIDES, models(), strict=True):
        with pytest.raises(ValueError, match=r"at the same time|both give samples weights"):
            model.fit(slices(tf_module, X, Y, WEIGHTS).batch(8), class_weight={0: 1.0, 1: 2.0, 2: 3.0}, verbose=0)


def test_labels_beside_a_data_set_are_refused():
    for (tf_module, _), model in zip(SIDES, models(), strict=True):
        with pytest.raises(ValueError, match="`y`"):
            model.fit(slices(tf_module, X, Y).batch(8), Y, verbose=0)
