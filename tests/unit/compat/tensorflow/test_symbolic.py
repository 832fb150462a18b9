"""tf functions on symbolic tensors: they make nodes of functional models, also where a shape depends on the batch."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.compat import tensorflow as tf
from minikeras.compat.namespaces import namespace_shim
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 4, 3)).astype("float32")
IDS = RNG.integers(0, 4, (5, 2)).astype("int32")


@pytest.fixture(autouse=True)
def installed():
    with tensor_attributes_installed():
        yield


# what is computed of x (batch, 4, 3), and the static shape of the result
CALLS = {
    "relu": (tf.nn.relu, (None, 4, 3)),
    "operators": (lambda x: 2 * x + tf.ones((3,)) - tf.reduce_mean(x), (None, 4, 3)),
    "reduce": (lambda x: tf.reduce_sum(tf.square(x), axis=[1, 2]), (None,)),
    "reshape to constants": (lambda x: tf.reshape(x, (-1, 12)), (None, 12)),
    "reshape to the batch": (lambda x: tf.reshape(x, (tf.shape(x)[0], 12)), (None, 12)),
    "reshape to a shape": (lambda x: tf.reshape(tf.transpose(x, [0, 2, 1]), tf.shape(x)), (None, 4, 3)),
    "reshape by a known length": (lambda x: tf.reshape(x, [-1, tf.shape(x)[1] * tf.shape(x)[2]]), (None, 12)),
    "zeros of the batch": (lambda x: tf.zeros((tf.shape(x)[0], 7)), (None, 7)),
    "ones and fill": (lambda x: tf.ones(tf.shape(x)) + tf.fill(tf.shape(x), 2.0), (None, 4, 3)),
    "broadcast": (lambda x: tf.broadcast_to(tf.range(2.0), [tf.shape(x)[0], 2]), (None, 2)),
    "tile": (lambda x: tf.tile(tf.constant([[1.0, 2.0]]), [tf.shape(x)[0], 1]), (None, 2)),
    "range": (lambda x: tf.range(tf.shape(x)[0]), (None,)),
    "shape unpacked": (lambda x: tf.reshape(x, [tf.unstack(tf.shape(x))[0], -1]), (None, None)),
    "rank and size": (
        lambda x: tf.reduce_mean(x) + tf.cast(tf.size(x), "float32") + tf.cast(tf.rank(x), "float32"),
        (),
    ),
    "concat": (lambda x: tf.concat([x, x[:, :1]], axis=1), (None, 5, 3)),
    "stack": (lambda x: tf.stack([x, x * 2], axis=-1), (None, 4, 3, 2)),
    "split": (lambda x: tf.split(x, 2, axis=1)[1], (None, 2, 3)),
    "unstack": (lambda x: tf.unstack(x, axis=1)[0], (None, 3)),
    "gather": (lambda x: tf.gather(x, [0, 2], axis=1), (None, 2, 3)),
    "gather of the batch": (lambda x: tf.gather(x, tf.argmax(x, axis=1), batch_dims=1), (None, 3, 3)),
    "boolean_mask": (lambda x: tf.boolean_mask(x, x[:, 0, 0] > 0), (None, 4, 3)),
    "where": (lambda x: tf.where(x > 0, x, tf.zeros_like(x)), (None, 4, 3)),
    "where true": (lambda x: tf.where(x > 0), (None, 3)),
    "one_hot": (lambda x: tf.one_hot(tf.argmax(x, axis=-1), 3), (None, 4, 3)),
    "top_k": (lambda x: tf.math.top_k(x, 2).values, (None, 4, 2)),
    "matmul": (lambda x: tf.matmul(x, x, transpose_b=True), (None, 4, 4)),
    "einsum": (lambda x: tf.einsum("bij,bkj->bik", x, x), (None, 4, 4)),
    "expand and squeeze": (lambda x: tf.squeeze(tf.expand_dims(x, 1), axis=1), (None, 4, 3)),
    "cast": (lambda x: tf.cast(x > 0, tf.float32), (None, 4, 3)),
    "conv1d": (lambda x: tf.nn.conv1d(x, np.ones((2, 3, 5), "float32"), 1, "SAME"), (None, 4, 5)),
    "moments": (lambda x: tf.nn.moments(x, [1])[1], (None, 3)),
    "normalize": (lambda x: tf.math.l2_normalize(x, axis=-1), (None, 4, 3)),
    "clip": (lambda x: tf.clip_by_value(x, -0.5, 0.5), (None, 4, 3)),
    "pad": (lambda x: tf.pad(x, [[0, 0], [1, 1], [0, 0]]), (None, 6, 3)),
    "cumsum": (lambda x: tf.cumsum(x, axis=1, exclusive=True), (None, 4, 3)),
    "sequence_mask": (lambda x: tf.sequence_mask(tf.cast(x[:, 0, 0] > 0, "int32"), 3), (None, 3)),
    "slice to the batch": (lambda x: tf.slice(x, [0, 1, 0], [tf.shape(x)[0], 2, 3]), (None, 2, 3)),
    "ensure_shape": (lambda x: tf.ensure_shape(x, (None, 4, 3)), (None, 4, 3)),
    "linear algebra": (
        lambda x: tf.linalg.trace(tf.linalg.band_part(tf.matmul(x, x, transpose_a=True), 1, 0)),
        (None,),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_functional_models_compute_what_the_function_does(name):
    call, shape = CALLS[name]
    inputs = keras.Input((4, 3))
    outputs = call(inputs)
    assert tuple(outputs.shape) == shape
    model = keras.Model(inputs, outputs)
    expected = call(tf.constant(X))
    result = model(tf.constant(X))
    assert result.dtype == outputs.dtype == expected.dtype
    np.testing.assert_allclose(np.asarray(result), np.asarray(expected), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", CALLS)
def test_layers_infer_their_output_shape_through_tf_functions(name):
    call, shape = CALLS[name]

    class Custom(keras.layers.Layer):
        def call(self, x):
            assert x.shape.as_list() == x.get_shape().as_list()
            assert x.dtype.is_floating
            return call(x)

    outputs = Custom()(keras.Input((4, 3)))
    assert tuple(outputs.shape) == shape


def test_a_sampling_layer_of_a_variational_autoencoder():
    class Sampling(keras.layers.Layer):
        def call(self, inputs):
            mean, log_variance = inputs
            batch, width = tf.shape(mean)[0], tf.shape(mean)[1]
            return mean + tf.exp(0.5 * log_variance) * tf.random.normal(shape=(batch, width))

    inputs = keras.Input((3,))
    mean, log_variance = keras.layers.Dense(2)(inputs), keras.layers.Dense(2)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(3)(Sampling()([mean, log_variance])))
    assert model(X[:, 0]).shape == (5, 3)


def test_gradients_flow_through_the_nodes():
    inputs = keras.Input((4, 3))
    hidden = tf.reshape(inputs, (tf.shape(inputs)[0], 12))
    model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    model.compile("sgd", "mse")
    before = model.get_weights()[0]
    model.fit(X, np.ones((5, 1)), verbose=0)
    assert not np.array_equal(before, model.get_weights()[0])


def test_a_model_with_such_nodes_goes_through_its_config():
    inputs = keras.Input((4, 3))
    hidden = tf.reshape(inputs, (tf.shape(inputs)[0], 12)) + tf.zeros((tf.shape(inputs)[0], 1))
    model = keras.Model(inputs, tf.nn.relu(hidden))
    again = keras.models.model_from_json(model.to_json())
    np.testing.assert_array_equal(np.asarray(again(X)), np.asarray(model(X)))


def test_a_symbolic_axis_is_an_error_that_says_so():
    x = keras.Input((4, 3))
    with pytest.raises(TypeError, match="symbolic"):
        tf.one_hot([1, 2], tf.shape(x)[0])


def _in_a_layer(function, *shapes, dtypes=("float32", "int32")):
    class Inside(keras.layers.Layer):
        def call(self, *inputs):
            return function(*inputs)

    inputs = [keras.Input(shape, dtype=dtype) for shape, dtype in zip(shapes, dtypes, strict=False)]
    return [tuple(y.shape) for y in keras.tree.flatten(Inside()(*inputs))]


NAMES = namespace_shim("tensorflow")
NEED_VALUES = {  # functions that need values, in a layer's `call`: the shapes of the results, as TensorFlow infers them
    "parts": (lambda x, i: NAMES.dynamic_partition(x, i, 2), [(4,), ()], [(None, 4), (None, 4)]),
    "counts": (lambda x, i: NAMES.math.bincount(i), [(4,), ()], [(None,)]),
    "frames of a signal of any length": (
        lambda x: NAMES.signal.frame(x, 8, 4, pad_end=True),
        [(None,)],
        [(None, None, 8)],
    ),
    "spectrum": (lambda x: NAMES.abs(NAMES.signal.stft(x, 16, 8)), [(None,)], [(None, None, 9)]),
    "frames of 32": (lambda x: NAMES.signal.frame(x, 8, 4), [(32,)], [(None, 7, 8)]),
    "best boxes": (
        lambda b, s: NAMES.image.combined_non_max_suppression(b[:, :, None], s, 5, 6),
        [(9, 4), (9, 2)],
        [(None, 6, 4), (None, 6), (None, 6), (None,)],
    ),
    "looked up": (
        lambda x: NAMES.lookup.StaticHashTable(NAMES.lookup.KeyValueTensorInitializer([1.0], [2]), 0).lookup(x),
        [(3,)],
        [(None, 3)],
    ),
    "sparse": (lambda x: NAMES.sparse.to_dense(NAMES.sparse.from_dense(x)), [(4,)], [(None, 4)]),
}


@pytest.mark.parametrize("name", NEED_VALUES)
def test_functions_that_need_values_have_shapes_in_a_layer(name):
    function, shapes, results = NEED_VALUES[name]
    dtypes = ("float32", "float32") if name == "best boxes" else ("float32", "int32")
    assert _in_a_layer(function, *shapes, dtypes=dtypes) == results


def test_spectra_of_any_length_are_computed():
    signal = keras.Input((None,))
    model = keras.Model(signal, NAMES.abs(NAMES.signal.stft(signal, 16, 8)))
    for length in (40, 64):
        x = RNG.normal(size=(2, length)).astype("float32")
        np.testing.assert_allclose(model(x), np.abs(NAMES.signal.stft(x, 16, 8)), rtol=1e-5, atol=1e-5)


def test_lists_that_hold_tensors_of_another_dtype_are_shapes():
    """TensorFlow packs them into int32: lengths computed by `/` and `tf.math.ceil` are floats."""
    half = NAMES.math.ceil(NAMES.constant(7) / 2)
    assert half.dtype == "float64"
    assert NAMES.tile(np.ones((1, 2)), [half, 1]).shape == (4, 2)
    assert NAMES.reshape(np.ones(8), [half, -1]).shape == (4, 2)
    assert NAMES.zeros([half, 3]).shape == (4, 3) == NAMES.fill([half, 3], 1.0).shape
    assert NAMES.image.resize(np.ones((2, 2, 1)), [half, 3]).shape == (4, 3, 1)
    turn = NAMES.convert_to_tensor([[NAMES.cos(np.float64(0)), 0.0], [0.0, half]], dtype="float32")
    assert turn.dtype == "float32"
    np.testing.assert_array_equal(turn, [[1, 0], [0, 4]])
    with pytest.raises(NAMES.errors.InvalidArgumentError):
        NAMES.tile(np.ones((1, 2)), NAMES.stack([half, half]))  # a tensor is not cast
