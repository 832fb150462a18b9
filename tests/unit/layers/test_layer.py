"""The base class: weights, sub-layers, losses, masks, training mode, configuration."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers


class Scale(layers.Layer):
    def __init__(self, start=2.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.scale = self.add_weight(shape=input_shape[-1:], initializer="ones", name="scale")
        self.scale.assign(np.full(input_shape[-1:], self.start))

    def call(self, inputs):
        return inputs * self.scale


def test_weights_are_created_when_data_is_first_seen():
    layer = Scale()
    assert not layer.built
    assert layer.weights == []
    np.testing.assert_array_equal(layer(np.ones((2, 3))), np.full((2, 3), 2.0))
    assert layer.built
    assert [w.shape for w in layer.weights] == [(3,)]
    assert layer.count_params() == 3
    assert layer.get_build_config() == {"input_shape": (2, 3)}


def test_inputs_are_cast_to_the_compute_dtype():
    layer = Scale()
    assert layer(np.ones((1, 2), "float64")).dtype == "float32"
    half = Scale(dtype="mixed_float16")
    assert half(np.ones((1, 2))).dtype == "float16"
    assert half.scale.dtype == "float32"


class Holder(layers.Layer):
    def __init__(self):
        super().__init__()
        self.single = layers.Dense(2)
        self.listed = [layers.Dense(3)]
        self.named = {"head": layers.Dense(4)}
        self.extra = keras.Variable(np.zeros(5), trainable=False, name="extra")

    def call(self, inputs):
        return self.named["head"](self.listed[-1](self.single(inputs)))


def test_layers_in_attributes_lists_and_dicts_are_found():
    layer = Holder()
    layer(np.ones((1, 2)))
    assert [tuple(w.shape) for w in layer.weights] == [(5,), (2, 2), (2,), (2, 3), (3,), (3, 4), (4,)]
    assert len(layer.trainable_weights) == 6
    layer.listed.append(layers.Dense(1))
    layer.listed[-1].build((None, 3))
    assert len(layer.trainable_weights) == 8


def test_freezing_reaches_sublayers_and_back():
    layer = Holder()
    layer(np.ones((1, 2)))
    layer.trainable = False
    assert layer.trainable_weights == []
    assert not layer.single.kernel.trainable
    assert len(layer.non_trainable_weights) == 7
    layer.trainable = True
    assert len(layer.trainable_weights) == 6


def test_a_layer_frozen_before_it_is_built_stays_frozen():
    layer = layers.Dense(2, trainable=False)
    layer.build((None, 3))
    assert layer.trainable_weights == []


def test_set_weights_checks_number_and_shape_before_it_changes_anything():
    layer = layers.Dense(2)
    layer.build((None, 3))
    before = layer.get_weights()
    with pytest.raises(ValueError, match="expecting 2 weights"):
        layer.set_weights([np.ones((3, 2))])
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        layer.set_weights([np.ones((3, 2)), np.ones(3)])
    for value, old in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, old)


class AddsLoss(layers.Layer):
    def call(self, inputs):
        self.add_loss(keras.ops.sum(inputs))
        return inputs


def test_losses_of_the_last_call_only():
    layer = AddsLoss()
    model = keras.Sequential([AddsLoss(), layer])
    for _ in range(2):
        model(np.ones((1, 3)))
        assert [float(loss) for loss in model.losses] == [3.0, 3.0]
    layer(np.ones((1, 4)))
    assert [float(loss) for loss in layer.losses] == [4.0]


def test_regularizers_and_activity_regularizers_add_losses():
    layer = layers.Dense(
        2, kernel_initializer="ones", kernel_regularizer="l2", activity_regularizer="l1", use_bias=False
    )
    layer(np.ones((1, 3), "float32"))
    assert [round(float(loss), 6) for loss in layer.losses] == [0.06, 0.06]  # 0.01·(3 + 3) and 0.01·6·1²


@pytest.mark.parametrize("samples", [0, 1, 5])
def test_the_penalty_of_an_output_is_a_mean_over_the_samples(samples):
    class Outputs(layers.Layer):
        def call(self, inputs):
            return {"none": None, "number": keras.ops.sum(inputs), "rows": inputs}

    layer = Outputs(activity_regularizer="l1")
    layer(np.ones((samples, 4), "float32"))
    expected = [0.01 * 4 * samples, 0.04 if samples else 0.0]  # a number belongs to no sample
    np.testing.assert_allclose([float(loss) for loss in layer.losses], expected, rtol=1e-6)


def test_the_first_parameter_of_methods_may_have_any_name():
    class This(layers.Layer):
        def __init__(this, factor=2.0, **kwargs):  # noqa: N805
            super().__init__(**kwargs)
            this.factor = factor

        def build(this, input_shape):  # noqa: N805
            this.scale = this.add_weight(shape=input_shape[-1:], initializer="ones")

        def call(this, inputs, training=None):  # noqa: N805
            return inputs * this.scale * this.factor

    layer = This(3.0)
    np.testing.assert_array_equal(layer(np.ones((1, 2), "float32"), training=True), [[3.0, 3.0]])
    assert layer.get_config()["factor"] == 3.0
    assert This.from_config(layer.get_config()).factor == 3.0
    assert layer.get_build_config() == {"input_shape": (1, 2)}


class SeesTraining(layers.Layer):
    seen = None

    def call(self, inputs, training=None):
        SeesTraining.seen = training
        return inputs


@pytest.mark.parametrize("told", [True, False])
def test_training_mode_reaches_inner_layers(told):
    model = keras.Sequential([layers.Dense(2), SeesTraining()])
    model(np.ones((1, 2)), training=told)
    assert SeesTraining.seen is told


def test_training_mode_given_in_the_graph_holds_for_calls_without_one():
    inputs = keras.Input((2,))
    model = keras.Model(inputs, SeesTraining()(inputs, training=True))
    for call, seen in (({}, True), ({"training": False}, False), ({"training": True}, True)):
        model(np.ones((1, 2)), **call)
        assert SeesTraining.seen is seen


class Adds(layers.Layer):
    def __init__(self):
        super().__init__()
        self._register_call_context_args("amount")

    def call(self, inputs, amount=None):
        return inputs + (amount or 0)


class Around(layers.Layer):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, inputs):
        return self.inner(inputs)


def test_a_registered_argument_reaches_layers_inside_that_registered_it():
    inputs = keras.Input((1,))
    functional = keras.Model(inputs, Around(Adds())(layers.Identity()(inputs)))
    for outer in (Around(Around(Adds())), keras.Sequential([Around(Adds())]), functional):
        outer._register_call_context_args("amount")
        assert set(outer._call_context_args) == {"amount", "training"}
        assert [float(outer(np.zeros((1, 1)), **told)[0, 0]) for told in ({"amount": 3}, {}, {"amount": 2})] == [
            3,
            0,
            2,
        ]
        with pytest.raises(RuntimeError, match="has been called"):
            outer._register_call_context_args("more")
    with pytest.raises(TypeError, match="amount"):
        Around(Adds())(np.zeros((1, 1)), amount=3)  # it is not registered there


def test_an_argument_passed_inside_comes_before_the_registered_one():
    class Decides(Around):
        def call(self, inputs):
            return self.inner(inputs, amount=7) + self.inner(inputs)  # holds for layers after it, as in Keras

    outer = Decides(Adds())
    outer._register_call_context_args("amount")
    assert float(outer(np.zeros((1, 1)), amount=1)[0, 0]) == 14
    assert float(Around(Adds())(np.zeros((1, 1)))[0, 0]) == 0  # a new outermost call


def test_a_layer_may_take_arguments_as_they_are():
    class Kinds(layers.Layer):
        def __init__(self):
            super().__init__()
            self._convert_input_args = False
            self._allow_non_tensor_positional_args = True

        def call(self, *args, last=None):
            return [type(x) for x in (*args, last)]

    assert Kinds()("text", np.ones(2), {"a": [1.5]}) == [str, np.ndarray, dict, type(None)]
    assert Kinds()(keras.ops.ones(2), last=np.ones(2))[1] is np.ndarray


def test_an_unlocked_layer_takes_and_forgets_state():
    layer = layers.Dense(2)
    layer.build((None, 3))
    with pytest.raises(ValueError, match="cannot add new elements"):
        layer.add_weight(shape=(1,))
    layer._tracker.unlock()
    layer.extra = layer.add_weight(shape=(1,), name="extra")
    layer.inside = layers.Dropout(0.5)
    layer._tracker.lock()
    assert layer._tracker.locked
    assert [v.name for v in layer._trainable_variables] == ["kernel", "bias", "extra"]
    assert len(layer.variables) == 4  # and the state of a random generator
    layer._tracker.untrack(layer.extra)
    layer._tracker.untrack(layer.inside)
    assert [v.name for v in layer.variables] == ["kernel", "bias"]


def test_masks_travel_from_embedding_to_the_loss():
    model = keras.Sequential([layers.Embedding(5, 3, mask_zero=True), layers.Dense(2)])
    outputs = model(np.array([[1, 0, 2]]))
    np.testing.assert_array_equal(outputs._keras_mask, [[True, False, True]])


def test_a_layer_without_mask_support_warns():
    with pytest.warns(UserWarning, match="does not pass the mask"):
        keras.Sequential([layers.Embedding(5, 3, mask_zero=True), layers.Flatten()])(np.array([[1, 0, 2]]))


class KeepsArguments(layers.Layer):
    """No get_config: it is derived."""

    def __init__(self, units, mode="a", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.mode = mode

    def call(self, inputs):
        return inputs


class LosesArguments(layers.Layer):
    """Keeps its argument under another name: the config has what was passed."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.n = units


