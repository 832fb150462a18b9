"""Rematerialization: the same gradients bit for bit, computed from a second run that leaves no trace of its own."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import GradientTape, RematScope, Tensor, layers, ops, remat

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def gradients(function, *sources):
    """(value, gradients of the sum of squares) by `sources`, Tensors or Variables."""
    with GradientTape() as tape:
        tape.watch([s for s in sources if isinstance(s, Tensor)])
        loss = ops.sum(ops.square(function()))
    return loss, tape.gradient(loss, list(sources))


def assert_equal(ours, expected):
    for a, b in zip(ours, expected, strict=True):
        np.testing.assert_array_equal(a, b)


class Counted(layers.Layer):
    """Everything at once: weights, dropout, moving averages, a loss of its own; counts its calls."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = 0
        self.dense = layers.Dense(5, activation="tanh", kernel_regularizer="l2", activity_regularizer="l2")
        self.dropout = layers.Dropout(0.5, seed=1)
        self.norm = layers.BatchNormalization()

    def build(self, input_shape):
        self.dense.build(input_shape)
        self.norm.build((*input_shape[:-1], 5))

    def call(self, inputs, training=None):
        self.calls += 1
        self.add_loss(ops.mean(ops.square(inputs)))
        return self.norm(self.dropout(self.dense(inputs), training=training), training=training)


def trained(mode, steps=3, **arguments):
    """(layer, losses, last gradients) after a few steps of a layer made in a scope of that mode."""
    keras.utils.set_random_seed(0)
    with RematScope(mode, **arguments):
        layer = Counted(name="counted")
    layer.build((None, 4))
    optimizer = keras.optimizers.SGD(0.1)
    losses = []
    for _ in range(steps):
        x = Tensor(X)
        with GradientTape() as tape:
            tape.watch(x)
            loss = ops.sum(ops.square(layer(x, training=True))) + sum(layer.losses)
        found = tape.gradient(loss, [x, *layer.trainable_variables])
        optimizer.apply(found[1:], layer.trainable_variables)
        losses.append(loss)
    return layer, losses, found


@pytest.mark.parametrize(
    "arguments, calls",
    [
        ({"mode": "full"}, 6),
        ({"mode": "list_of_layers", "layer_names": ["counted"]}, 6),
        ({"mode": "list_of_layers", "layer_names": ["other"]}, 3),
        ({"mode": "larger_than", "output_size_threshold": 29}, 6),
        ({"mode": "larger_than", "output_size_threshold": 30}, 3),
        ({"mode": "activations"}, 3),
        ({"mode": None}, 3),
    ],
)
def test_training_is_the_same_and_the_layer_runs_twice(arguments, calls):
    expected, expected_losses, expected_gradients = trained(None)
    layer, losses, found = trained(**arguments)
    assert_equal(losses, expected_losses)
    assert_equal(found, expected_gradients)
    assert_equal(layer.variables, expected.variables)  # moving averages and the dropout's state too
    assert layer.calls - _calls_for_shapes(arguments) == calls


def _calls_for_shapes(arguments):
    """A layer without a shape rule finds out the size of its outputs by a symbolic call."""
    return 3 if arguments["mode"] == "larger_than" else 0


def test_activations_are_computed_twice():
    calls = []

    def activation(x):
        calls.append(1)
        return ops.tanh(x)

    with RematScope("activations"):
        layer = layers.Dense(3, activation=activation)
        plain = layers.Rescaling(2.0)
    layer.build((None, 4))
    _, found = gradients(lambda: plain(layer(Tensor(X))), *layer.trainable_variables)
    assert len(calls) == 2
    assert layer.activation is activation
    _, expected = gradients(lambda: ops.tanh(X @ layer.kernel + layer.bias) * 2.0, *layer.trainable_variables)
    for ours, definition in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, definition, rtol=1e-6)


def test_nothing_between_is_kept():
    with GradientTape() as tape:
        x = Tensor(X)
        tape.watch(x)
        y = remat(lambda x: ops.exp(ops.sin(ops.tanh(x))))(x)
    assert [type(call.op).__name__ for call in tape.calls] == ["Rematerialized"]
    (call,) = tape.calls
    assert call.inputs is None
    assert call.outputs is None
    np.testing.assert_array_equal(y, np.exp(np.sin(np.tanh(X))))


