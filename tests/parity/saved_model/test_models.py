"""SavedModels of tf.keras, run here: `TFSMLayer` and `tf.saved_model.load` give the outputs that TensorFlow's give."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from minikeras.compat import tensorflow as namespace  # noqa: E402
from tests.parity.saved_model.models import MODELS  # noqa: E402

ROUNDING = 1e-4  # of float32, through several layers
HALF = 1e-2  # of float16

pytestmark = pytest.mark.filterwarnings("ignore:.*got an unexpected keyword:DeprecationWarning")  # of AutoGraph


def exported(name, folder):
    """The model of tf.keras, with weights of which none is zero, and its inputs' specs."""
    keras.utils.set_random_seed(1)
    model = MODELS[name](keras)
    random = np.random.RandomState(3)
    for weight in model.weights:
        if weight.dtype.startswith("float"):
            weight.assign(weight + 0.05 * random.randn(*weight.shape))
    model.export(folder, verbose=False)
    return model


def values(spec, batch, random):
    shape = [(batch if axis == 0 else 5) if length is None else length for axis, length in enumerate(spec.shape)]
    dtype = tf.as_dtype(spec.dtype)
    if dtype == tf.string:
        return random.choice(np.array(["a", "b", "hello world", "World, hello zz"], object), shape)
    return (
        random.randint(0, 8, shape).astype(dtype.name) if dtype.is_integer else random.randn(*shape).astype(dtype.name)
    )


def inputs_of(model, batch, random):
    structure = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    return keras.tree.map_structure(lambda x: values(x, batch, random), structure)


def compare(found, expected, tolerance):
    pairs = list(zip(minikeras.tree.flatten(found), keras.tree.flatten(expected), strict=True))
    assert pairs
    for y, theirs in pairs:
        assert y.dtype == theirs.dtype.name
        assert tuple(y.shape) == tuple(theirs.shape)
        if theirs.dtype == tf.string:
            assert y.numpy().tolist() == theirs.numpy().tolist()
        else:
            np.testing.assert_allclose(y.numpy(), theirs.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", MODELS)
def test_model(name, tmp_path):
    model = exported(name, tmp_path)
    layer, loaded = minikeras.layers.TFSMLayer(tmp_path), namespace.saved_model.load(tmp_path)
    theirs = tf.saved_model.load(str(tmp_path))
    signature, expected = loaded.signatures["serving_default"], theirs.signatures["serving_default"]
    variables = sorted(expected.variables, key=lambda v: not v.trainable)
    assert [w.shape for w in layer.weights] == [tuple(v.shape) for v in variables]
    tolerance = HALF if name == "mixed precision" else ROUNDING
    for batch in (1, 3, 7):
        random = np.random.RandomState(batch)
        inputs = inputs_of(model, batch, random)
        outputs = theirs.serve(keras.tree.map_structure(tf.constant, inputs))
        ours = minikeras.tree.map_structure(minikeras.ops.convert_to_tensor, inputs)
        if name != "augmentation" or batch == 1:  # later, the other two have drawn more random numbers
            compare(layer(ours), outputs, tolerance)
        compare(loaded.serve(ours), outputs, tolerance)
        by_name = {key: values(spec, batch, random) for key, spec in expected.structured_input_signature[1].items()}
        found = signature(**by_name)
        served = expected(**{key: tf.constant(value) for key, value in by_name.items()})
        assert found.keys() == served.keys()
        compare(found, {key: served[key] for key in found}, tolerance)


def test_layer_in_a_model_that_learns(tmp_path):
    """Gradients of all weights, and three steps of SGD in one plan, against TensorFlow's `TFSMLayer`."""
    exported("batch normalization", tmp_path)
    x, y = np.random.RandomState(0).randn(8, 6, 6, 3).astype("f"), np.ones((8, 1), "f")
    losses = []
    for library, kwargs in ((keras, {}), (minikeras, {})):
        library.utils.set_random_seed(5)
        layer = library.layers.TFSMLayer(str(tmp_path))
        dense = library.layers.Dense(1, kernel_initializer="ones")
        model = library.Sequential([library.Input((6, 6, 3)), layer, dense])
        model.compile(library.optimizers.SGD(0.1), "mse", **kwargs)
        history = model.fit(x, y, batch_size=8, epochs=5, verbose=0, shuffle=False).history["loss"]
        losses.append((history, [w.numpy() for w in model.weights], [w.name for w in layer.weights]))
    (expected, weights, names), (found, own, own_names) = losses
    assert names == own_names
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)
    for a, b in zip(own, weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("name", ["lstm", "attention"])
def test_gradients(name, tmp_path):
    model = exported(name, tmp_path)
    layer, theirs = minikeras.layers.TFSMLayer(tmp_path), keras.layers.TFSMLayer(str(tmp_path))
    inputs = inputs_of(model, 4, np.random.RandomState(0))
    with tf.GradientTape() as tape:
        loss = sum(tf.reduce_sum(y**2) for y in keras.tree.flatten(theirs(inputs)))
    expected = tape.gradient(loss, [w.value for w in theirs.trainable_weights])
    with minikeras.GradientTape() as own_tape:
        loss = sum(minikeras.ops.sum(y**2) for y in minikeras.tree.flatten(layer(inputs)))
    found = own_tape.gradient(loss, layer.trainable_weights)
    for dw, dw_theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(dw.numpy(), dw_theirs.numpy(), rtol=1e-3, atol=1e-4)
