"""Models: the same configs, names, paths and outputs as tf.keras's, and each side loads what the other wrote."""

import json
import warnings

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from tests.parity.backends import both, copy_weights
from tests.parity.comparing import LAYER, TRAJECTORY, assert_same_nested

import keras as tf_keras  # isort: skip
import minikeras

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4)).astype("float32")
IMAGES = RNG.normal(size=(3, 8, 8, 2)).astype("float32")
TOKENS = RNG.integers(0, 9, (5, 7)).astype("int32")


def sequential(keras):
    return keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.5), keras.layers.Dense(2)]
    )


def sequential_built_later(keras):
    model = keras.Sequential(
        [keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(2, use_bias=False)], name="late"
    )
    model.build((None, 4))
    return model


def sequential_with_input_shape(keras):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf.keras advises an Input
        return keras.Sequential([keras.layers.Dense(3, input_shape=(4,)), keras.layers.Dense(1)])


def convolutional(keras):
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            keras.layers.Conv2D(3, 3, padding="same", activation="relu", kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(2, kernel_constraint=keras.constraints.MaxNorm(2.0)),
        ]
    )


def embedding(keras):
    return keras.Sequential([keras.Input((7,), dtype="int32"), keras.layers.Embedding(9, 4), keras.layers.Flatten()])


def sequential_in_sequential(keras):
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)], name="inner")
    return keras.Sequential([inner, keras.layers.Dense(2)])


def branches(keras):
    x = keras.Input((4,), name="x")
    a = keras.layers.Dense(3, activation="relu", name="a")(x)
    b = keras.layers.Dense(3, name="b")(x)
    return keras.Model(x, keras.layers.Concatenate()([keras.layers.Add()([a, b]), a]))


def shared_layer(keras):
    x = keras.Input((4,))
    dense = keras.layers.Dense(4, activation="tanh")
    return keras.Model(x, dense(dense(dense(x))))


def ops_as_nodes(keras):
    x = keras.Input((4,))
    h = keras.layers.Dense(3)(x)
    y = keras.ops.relu(h) + 2 * h - h * 0.5 + h / 3.0
    y = keras.ops.concatenate([y, h], axis=-1)[:, 1:5]
    return keras.Model(x, keras.ops.mean(y * y, axis=1, keepdims=True))


def more_ops(keras):
    x = keras.Input((4,))
    y = keras.ops.reshape(keras.ops.exp(-x), (-1, 2, 2))
    y = keras.ops.transpose(y, (0, 2, 1)) @ y
    y = keras.ops.softmax(y, axis=-1) ** 2
    return keras.Model(x, [keras.ops.sum(y, axis=(1, 2)), keras.ops.max(y, axis=-1), keras.ops.squeeze(y[:, :1], 1)])


def nested_model(keras):
    inner_input = keras.Input((4,), name="inner_input")
    inner = keras.Model(inner_input, keras.layers.Dense(4)(inner_input), name="inner")
    x = keras.Input((4,), name="x")
    return keras.Model(x, keras.layers.Dense(2)(inner(inner(x))), name="outer")


def dict_inputs_and_outputs(keras):
    inputs = {"a": keras.Input((4,), name="a"), "b": keras.Input((4,), name="b")}
    total = keras.layers.Add()([inputs["b"], inputs["a"]])
    return keras.Model(inputs, {"sum": total, "pair": [keras.layers.Dense(2)(total), inputs["a"] * 1.0]})


def frozen_layer(keras):
    x = keras.Input((4,))
    layer = keras.layers.Dense(3, name="frozen")
    y = layer(x)
    layer.trainable = False
    return keras.Model(x, keras.layers.Dense(1)(y), name="partly_frozen")


def slice_of_a_model(keras):
    model = branches(keras)
    return keras.Model(model.inputs, model.get_layer("a").output)


def from_the_middle(keras):
    model = branches(keras)
    return keras.Model(model.get_layer("a").output, keras.layers.Dense(1)(model.get_layer("a").output))


MODELS = {
    "sequential": (sequential, X),
    "sequential built later": (sequential_built_later, X),
    "sequential with input_shape": (sequential_with_input_shape, X),
    "convolutional": (convolutional, IMAGES),
    "embedding": (embedding, TOKENS),
    "sequential in sequential": (sequential_in_sequential, X),
    "branches": (branches, X),
    "shared layer": (shared_layer, X),
    "ops as nodes": (ops_as_nodes, X),
    "more ops": (more_ops, X),
    "model in a model": (nested_model, X),
    "dicts": (dict_inputs_and_outputs, {"a": X, "b": 2 * X}),
    "frozen layer": (frozen_layer, X),
    "slice of a model": (slice_of_a_model, X),
    "from the middle": (from_the_middle, X[:, :3]),
}