def test_a_function_of_nests_keywords_and_tensors_from_outside():
    a, b, c, unused = Tensor(X), Tensor(X + 1), Tensor(X - 1), Tensor(X)
    weight = keras.Variable(2.0)

    def function(pair, *, factor):
        return {"sum": pair[0] * pair["1" == "1"] * factor * weight + c, "same": pair[0], "none": None}

    def use(f):
        def run():
            outputs = f([a, b], factor=b)
            assert outputs["none"] is None
            return outputs["sum"] + outputs["same"]

        return run

    for ours, expected in zip(
        gradients(use(remat(function)), a, b, c, weight, unused)[1],
        gradients(use(function), a, b, c, weight, unused)[1],
        strict=True,
    ):
        assert (ours is None) == (expected is None)
        if expected is not None:
            np.testing.assert_array_equal(ours, expected)


def test_second_derivatives():
    def second(f):
        x = Tensor(X)
        with GradientTape() as outer:
            outer.watch(x)
            with GradientTape() as inner:
                inner.watch(x)
                y = ops.sum(f(x))
            (slope,) = inner.gradient(y, [x])
            total = ops.sum(slope * slope)
        return outer.gradient(total, x)

    cube = lambda x: ops.tanh(x) ** 3  # noqa: E731
    np.testing.assert_array_equal(second(remat(cube)), second(cube))


def test_rows_of_an_embedding_stay_rows():
    layer = layers.Embedding(5, 3)
    layer.build((None,))
    _, (found,) = gradients(lambda: remat(layer)(np.array([1, 1, 2])), layer.embeddings)
    assert found.indices.tolist() == [1, 1, 2]


def test_logits_and_masks_come_along():
    function = lambda x: ops.softmax(x * 200.0)  # noqa: E731
    x = Tensor(X)
    labels = np.array([0, 1, 2, 3, 0, 1])

    def loss(f):
        return ops.sparse_categorical_crossentropy(labels, f(x))

    value, found = gradients(lambda: loss(remat(function)), x)
    expected, wanted = gradients(lambda: loss(function), x)
    np.testing.assert_array_equal(value, expected)
    assert_equal(found, wanted)
    masked = Tensor(X)
    masked._keras_mask = Tensor(np.ones(6, bool))
    with GradientTape() as tape:
        tape.watch(masked)
        outputs = remat(layers.Dropout(0.1))(masked)
    assert outputs._keras_mask is masked._keras_mask


@pytest.mark.parametrize("mode", ["full", "larger_than"])
def test_models_made_in_a_scope_train_the_same(mode):
    def fitted(mode):
        keras.utils.set_random_seed(1)
        with RematScope(mode, output_size_threshold=10):
            model = keras.Sequential(
                [
                    keras.Input((4,)),
                    layers.Dense(8, activation="relu", activity_regularizer="l2"),
                    layers.BatchNormalization(),
                    layers.Dropout(0.3),
                    layers.Dense(3, activation="softmax"),
                ]
            )
        model.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
        history = model.fit(X, np.array([0, 1, 2, 0, 1, 2]), epochs=3, batch_size=2, verbose=0).history
        return history, model.get_weights()

    (history, weights), (expected_history, expected) = fitted(mode), fitted(None)
    assert history == expected_history
    assert_equal(weights, expected)


def test_scopes_inside_one_another():
    with RematScope("full"):
        with RematScope(None):
            assert layers.Dense(1)._remat_mode is None
        assert layers.Dense(1)._remat_mode.mode == "full"
    assert layers.Dense(1)._remat_mode is None
    with pytest.raises(ValueError, match="Invalid mode 'half'"):
        RematScope("half")


def test_without_a_tape_and_symbolically_it_is_the_function_itself():
    calls = []
    function = remat(lambda x: calls.append(1) or x * 2)
    np.testing.assert_array_equal(function(Tensor(X)), X * 2)
    assert function(keras.Input((3,))).shape == (None, 3)
    assert len(calls) == 2


def test_operations_of_ones_own():
    class Double(keras.Operation):
        calls = 0

        def call(self, x):
            type(self).calls += 1
            return ops.tanh(x) * 2

    with RematScope("full"):
        double = Double()
    x = Tensor(X)
    gradients(lambda: double(x), x)
    assert Double.calls == 2
    with pytest.raises(NotImplementedError, match="not quantized"):
        double.quantized_call(x)
