"""What TensorFlow computes from a SavedModel that minikeras wrote."""

import numpy as np

import minikeras
from minikeras import tree

BATCHES = 1, 3, 7


def as_tensor(tf, x):
    return tf.constant(x.tolist(), tf.string) if x.dtype == object else tf.constant(x)


def deviation(tf, model, arrays, folder):
    """The largest difference of TensorFlow's outputs from minikeras's, relative to the largest output, for batches of
    several sizes.
    """
    model.export(folder, verbose=False)
    loaded = tf.saved_model.load(str(folder))
    is_batch = len({len(x) for x in arrays}) == 1
    found = []
    for size in BATCHES if is_batch else [None]:
        batch = [np.concatenate([x] * 7)[:size] for x in arrays] if is_batch else arrays
        inputs = tree.pack_sequence_as(model.input, batch)
        expected = [np.asarray(y) for y in tree.flatten(model(inputs, training=False))]
        results = loaded.serve(tree.map_structure(lambda x: as_tensor(tf, x), inputs))
        results = [np.asarray(y) for y in tree.flatten(results)]
        assert [(y.shape, y.dtype) for y in results] == [(y.shape, y.dtype) for y in expected]
        found += [_difference(*pair) for pair in zip(results, expected, strict=True)]
    return max(found)


def _difference(y, expected):
    if expected.dtype == object:
        return 0.0 if (y == expected).all() else 1.0
    y, expected = y.astype(float), expected.astype(float)
    assert np.array_equal(np.isfinite(y), np.isfinite(expected))
    most = np.max(np.abs(expected), initial=0)
    return float(np.max(np.abs(y - expected), initial=0) / (most or 1))


def dense_network(**arguments):
    """Two inputs, a BatchNormalization with statistics of its own."""
    keras = minikeras
    x = keras.Input((4,), name="features")
    h = keras.layers.Dense(3, activation="gelu", name="hidden")(x)
    h = keras.layers.BatchNormalization(name="normed")(h)
    y = keras.layers.Dense(2, activation="softmax", name="classes")(h)
    model = keras.Model(x, y, name="network", **arguments)
    for variable in model.variables:
        variable.assign(np.random.default_rng(0).uniform(0.2, 0.9, variable.shape))
    return model
