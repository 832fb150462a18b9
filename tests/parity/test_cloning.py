"""clone_model makes from our models what tf.keras's makes from its own."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from tests.parity.backends import both
from tests.parity.comparing import SAME_FORMULA, assert_same_nested


def sequential(keras):
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((4,), name="start"), layers.Dense(3, name="a"), layers.Dropout(0.1), layers.Dense(4)], name="seq"
    )
    model.layers[0].trainable = False
    return model


def deferred(keras):
    return keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(2)])


def built_later(keras):
    model = deferred(keras)
    model.build((None, 4))
    return model


def graph(keras):
    layers = keras.layers
    inputs = keras.Input((4,), name="in")
    inner = keras.Sequential([layers.Dense(4, name="q")], name="inner")
    shared = layers.Dense(4, name="shared")
    x = shared(shared(inputs))
    skip = keras.ops.relu(layers.Dense(4)(inputs)) * 2.0
    return keras.Model(inputs, [inner(layers.Add()([x, skip])), layers.Dropout(0.5)(x, training=False)], name="graph")


def nested(keras):
    layers = keras.layers
    innermost = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="deep")], name="innermost")
    middle = keras.Sequential([keras.Input((4,)), innermost, layers.Dense(4, name="mid")], name="middle")
    return keras.Sequential([keras.Input((4,)), middle, layers.Dense(1, name="top")], name="outer")


def compiled(keras):
    model = sequential(keras)
    model.compile(keras.optimizers.Adam(0.25), "mse", metrics=["mae"])
    model.fit(np.ones((4, 4)), np.ones((4, 4)), verbose=0)
    return model


def subclassed(keras):
    class Sub(keras.Model):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.dense = keras.layers.Dense(units)

        def call(self, x):
            return self.dense(x)

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    model = Sub(3, name="sub")
    model(np.ones((2, 4), "float32"))
    return model


def described(model):
    """What can be compared of a model."""
    description = {
        "class": type(model).__name__,
        "name": model.name,
        "built": model.built,
        "layers": [(layer.name, type(layer).__name__, layer.trainable) for layer in model.layers],
        "shapes": [tuple(weight.shape) for weight in model.weights],
        "trainable": len(model.trainable_weights),
        "compiled": model.compiled,
    }
    if hasattr(model, "operations"):
        description["operations"] = [operation.name for operation in model.operations]
    if model.compiled:
        optimizer = model.optimizer
        description["optimizer"] = (type(optimizer).__name__, float(optimizer.learning_rate), int(optimizer.iterations))
    return description


@pytest.mark.one_in(3)
@pytest.mark.parametrize("recursive", [False, True])
@pytest.mark.parametrize(
    "make", [sequential, deferred, built_later, graph, nested, compiled, subclassed], ids=lambda make: make.__name__
)
def test_same_clone_with_the_same_new_weights(make, recursive):
    def clone(keras):
        model = make(keras)
        keras.utils.set_random_seed(11)
        made = keras.models.clone_model(model, recursive=recursive)
        x = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
        outputs = made(x)
        outputs = [np.asarray(y) for y in outputs] if isinstance(outputs, (list, tuple)) else np.asarray(outputs)
        return described(made), made.get_weights(), outputs

    ours, theirs = both(clone)
    assert ours[0] == theirs[0]
    assert_same_nested("clone_model", ours[1], theirs[1], 0.0, "weights")
    assert_same_nested("clone_model", ours[2], theirs[2], SAME_FORMULA, "outputs")


@pytest.mark.parametrize("recursive", [False, True])
@pytest.mark.parametrize("make", [sequential, graph, nested], ids=lambda make: make.__name__)
def test_clone_function_is_called_for_the_same_layers(make, recursive):
    def clone(keras):
        seen = []

        def function(layer):
            seen.append(layer.name)
            config = layer.get_config()
            return type(layer).from_config({**config, "units": 6} if layer.name in ("deep", "q") else config)

        made = keras.models.clone_model(make(keras), clone_function=function, recursive=recursive)
        return seen, described(made)

    ours, theirs = both(clone)
    assert ours == theirs


def test_call_function_is_called_for_the_same_layers():
    def clone(keras):
        seen = []

        def function(layer, *args, **kwargs):
            seen.append((layer.name, len(args)))
            return layer(*args, **kwargs)

        made = keras.models.clone_model(graph(keras), call_function=function)
        return seen, described(made)

    ours, theirs = both(clone)
    assert ours == theirs


@pytest.mark.parametrize("in_list", [False, True])
@pytest.mark.parametrize("make", [sequential, graph, nested], ids=lambda make: make.__name__)
def test_new_inputs(make, in_list):
    def clone(keras):
        inputs = keras.Input((4,), name="other", batch_size=3)
        model = make(keras)
        model = keras.models.clone_model(model, input_tensors=[inputs] if in_list and make is not graph else inputs)
        return described(model), model.input_shape, model.inputs[0].name

    ours, theirs = both(clone)
    assert ours == theirs


@pytest.mark.parametrize(
    "make, arguments",
    [
        (sequential, {"call_function": print}),
        (sequential, {"input_tensors": [1, 2]}),
        (graph, {"input_tensors": np.ones((2, 4))}),
        (subclassed, {"clone_function": print}),
        (subclassed, {"call_function": print}),
        (sequential, {"nonsense": 1}),
    ],
)
def test_both_refuse(make, arguments):
    def message(keras):
        with pytest.raises(ValueError) as caught:  # noqa: PT011  the two messages are compared by their subject below
            keras.models.clone_model(make(keras), **arguments)
        return str(caught.value)

    for text in both(message):
        assert next(iter(arguments)) in text
