"""`keras.backend`: on symbolic tensors, in training, and the errors for functions that are gone."""

import numpy as np
import pytest

import minikeras
from minikeras import ops
from minikeras.compat import keras
from minikeras.compat.keras import backend as K  # noqa: N812 — its usual name
from minikeras.compat.keras.backend.removed import REMOVED
from minikeras.compat.tensorflow.variables import Variable

X = np.random.default_rng(0).random((2, 6, 4, 3)).astype("float32")

SYMBOLIC = [
    lambda x: K.mean(x, axis=-1),
    lambda x: K.sum(x, axis=(1, 2)),
    K.argmax,
    lambda x: K.relu(x, 0.1, 0.8, 0.05),
    K.hard_sigmoid,
    K.softmax,
    lambda x: K.l2_normalize(x, -1),
    K.batch_flatten,
    lambda x: K.concatenate([x, x]),
    lambda x: K.repeat(K.batch_flatten(x), 3),
    lambda x: K.repeat_elements(x, 2, 1),
    lambda x: K.batch_dot(K.batch_flatten(x), K.batch_flatten(x)),
    lambda x: K.dot(x, np.ones((3, 2), "float32")),
    lambda x: K.switch(x > 0.5, x, -x),
    lambda x: K.pool2d(x, (2, 2)),
    lambda x: K.resize_images(x, 2, 2, "channels_last"),
    lambda x: K.spatial_2d_padding(x),
    lambda x: K.categorical_crossentropy(x, x),
    lambda x: K.one_hot(K.argmax(x), 3),
    lambda x: K.reshape(x, (K.shape(x)[0], -1, 6)),
    lambda x: x + K.zeros((K.shape(x)[0], 1, 1, 1)),
    lambda x: K.map_fn(lambda image: image * 2, x),
]


@pytest.mark.parametrize("function", SYMBOLIC)
def test_functions_stand_in_functional_models(function):
    inputs = keras.Input((6, 4, 3))
    outputs = function(inputs)
    assert outputs.shape[0] is None
    received = keras.Model(inputs, outputs)(X)
    np.testing.assert_allclose(received, function(ops.convert_to_tensor(X)), rtol=1e-6)


def test_the_sampling_layer_of_a_variational_autoencoder_trains():
    def sample(parts):
        mean, log_variance = parts
        noise = K.random_normal(shape=(K.shape(mean)[0], K.int_shape(mean)[1]))
        return mean + K.exp(log_variance / 2) * noise

    inputs = keras.Input((5,))
    latent = keras.layers.Lambda(sample)([keras.layers.Dense(2)(inputs), keras.layers.Dense(2)(inputs)])
    model = keras.Model(inputs, keras.layers.Dense(5)(latent))
    model.compile("adam", lambda y_true, y_pred: K.mean(K.square(y_true - y_pred), axis=-1))
    x = np.random.default_rng(1).normal(size=(16, 5)).astype("float32")
    losses = model.fit(x, x, epochs=3, verbose=0).history["loss"]
    assert np.isfinite(losses).all()


def test_a_metric_written_with_the_backend():
    def recall(y_true, y_pred):
        hits = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
        return hits / (K.sum(K.round(K.clip(y_true, 0, 1))) + K.epsilon())

    y_true, y_pred = np.array([1.0, 1.0, 0.0]), np.array([0.9, 0.2, 0.8])
    assert float(recall(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred))) == pytest.approx(0.5, abs=1e-6)


def test_the_learning_rate_is_read_and_set():
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    K.set_value(model.optimizer.learning_rate, 0.25)
    assert K.get_value(model.optimizer.learning_rate) == 0.25
    assert float(model.optimizer.learning_rate) == 0.25


def test_zeros_ones_and_eye_are_variables():
    for made in (K.zeros((2, 2)), K.ones(3), K.eye(2), K.variable(1.0)):
        assert isinstance(made, Variable)
    assert not isinstance(K.constant(1.0), Variable)


def test_a_square_root_of_less_than_zero_is_zero():
    assert K.sqrt(ops.convert_to_tensor([-1e-9, 4.0])).numpy().tolist() == [0.0, 2.0]


def test_the_seed_repeats_random_numbers():
    keras.utils.set_random_seed(3)
    first = K.random_normal((4,)).numpy()
    keras.utils.set_random_seed(3)
    assert np.array_equal(K.random_normal((4,)).numpy(), first)
    assert not np.array_equal(K.random_normal((4,)).numpy(), first)


@pytest.mark.parametrize("name", sorted(REMOVED))
def test_what_keras_3_removed_says_what_to_use(name):
    with pytest.raises(AttributeError, match="Keras 3 removed it") as error:
        getattr(K, name)
    assert REMOVED[name] in str(error.value)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(AttributeError, match="Did you mean 'categorical_crossentropy'"):
        K.categorical_crosentropy  # noqa: B018


def test_minikeras_settings_are_the_backend_settings():
    K.set_epsilon(1e-4)
    try:
        assert minikeras.config.epsilon() == 1e-4
    finally:
        K.set_epsilon(1e-7)
    assert set(minikeras.backend.__all__) <= set(K.__all__)


REFUSED = [
    (lambda: K.batch_dot(np.ones((2, 3)), np.ones((3, 3))), "one batch size"),
    (lambda: K.batch_dot(np.ones(3), np.ones((3, 3))), "at least two axes"),
    (lambda: K.batch_dot(np.ones((2, 3)), np.ones((2, 4))), "same length"),
    (lambda: K.batch_dot(np.ones((2, 3)), np.ones((2, 3)), axes=0), "axis 0"),
    (lambda: K.batch_dot(np.ones((2, 3)), np.ones((2, 3)), axes=((1,), (1,))), "pair of integers"),
    (lambda: K.repeat(np.ones((2, 3, 4)), 2), "two axes"),
    (lambda: K.softmax(np.ones(3)), "two axes or more"),
    (lambda: K.pool2d(X, (2, 2), pool_mode="sum"), "'max' or 'avg'"),
    (lambda: K.bias_add(X, np.ones((2, 2))), "Expected it to be 1 or 3"),
    (lambda: K.categorical_crossentropy(np.ones((2, 3)), np.ones((2, 4))), "same shape"),
    (lambda: K.spatial_2d_padding(X, (1, 1, 1)), "pair"),
    (lambda: K.resize_images(X, 2, 2, "channels_middle"), "data_format"),
    (lambda: K.switch(np.ones((2, 2, 2), bool), np.ones(2), np.ones(2)), "more axes"),
    (lambda: K.batch_normalization(X, 0.0, 1.0, None, None, axis=1), "last axis"),
]


@pytest.mark.parametrize("call, words", REFUSED)
def test_errors_say_what_was_expected(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