def as_json(model):
    return json.loads(model.to_json())


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", MODELS)
def test_configs_names_and_outputs(name):
    make, x = MODELS[name]
    ours, theirs = both(make)
    assert as_json(ours) == as_json(theirs)
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert [v.path for v in ours.trainable_variables] == [v.path for v in theirs.trainable_variables]
    copy_weights(theirs, ours)
    expected = theirs.predict(x, verbose=0)
    assert_same_nested("models: outputs", ours.predict(x, verbose=0), expected, LAYER, name)
    loaded_by_us = minikeras.models.model_from_json(theirs.to_json())
    loaded_by_them = tf_keras.models.model_from_json(ours.to_json())
    copy_weights(theirs, loaded_by_us)
    loaded_by_them.set_weights(ours.get_weights())
    assert_same_nested("models: read from JSON", loaded_by_us.predict(x, verbose=0), expected, LAYER, name)
    assert_same_nested(
        "models: read from JSON", ours.predict(x, verbose=0), loaded_by_them.predict(x, verbose=0), LAYER, name
    )


def test_optional_inputs():
    def run(keras):
        x, extra = keras.Input((4,), name="x"), keras.Input((4,), name="extra", optional=True)

        class AddIfThere(keras.layers.Layer):
            def call(self, x, extra=None):
                return x if extra is None else x + extra

            def compute_output_shape(self, x_shape, extra_shape=None):
                return x_shape

        model = keras.Model({"x": x, "extra": extra}, AddIfThere()(x, extra))
        return [np.asarray(model({"x": X, "extra": value})) for value in (None, X)]

    ours, theirs = both(run)
    assert_same_nested("models: outputs", ours, theirs, LAYER)


def test_freezing_while_training():
    def run(keras):
        model = sequential(keras)
        model.layers[1].rate = 0.0
        model.compile("adam", "mse")
        y = X[:, :2]
        model.fit(X, y, epochs=2, verbose=0)
        model.layers[0].trainable = False
        model.compile("adam", "mse")
        model.fit(X, y, epochs=2, verbose=0)
        return model.get_weights(), [v.path for v in model.trainable_variables], len(model.optimizer.variables)

    ours, theirs = both(run)
    assert_same_nested("models: frozen layers", ours[0], theirs[0], TRAJECTORY)
    assert ours[1:] == theirs[1:]


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_what_is_frozen_stays_so_in_configs_files_and_clones(tmp_path):
    def run(keras):
        inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
        inner.layers[0].trainable = False
        x = keras.Input((4,))
        whole = keras.Model(x, keras.layers.Dense(1)(inner(x)))
        whole.layers[-1].trainable = False
        given = keras.Model(x, keras.layers.Dense(1)(x), trainable=False)
        given.layers[-1].trainable = True
        flags = []
        for i, model in enumerate([inner, frozen_layer(keras), whole, given]):
            path = tmp_path / f"{i}.keras"
            model.save(path)
            copies = [keras.models.load_model(path), type(model).from_config(model.get_config())]
            copies += [keras.models.model_from_json(model.to_json()), keras.models.clone_model(model)]
            for copy in copies:
                nested = [[part.trainable for part in getattr(layer, "layers", [])] for layer in copy.layers]
                weights = [v.shape for v in copy.trainable_weights]
                flags.append((copy.trainable, [layer.trainable for layer in copy.layers], nested, weights))
        return flags

    ours, theirs = both(run)
    assert ours == theirs


def test_state_trees():
    def run(keras):
        model = keras.Sequential([keras.Input((4,), name="i"), keras.layers.Dense(2, name="d")], name="s")
        model.compile("adam", "mse", metrics=["mae"])
        model.fit(X, X[:, :2], verbose=0)
        tree = model.get_state_tree("numpy_array")
        keras.utils.clear_session(free_memory=False)  # the second Adam shall be called "adam" as well
        other = keras.Sequential([keras.Input((4,), name="i"), keras.layers.Dense(2, name="d")], name="s")
        other.compile("adam", "mse", metrics=["mae"])
        other.fit(X, X[:, :2], verbose=0)
        other.set_state_tree(tree)
        return tree, other.get_weights()

    ours, theirs = both(run)
    assert_same_nested("models: state tree", ours, theirs, TRAJECTORY)


