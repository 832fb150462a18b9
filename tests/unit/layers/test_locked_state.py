"""A built layer takes no new state, except within its own changes."""

import numpy as np
import pytest

import minikeras as keras


def built():
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    return layer


NEW = {
    "variable": lambda: keras.Variable(1.0),
    "layer": lambda: keras.layers.Dense(1),
    "metric": lambda: keras.metrics.Mean(),
    "generator": lambda: keras.random.SeedGenerator(1),
    "layer in a list": lambda: [keras.layers.Dense(1)],
    "variable in a dict": lambda: {"v": keras.Variable(1.0)},
}


@pytest.mark.parametrize("name", NEW)
def test_new_state_is_refused(name):
    layer = built()
    with pytest.raises(ValueError, match="is already built, so it takes no new"):
        layer.added = NEW[name]()
    assert len(layer.variables) == 2


def test_what_a_layer_has_may_get_another_name():
    layer = built()
    layer.also_bias = layer.bias
    layer.rates = [0.1, 0.2]
    layer.optimizer = keras.optimizers.SGD()
    assert len(layer.weights) == 2


def test_a_list_that_contains_itself_is_searched_once():
    layer = keras.layers.Layer()
    layer.blocks = [keras.layers.Dense(1)]
    layer.blocks.append(layer.blocks)
    assert len(layer._flatten_layers()) == 2
    assert len(layer.variables) == 0


def test_a_variable_can_be_removed():
    layer = keras.layers.Layer()
    layer.scale = layer.add_weight(shape=(2,))
    layer.scale = layer._untrack_variable(layer.scale)
    assert layer.scale is None
    assert layer.weights == []


def test_a_base_built_first_takes_what_the_subclass_adds():
    class Wider(keras.layers.Dense):
        def build(self, input_shape):
            super().build(input_shape)
            self.extra = self.add_weight(shape=(2,))

    layer = Wider(2)
    layer(np.ones((1, 3), "float32"))
    assert len(layer.weights) == 3
    with pytest.raises(ValueError, match="cannot add new elements"):
        layer.add_weight(shape=())


def test_a_refusal_changes_nothing():
    layer = keras.Sequential([keras.layers.Dense(1)], name="inner")
    outer = keras.layers.TimeDistributed(keras.layers.Dense(2))
    outer(np.ones((1, 2, 3), "float32"))
    with pytest.raises(ValueError, match="takes no new state"):
        outer.layer = layer
    assert outer.layer is not layer
    assert len(outer.weights) == 2


def test_what_a_layer_holds_may_be_set_again():
    class Blocks(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.blocks = [keras.layers.Dense(2), keras.layers.Dense(2)]
            self.mean, self.seed = keras.metrics.Mean(), keras.random.SeedGenerator(1)

        def call(self, x):
            self.blocks = list(self.blocks)  # another list of the same layers
            self.first, self.watched, self.drawn, self.seen = self.blocks[0], self.mean, self.seed, []
            return self.blocks[1](self.blocks[0](x))

    layer = Blocks()
    for _ in range(2):
        layer(np.ones((1, 2), "float32"))
    assert len(layer.weights) == 4
    assert len(layer.metrics) == 1


def test_a_call_that_builds_sublayers_may_add_some():
    class Growing(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.first = keras.layers.Dense(2)

        def call(self, x):
            if not hasattr(self, "second"):
                self.second = keras.layers.Dense(3)
            return self.second(self.first(x))

    layer = Growing()
    assert layer(np.ones((1, 2), "float32")).shape == (1, 3)
    assert len(layer.weights) == 4
    with pytest.raises(ValueError, match="takes no new state"):
        layer.third = keras.layers.Dense(1)


def test_a_layer_that_calls_itself_built_may_add_weights_in_its_call():
    class Late(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.built = True

        def call(self, x):
            if not hasattr(self, "scale"):
                self.scale = self.add_weight(shape=(2,), initializer="ones")
            return x * self.scale

    layer = Late()
    layer(np.ones((1, 2), "float32"))
    assert len(layer.weights) == 1


def test_an_embedding_built_by_its_weights_may_be_built_again():
    rows = np.ones((3, 2), "float32")
    layer = keras.layers.Embedding(3, 2, weights=[rows])
    layer.build()
    np.testing.assert_array_equal(layer.embeddings.numpy(), rows)
    assert len(layer.weights) == 1


def test_a_frozen_layer_gets_frozen_variables():
    layer = keras.layers.Layer(trainable=False)
    variable = layer.add_weight(shape=(2,))
    assert not variable.trainable
    layer.trainable = True
    assert variable.trainable
