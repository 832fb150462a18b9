"""What people's own layers do with `tf` functions in a functional model, against the live TensorFlow."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from minikeras.compat import namespaces  # noqa: E402

shim = namespaces.namespace_shim("tensorflow")

# function(tf, keras, inputs…), shapes of the inputs, their dtypes
CALLS = {
    "spectrum": (lambda t, k, x: t.abs(t.signal.stft(t.squeeze(x, -1), 32, 16)), [(None, 1)], "float32"),
    "spectrum, padded": (lambda t, k, x: t.abs(t.signal.stft(x, 32, 16, pad_end=True)), [(None,)], "float32"),
    "partition": (lambda t, k, x, i: t.dynamic_partition(x, i, 3), [(4,), ()], "float32 int32"),
    "bincount": (lambda t, k, i: t.math.bincount(i), [()], "int32"),
    "selection": (lambda t, k, x: t.boolean_mask(x, x[:, 0] > 0), [(4,)], "float32"),
    "positions": (lambda t, k, x: t.where(x > 0), [(4,)], "float32"),
    "repeats": (lambda t, k, x, i: t.repeat(x, i, axis=0), [(4,), ()], "float32 int32"),
    "best boxes": (
        lambda t, k, b, s: t.image.combined_non_max_suppression(b[:, :, None], s, 7, 8, 0.5, 0.1),
        [(9, 4), (9, 3)],
        "float32 float32",
    ),
    "sparse": (lambda t, k, x: t.sparse.to_dense(t.sparse.from_dense(x)), [(4,)], "float32"),
    "ragged": (lambda t, k, x: t.RaggedTensor.from_tensor(x).to_tensor(), [(4,)], "float32"),
    "length as an element": (
        lambda t, k, x: k.ops.cast(k.ops.shape(x)[1], "int64") * k.ops.ones((k.ops.shape(x)[0], 1), dtype="int64"),
        [(None,)],
        "float32",
    ),
    "segments": (lambda t, k, x, i: t.math.unsorted_segment_sum(x, i, t.shape(x)[0]), [(4,), ()], "float32 int32"),
    "wrong shapes": (lambda t, k, x: t.matmul(x, t.ones((7, 2))), [(3,)], "float32"),
}


def _shapes(t, k, function, shapes, dtypes):
    class Inside(k.layers.Layer):
        def call(self, *inputs):
            return function(t, k, *inputs)

    inputs = [k.Input(shape, dtype=dtype) for shape, dtype in zip(shapes, dtypes.split(), strict=True)]
    try:
        return [(tuple(y.shape), str(y.dtype)) for y in k.tree.flatten(Inside()(*inputs))]
    except Exception as error:
        return type(error).__name__


@pytest.mark.parametrize("name", CALLS)
def test_shapes_are_inferred(name):
    assert _shapes(shim, minikeras, *CALLS[name]) == _shapes(tf, keras, *CALLS[name])


SPARSE = ("abs", "negative", "sign", "square", "sqrt", "tanh", "erf", "bessel_i0e", "bessel_i1e", "exp", "relu")


@pytest.mark.parametrize("name", [*SPARSE, "cast", "shape", "size", "rank", "reduce_sum", "transpose"])
def test_functions_of_sparse_tensors(name):
    def result(t):
        x = t.sparse.from_dense(np.array([[1.0, 0, 2.5], [0, 3, 0]], "float32"))
        try:
            if name == "cast":
                y = t.cast(x, t.int64)
            else:
                y = (getattr(t.math, name, None) or getattr(t, name, None) or getattr(t.nn, name))(x)
        except (TypeError, ValueError):
            return None
        return (y.values if isinstance(y, t.SparseTensor) else y), type(y).__name__.removeprefix("Eager")

    ours, theirs = result(shim), result(tf)
    assert (ours is None) == (theirs is None)
    if ours is not None:
        assert ours[1] == theirs[1]
        assert str.__str__(ours[0].dtype) == theirs[0].dtype.name
        np.testing.assert_allclose(np.asarray(ours[0]), theirs[0].numpy(), rtol=1e-6)


def _gradients_of_frozen(t, k):
    """Which weights have gradients: frozen after, before and while they are made, and a variable made untrainable."""
    x = np.ones((1, 3), "float32")
    after, before, normal = k.layers.Dense(2), k.layers.Dense(2), k.layers.BatchNormalization()
    for layer in (after, normal):
        layer(x)
        layer.trainable = False
    before.trainable = False
    fixed = k.Variable(1.0, trainable=False)
    with t.GradientTape(persistent=True) as tape:
        y = t.reduce_sum(before(x) + after(x)) * 2 + t.reduce_sum(normal(x, training=True)) + fixed * 1.0
    return [g is None for g in tape.gradient(y, [*after.weights, *before.weights, *normal.weights, fixed])]


def test_gradients_of_frozen_layers():
    assert _gradients_of_frozen(shim, minikeras) == _gradients_of_frozen(tf, keras)


def _added_losses(k):
    class Endpoint(k.layers.Layer):
        def call(self, x):
            self.add_loss(k.ops.square(x))
            return x

    x = k.Input((2,))
    model = k.Model(x, Endpoint()(k.layers.Dense(2, kernel_initializer="ones")(x)))
    model.compile(k.optimizers.SGD(1e-4))
    data = np.arange(14, dtype="float32").reshape(7, 2) / 10
    return model.fit(data, batch_size=3, epochs=3, verbose=0, shuffle=False).history["loss"], model.evaluate(
        data, batch_size=3, verbose=0
    )


def test_added_losses_of_samples():
    ours, theirs = _added_losses(minikeras), _added_losses(keras)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-5)


def test_stacked_losses_in_a_step_of_ones_own():
    """Numbers that are stacked in a compiled step."""

    def losses(t, k):
        net = k.Sequential([k.Input((3,)), k.layers.Dense(1, kernel_initializer="ones")])
        optimizer = k.optimizers.SGD(0.01)

        class Trainer(k.Model):
            def train_step(self, x):
                with t.GradientTape() as tape:
                    y = net(x)
                    loss = t.reduce_mean([t.reduce_mean(t.square(1.0 - y)), t.reduce_sum(y) * 0.1])
                gradients = tape.gradient(loss, net.trainable_weights)
                optimizer.apply_gradients(zip(gradients, net.trainable_weights, strict=True))
                return {"own": loss}

        model = Trainer()
        model.compile()
        x = np.linspace(0, 1, 24, dtype="float32").reshape(8, 3)
        return model.fit(x, batch_size=2, epochs=3, verbose=0, shuffle=False).history["own"]

    np.testing.assert_allclose(losses(shim, minikeras), losses(tf, keras), rtol=1e-5)