def test_stateless_loss():
    def run(keras):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, kernel_regularizer="l2")])
        model.compile("sgd", "mse")
        y_pred = model(X)
        doubled = [2 * v for v in model.get_weights()]
        loss, groups = model.stateless_compute_loss(doubled, [], [np.float32(0)] * 2, x=X, y=X[:, :2], y_pred=y_pred)
        return np.asarray(loss), [len(group) for group in groups], model.get_weights()

    ours, theirs = both(run)
    assert_same_nested("models: outputs", ours, theirs, LAYER)


@pytest.mark.parametrize("at_node", [True, False, None])
def test_training_at_a_node_and_in_a_call(at_node):
    """What a layer was given when the graph was drawn gives way to the mode of the model's call, nested or not."""
    arguments = {} if at_node is None else {"training": at_node}

    def run(keras):
        inputs = keras.Input((3,))
        inner = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(momentum=0.5)])
        x = keras.layers.Dropout(0.9, seed=1)(inner(inputs, **arguments), **arguments)
        model = keras.Model(inputs, x)
        model.compile("sgd", "mse")
        ones = np.ones((4, 3), "float32")

        def is_random(y):
            return bool(np.ptp(np.asarray(y)) > 1e-3)

        modes = [is_random(model(ones, **call)) for call in ({}, {"training": True}, {"training": False})]
        modes.append(is_random(model.predict(ones, verbose=0)))
        model.set_weights([np.full(w.shape, 3.0) for w in model.get_weights()])
        model.train_on_batch(ones, ones)
        return modes, model.get_weights()[2:], float(model.test_on_batch(ones, ones))

    ours, theirs = both(run)
    assert ours[0] == theirs[0]
    assert_same_nested("models: outputs", ours[1:], theirs[1:], LAYER)


def test_a_model_whose_call_has_no_training_leaves_layers_to_their_defaults():
    def run(keras):
        class Plain(keras.Model):
            def __init__(self):
                super().__init__()
                self.parts = [keras.layers.BatchNormalization(momentum=0.5), keras.layers.Dropout(0.9, seed=1)]
                self.brighter = keras.layers.RandomBrightness(0.5, value_range=(0, 1), seed=1)

            def call(self, x):
                for layer in self.parts:
                    x = layer(x)
                return self.brighter(x)

        model = Plain()
        model.compile("sgd", "mse")
        images = np.full((2, 3, 3, 2), 0.5, "float32")
        losses = [model.train_on_batch(images, images), model.test_on_batch(images, images)]
        return np.float32(losses), model.predict(images, verbose=0), model.get_weights()

    ours, theirs = both(run)
    assert_same_nested("models: outputs", ours, theirs, LAYER)


def test_the_mode_of_a_layer_inside_holds_for_those_after_it():
    def run(keras):
        seen = []

        class Sees(keras.layers.Layer):
            def call(self, x, training=None):
                seen.append(training)
                return x

        class Outer(keras.Model):
            def __init__(self, first):
                super().__init__()
                parts = [keras.Input((2, 2, 1)), Sees(), keras.layers.Dropout(0.5), Sees()]
                self.first, self.inner = first, keras.Sequential(parts)

            def call(self, x, **mode):
                return self.inner(self.inner(self.first(x, **mode)))

        ones = np.ones((1, 2, 2, 1), "float32")
        for first in (Sees(), keras.layers.Dropout(0.5), keras.layers.RandomFlip()):
            model = Outer(first)
            seen.append("built")
            model(ones)
            model(ones, training=True)
            seen.append("next")
            first(ones, training=True)
            Sees()(ones)
        return seen

    ours, theirs = both(run)
    assert ours == theirs


def test_ops_and_layers_are_numbered_in_the_order_of_the_calls():
    def make(module):
        x, z = module.Input((4,)), module.Input((4,))
        y = module.layers.Add()([x + z, x]) + x
        y = module.layers.ReLU()(module.activations.relu(module.ops.relu(y)))
        y = module.layers.Concatenate()([module.ops.concatenate([y, x]), y])
        return [operation.name for operation in module.Model([x, z], y).operations]

    names = []
    for module in (minikeras, tf_keras):
        module.backend.clear_session()
        names.append(make(module))
    assert names[0] == names[1]