class AddsToConfig(KeepsArguments):
    def get_config(self):
        return {**super().get_config(), "units": self.units, "mode": self.mode, "extra": 1}


@pytest.mark.parametrize(
    "layer, expected",
    [
        (KeepsArguments(3, mode="b"), {"units": 3, "mode": "b"}),
        (LosesArguments(4), {"units": 4}),
        (AddsToConfig(5), {"units": 5, "mode": "a", "extra": 1}),
    ],
)
def test_config_is_derived_from_the_constructor(layer, expected):
    config = layer.get_config()
    assert {k: v for k, v in config.items() if k not in ("name", "trainable", "dtype")} == expected


def test_forgotten_super_init_is_reported():
    class Forgetful(layers.Layer):
        def __init__(self):
            self.units = 3

    with pytest.raises(RuntimeError, match=r"must call `super\(\).__init__\(\)` before"):
        Forgetful()(np.ones((1, 2)))


@pytest.mark.parametrize(
    "mistake, words",
    [
        (lambda: layers.Dense(2, activaton="relu"), "Did you mean 'activation'"),
        (lambda: layers.Dense(-1), "positive integer"),
        (lambda: layers.Dense(2)(np.ones(3)), "min_ndim=2"),
        (lambda: layers.Dense(2, name="a/b"), "without '/'"),
        (lambda: layers.Conv2D(4, 3)(np.ones((2, 8, 8))), "expected ndim=4"),
        (lambda: layers.Conv2D(4, 9)(np.ones((2, 8, 8, 1))), "padding='same'"),
        (lambda: layers.Conv2D(4, 3, groups=3), "groups"),
        (lambda: layers.Add()(np.ones((2, 3))), "should be called on a list of inputs"),
        (lambda: layers.Add()([np.ones((2, 3)), np.ones((2, 4))]), "incompatible shapes"),
        (lambda: layers.Concatenate()([np.ones((2, 3)), np.ones((3, 4))]), "matching shapes"),
        (lambda: layers.Dropout(1.5), "`rate` of Dropout: it is a fraction from 0 to 1"),
        (lambda: layers.Reshape((5,))(np.ones((2, 6))), "cannot reshape"),
        (lambda: layers.Embedding(3, 2)(np.array([[4]])), "input_dim=5"),
    ],
)
def test_mistakes_are_explained(mistake, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the words are looked for below, notes included
        mistake()
    message = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert words in message
    assert len(message) < 1500


def test_changed_input_width_names_the_layer():
    layer = layers.Dense(2, name="head")
    layer(np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"head.*value 3.*\(1, 4\)"):
        layer(np.ones((1, 4)))


def test_stateless_call_changes_nothing():
    layer = layers.BatchNormalization()
    layer.build((None, 3))
    before = layer.get_weights()
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    trainable, fixed = (
        [v.numpy() for v in layer.trainable_variables],
        [v.numpy() for v in layer.non_trainable_variables],
    )
    outputs, updated = layer.stateless_call(trainable, fixed, x, training=True)
    np.testing.assert_allclose(np.asarray(outputs).mean(axis=0), 0, atol=1e-6)
    assert not np.allclose(updated[0], fixed[0])
    for value, old in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, old)


