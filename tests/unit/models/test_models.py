"""Sequential, functional and subclassed models: building, structure, configuration."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers


def test_sequential_is_built_at_once_with_an_input_and_later_without():
    at_once = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(2)])
    assert at_once.built
    assert (at_once.input_shape, at_once.output_shape) == ((None, 4), (None, 2))
    later = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    assert not later.built
    assert later.weights == []
    later(np.ones((1, 4)))
    assert later(np.ones((3, 4))).shape == (3, 2)
    assert [w.path for w in later.weights] == [w.path for w in later.layers[0].weights + later.layers[1].weights]
    assert later.count_params() == at_once.count_params() == 4 * 3 + 3 + 3 * 2 + 2


def test_add_and_pop():
    model = keras.Sequential()
    with pytest.warns(UserWarning, match="Begin the model with `keras.Input"):
        model.add(layers.Dense(3, input_shape=(4,)))
    model.add(layers.Dense(2))
    assert model.output_shape == (None, 2)
    assert model.pop().units == 2
    assert model.output_shape == (None, 3)
    assert len(model.layers) == 1
    with pytest.raises(ValueError, match="unique names"):
        model.add(layers.Dense(2, name=model.layers[0].name))
    with pytest.raises(ValueError, match="instances of layers"):
        model.add(lambda x: x)


def test_models_nest():
    inner = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    outer = keras.Sequential([keras.Input((4,)), inner, layers.Dense(1)])
    assert outer.output_shape == (None, 1)
    assert len(outer.weights) == 6


def branches():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = layers.Dense(3, name="shared")
    left, right = shared(a), shared(b)
    joined = layers.Concatenate(name="join")([left, right, keras.ops.relu(left) * 2.0])
    return keras.Model([a, b], [layers.Dense(1, name="head")(joined), left])


def test_shared_layers_and_ops_in_a_graph():
    model = branches()
    assert len(model.weights) == 4
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    head, left = model([x, x + 1])
    assert (head.shape, left.shape) == ((5, 1), (5, 3))
    shared = model.get_layer("shared")
    np.testing.assert_allclose(left, shared(x), rtol=1e-6)


def test_a_part_of_a_model_is_a_model():
    model = branches()
    part = keras.Model(model.inputs, model.get_layer("join").output)
    x = np.ones((2, 4), "float32")
    assert part([x, x]).shape == (2, 9)
    assert part.weights[0] is model.get_layer("shared").kernel


@pytest.mark.parametrize(
    "make", [branches, lambda: keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.5)])]
)
def test_configs_make_the_same_model_again(make):
    model = make()
    again = type(model).from_config(model.get_config())
    assert again.get_config() == model.get_config()
    again.set_weights(model.get_weights())
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    inputs = [x, x + 1] if len(model.inputs) == 2 else x
    for ours, theirs in zip(keras.tree.flatten(again(inputs)), keras.tree.flatten(model(inputs)), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert keras.models.model_from_json(model.to_json()).count_params() == model.count_params()


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(3)
        self.head = layers.Dense(2)

    def call(self, inputs):
        return self.head(self.hidden(inputs))


def test_models_without_call_are_built_if_what_they_hold_is():
    """With a `train_step` of its own a model needs no `call`."""

    class Trainer(keras.Model):
        def __init__(self, *layers):
            super().__init__()
            self.parts = list(layers)

    model = Trainer(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    model.build((None, 2))
    assert model.built
    with pytest.raises(NotImplementedError):
        Trainer(keras.layers.Dense(1)).build((None, 2))


def test_subclassed_models_build_by_call_or_by_build():
    by_call, by_build = Subclassed(), Subclassed()
    by_call(np.ones((1, 4)))
    by_build.build((None, 4))
    assert [w.shape for w in by_call.weights] == [w.shape for w in by_build.weights] == [(4, 3), (3,), (3, 2), (2,)]
    assert by_build.built


def test_a_subclass_may_give_inputs_and_outputs_to_super():
    class Wrapped(keras.Model):
        def __init__(self):
            inputs = keras.Input((4,))
            super().__init__(inputs, layers.Dense(2)(inputs))

    model = Wrapped()
    assert isinstance(model, Wrapped)
    assert model(np.ones((1, 4))).shape == (1, 2)
    assert model.input_shape == (None, 4)


def test_get_layer_suggests():
    model = branches()
    assert model.get_layer(index=-1) is model.layers[-1]
    with pytest.raises(ValueError, match="Did you mean 'shared'"):
        model.get_layer("shard")


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: keras.Model(keras.Input((2,)), np.ones(2)), "KerasTensors"),
        (lambda: keras.Model(keras.Input((2,)), layers.Dense(1)(keras.Input((3,)))), "not connected to `inputs`"),
        (lambda: branches()(np.ones((1, 4))), "expects 2 input"),
        (lambda: branches()([np.ones((1, 4)), np.ones((1, 5))]), "expected shape=(None, 4)"),
        (lambda: branches()({"a": np.ones((1, 4))}), "Missing data for input(s) ['b']"),
        (lambda: np.asarray(keras.Input((2,))), "have any actual numerical value"),
        (lambda: bool(keras.Input((2,)) > 1), "cannot be used as a boolean"),
        (lambda: keras.Sequential([layers.Dense(1)]).output, "no defined output"),
    ],
)
def test_mistakes_are_explained(make, words):
    with pytest.raises((ValueError, TypeError, AttributeError)) as caught:
        make()
    assert words in "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])


def test_deep_graphs_do_not_hit_the_recursion_limit():
    x = inputs = keras.Input((2,))
    for _ in range(1500):
        x = keras.ops.relu(x)
    assert keras.Model(inputs, x)(np.ones((1, 2))).shape == (1, 2)


def test_a_layer_may_stand_in_a_row_twice():
    dense = layers.Dense(4, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((4,)), dense, dense])
    np.testing.assert_array_equal(model(np.ones((1, 4), "float32")), np.full((1, 4), 16.0))
    assert len(model.weights) == 1
    assert model.layers == [dense, dense]


class InInference(keras.Model):
    """A head on a base that is called with `training=False` in every call of the model."""

    def __init__(self, base):
        super().__init__()
        self.base = base
        self.head = layers.Dense(1)

    def call(self, inputs):
        return self.head(self.base(inputs, training=False))


def functional_in_inference(base):
    x = keras.Input((3,))
    return keras.Model(x, layers.Dense(1)(base(x, training=False)))


@pytest.mark.parametrize("make, moves", [(InInference, False), (functional_in_inference, True)])
def test_training_false_of_a_base_holds_in_a_subclass_and_not_in_a_functional_model(make, moves):
    base = keras.Sequential([keras.Input((3,)), layers.BatchNormalization()])
    model = make(base)
    for trainable in (False, True):
        base.trainable = trainable
        model.compile("sgd", "mse")
        gamma, _, mean, _ = base.get_weights()
        model.fit(np.eye(6, 3, dtype="float32"), np.ones((6, 1)), batch_size=2, epochs=2, verbose=0)
        assert np.array_equal(base.get_weights()[0], gamma) is not trainable
        assert np.array_equal(base.get_weights()[2], mean) is not (trainable and moves)


def test_layers_frozen_before_saving_are_loaded_frozen(tmp_path):
    x = keras.Input((4,))
    stack = keras.Sequential([x, layers.Dense(3), layers.Dense(2)])
    graph = keras.Model(x, layers.Dense(2)(layers.Dense(3)(x)))
    for model in (stack, graph):
        model.layers[-2].trainable = False
        model.save(tmp_path / "m.keras")
        loaded = keras.models.load_model(tmp_path / "m.keras")
        assert [layer.trainable for layer in loaded.layers[-2:]] == [False, True]
        assert [w.shape for w in loaded.trainable_weights] == [(3, 2), (2,)]