def test_a_layer_with_a_compute_mask_of_its_own_supports_masks():
    class Reversed(layers.Layer):
        def call(self, inputs):
            return inputs[:, ::-1]

        def compute_mask(self, inputs, previous_mask=None):
            return None if previous_mask is None else previous_mask[:, ::-1]

    y = Reversed()(layers.Embedding(5, 2, mask_zero=True)(np.array([[1, 2, 0], [3, 0, 0]])))
    np.testing.assert_array_equal(y._keras_mask, [[False, True, True], [False, False, True]])
    assert not layers.Embedding(5, 2).supports_masking


@pytest.mark.parametrize("dtype", ["int32", "bool", "string", "float16"])
def test_symbolic_outputs_have_the_dtype_of_what_is_moved(dtype):
    x = keras.Input((2, 4), dtype=dtype)
    expected = "float32" if dtype == "float16" else dtype
    for layer in (layers.Reshape((8,)), layers.Flatten(), layers.Permute((2, 1)), layers.Identity()):
        assert layer(x).dtype == expected


def test_a_column_of_a_text_input():
    x = keras.Input((2,), dtype="string")
    model = keras.Model(x, [x[:, 0], x[:, :1]])
    first, column = model(keras.ops.convert_to_tensor([["a", "b"], ["c", "d"]]))
    assert first.numpy().tolist() == [b"a", b"c"]
    assert column.numpy().tolist() == [[b"a"], [b"c"]]


def test_a_call_gets_the_mask_also_while_a_model_is_drawn():
    seen = []

    class Weighed(layers.Layer):
        def call(self, inputs, mask=None):
            seen.append(mask.shape)
            return inputs * keras.ops.cast(mask[..., None], "float32")

        def compute_mask(self, inputs, previous_mask=None):
            return None

    x = keras.Input((None,), dtype="int32")
    model = keras.Model(x, Weighed()(layers.Embedding(5, 2, mask_zero=True)(x)))
    assert seen
    assert model.output_shape == (None, None, 2)
    assert not np.any(model(np.array([[1, 0]]))[0, 1])


def test_a_symbolic_tensor_is_no_loss():
    x = keras.Input((2,))
    model = keras.Model(x, layers.Dense(1)(x))
    with pytest.raises(NotImplementedError, match=r"self\.add_loss"):
        model.add_loss(keras.ops.mean(model.output))
