"""Every layer against tf.keras's: outputs, gradients, configuration, weights after three training steps."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from tests.parity.backends import (
    both,
    copy_weights,
    forward_and_gradients_ours,
    forward_and_gradients_theirs,
    random_inputs,
    random_projection,
)
from tests.parity.comparing import LAYER, STEPS, assert_close, assert_same_nested, needs_onednn

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

IMAGE = (4, 8, 7, 6)
SEQUENCE = (4, 9, 6)
VOLUME = (4, 5, 4, 6, 3)

# (layer by name and arguments, shapes of its inputs, arguments of the call)
CASES = [
    ("Dense", {"units": 5}, [(4, 3)], {}),
    ("Dense", {"units": 5, "activation": "relu", "use_bias": False}, [(4, 6, 3)], {}),
    ("Dense", {"units": 3, "activation": "softmax", "kernel_initializer": "he_normal"}, [(4, 3)], {}),
    ("Dense", {"units": 3, "activation": "sigmoid", "bias_initializer": "ones"}, [(4, 2, 2, 3)], {}),
    ("Conv2D", {"filters": 5, "kernel_size": 3}, [IMAGE], {}),
    ("Conv2D", {"filters": 5, "kernel_size": 3, "padding": "same", "activation": "relu"}, [IMAGE], {}),
    ("Conv2D", {"filters": 4, "kernel_size": (3, 2), "strides": 2, "padding": "same"}, [IMAGE], {}),
    ("Conv2D", {"filters": 4, "kernel_size": 2, "strides": (2, 3)}, [IMAGE], {}),
    ("Conv2D", {"filters": 4, "kernel_size": 2, "dilation_rate": 2}, [IMAGE], {}),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "dilation_rate": (2, 1), "padding": "same"}, [IMAGE], {}),
    ("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 3}, [IMAGE], {}),
    ("Conv2D", {"filters": 7, "kernel_size": 1, "use_bias": False}, [IMAGE], {}),
    ("Permute", {"dims": (2, 1)}, [(4, 3, 5)], {}),
    ("Permute", {"dims": (3, 1, 2)}, [IMAGE], {}),
    ("RepeatVector", {"n": 3}, [(4, 5)], {}),
    ("DepthwiseConv2D", {"kernel_size": 3}, [IMAGE], {}),
    (
        "DepthwiseConv2D",
        {"kernel_size": 3, "padding": "same", "depth_multiplier": 2, "activation": "relu"},
        [IMAGE],
        {},
    ),
    ("DepthwiseConv2D", {"kernel_size": (3, 2), "strides": 2, "use_bias": False}, [IMAGE], {}),
    ("DepthwiseConv2D", {"kernel_size": 2, "dilation_rate": 2, "depthwise_regularizer": "l2"}, [IMAGE], {}),
    ("DepthwiseConv2D", {"kernel_size": 3, "strides": (2, 1), "padding": "same"}, [IMAGE], {}),
    ("DepthwiseConv2D", {"kernel_size": 3, "strides": 2, "dilation_rate": 2}, [IMAGE], {}),
    ("SeparableConv2D", {"filters": 5, "kernel_size": 3}, [IMAGE], {}),
    ("SeparableConv2D", {"filters": 5, "kernel_size": 3, "padding": "same", "activation": "relu"}, [IMAGE], {}),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 3, "depth_multiplier": 2, "strides": 2}, [IMAGE], {}),
    (
        "SeparableConv2D",
        {"filters": 4, "kernel_size": 2, "dilation_rate": 2, "pointwise_constraint": "max_norm"},
        [IMAGE],
        {},
    ),
    (
        "SeparableConv2D",
        {"filters": 4, "kernel_size": 3, "bias_initializer": "normal", "bias_regularizer": "l1"},
        [IMAGE],
        {},
    ),
    ("Conv2DTranspose", {"filters": 5, "kernel_size": 3}, [IMAGE], {}),
    ("Conv2DTranspose", {"filters": 5, "kernel_size": 3, "padding": "same", "activation": "relu"}, [IMAGE], {}),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": (3, 2), "strides": 2, "padding": "same"}, [IMAGE], {}),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 2, "strides": (2, 3), "use_bias": False}, [IMAGE], {}),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "output_padding": (1, 0)}, [IMAGE], {}),
    (
        "Conv2DTranspose",
        {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 0},
        [IMAGE],
        {},
    ),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 4, "strides": 2, "bias_initializer": "normal"}, [IMAGE], {}),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 1, "kernel_constraint": "unit_norm"}, [IMAGE], {}),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 2, "dilation_rate": 2}, [IMAGE], {}),
    ("MaxPooling2D", {}, [IMAGE], {}),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, [IMAGE], {}),
    ("AveragePooling2D", {"pool_size": 2}, [IMAGE], {}),
    ("AveragePooling2D", {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"}, [IMAGE], {}),
    ("GlobalAveragePooling2D", {}, [IMAGE], {}),
    ("GlobalAveragePooling2D", {"keepdims": True}, [IMAGE], {}),
    ("GlobalMaxPooling2D", {}, [IMAGE], {}),
    ("Conv1D", {"filters": 5, "kernel_size": 3}, [SEQUENCE], {}),
    ("Conv1D", {"filters": 5, "kernel_size": 3, "padding": "same", "strides": 2, "activation": "relu"}, [SEQUENCE], {}),
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, [SEQUENCE], {}),
    ("Conv1D", {"filters": 4, "kernel_size": 2, "padding": "causal", "strides": 2, "use_bias": False}, [SEQUENCE], {}),
    ("Conv1D", {"filters": 6, "kernel_size": 3, "groups": 3, "kernel_regularizer": "l2"}, [SEQUENCE], {}),
    ("Conv3D", {"filters": 4, "kernel_size": 2}, [VOLUME], {}),
    ("Conv3D", {"filters": 4, "kernel_size": (3, 2, 2), "padding": "same", "strides": 2}, [VOLUME], {}),
    ("Conv3D", {"filters": 4, "kernel_size": 2, "activation": "relu", "use_bias": False}, [VOLUME], {}),
    ("Conv1DTranspose", {"filters": 5, "kernel_size": 3}, [SEQUENCE], {}),
    ("Conv1DTranspose", {"filters": 5, "kernel_size": 3, "strides": 2, "padding": "same"}, [SEQUENCE], {}),
    ("Conv1DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "output_padding": 1}, [SEQUENCE], {}),
    ("Conv3DTranspose", {"filters": 3, "kernel_size": 2}, [VOLUME], {}),
    ("Conv3DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, [VOLUME], {}),
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2}, [SEQUENCE], {}),
    ("DepthwiseConv1D", {"kernel_size": 3, "padding": "same", "strides": 2, "activation": "relu"}, [SEQUENCE], {}),
    ("SeparableConv1D", {"filters": 5, "kernel_size": 3}, [SEQUENCE], {}),
    ("SeparableConv1D", {"filters": 4, "kernel_size": 3, "depth_multiplier": 2, "padding": "same"}, [SEQUENCE], {}),
    ("MaxPooling1D", {}, [SEQUENCE], {}),
    ("MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, [SEQUENCE], {}),
    ("AveragePooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, [SEQUENCE], {}),
    ("GlobalAveragePooling1D", {}, [SEQUENCE], {}),
    ("GlobalMaxPooling1D", {"keepdims": True}, [SEQUENCE], {}),
    ("MaxPooling3D", {}, [VOLUME], {}),
    ("MaxPooling3D", {"pool_size": 2, "strides": 1, "padding": "same"}, [VOLUME], {}),
    ("AveragePooling3D", {"pool_size": (2, 1, 3), "padding": "same"}, [VOLUME], {}),
    ("GlobalAveragePooling3D", {"keepdims": True}, [VOLUME], {}),
    ("GlobalMaxPooling3D", {}, [VOLUME], {}),
    ("Flatten", {}, [IMAGE], {}),
    ("Flatten", {"data_format": "channels_first"}, [IMAGE], {}),
    ("Reshape", {"target_shape": (7, -1)}, [IMAGE], {}),
    ("Dropout", {"rate": 0.4, "seed": 3}, [(4, 50)], {"training": True}),
    ("Dropout", {"rate": 0.4, "noise_shape": (4, 1, 10), "seed": 3}, [(4, 5, 10)], {"training": True}),
    ("Dropout", {"rate": 0.4}, [(4, 5)], {}),
    ("BatchNormalization", {}, [(8, 3)], {"training": True}),
    ("BatchNormalization", {}, [IMAGE], {"training": True}),
    ("BatchNormalization", {"axis": 1, "momentum": 0.5, "epsilon": 1e-2}, [IMAGE], {"training": True}),
    ("BatchNormalization", {"center": False, "scale": False}, [IMAGE], {"training": True}),
    ("BatchNormalization", {"moving_mean_initializer": "ones"}, [IMAGE], {"training": False}),
    ("LayerNormalization", {}, [(4, 10)], {}),
    ("LayerNormalization", {"axis": (1, 2), "center": False}, [(4, 5, 3)], {}),
    ("Activation", {"activation": "tanh"}, [(4, 5)], {}),
    ("Activation", {"activation": "gelu"}, [(4, 5)], {}),
    ("ReLU", {}, [(4, 5)], {}),
    ("ReLU", {"max_value": 0.7, "negative_slope": 0.1, "threshold": 0.2}, [(4, 50)], {}),
    ("LeakyReLU", {}, [(4, 5)], {}),
    ("Softmax", {"axis": 1}, [(4, 5, 3)], {}),
    ("Add", {}, [(4, 5), (4, 5), (4, 5)], {}),
    ("Add", {}, [(4, 5, 3), (4, 1, 3)], {}),
    ("Concatenate", {}, [(4, 5), (4, 2)], {}),
    ("Concatenate", {"axis": 1}, [(4, 5, 3), (4, 2, 3)], {}),
    ("Masking", {"mask_value": 0.5}, [SEQUENCE], {}),
    ("Rescaling", {"scale": 1 / 127.5, "offset": -1.0}, [IMAGE], {}),
]


def case_id(case):
    name, arguments, _, call = case
    return "-".join([name, *[f"{k}={v}" for k, v in {**arguments, **call}.items()]])


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_outputs_and_gradients(case):
    name, arguments, shapes, call = case
    needs_onednn(arguments.get("dilation_rate", 1))
    inputs = random_inputs(shapes)
    ours, theirs = both(lambda keras: getattr(keras.layers, name)(**arguments))
    for layer in (theirs, ours):
        layer.build(shapes[0] if len(shapes) == 1 else shapes)
    copy_weights(theirs, ours)
    y_theirs, g_theirs = forward_and_gradients_theirs(theirs, inputs, random_projection, **call)
    y_ours, g_ours = forward_and_gradients_ours(ours, inputs, random_projection, **call)
    assert_close("layers: outputs", y_ours, y_theirs, LAYER, f"{name} outputs")
    assert_same_nested("layers: gradients", g_ours, g_theirs, LAYER, f"{name} gradients")
    assert_same_nested(
        "layers: state", ours.get_weights(), theirs.get_weights(), LAYER, f"{name} weights after the call"
    )


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_configuration_and_shapes(case):
    name, arguments, shapes, _ = case
    ours, theirs = both(lambda keras: getattr(keras.layers, name)(**arguments))
    assert _plain(ours.get_config()) == _plain(theirs.get_config())
    shape = shapes[0] if len(shapes) == 1 else shapes
    mine, their = ours.compute_output_shape(shape), theirs.compute_output_shape(shape)
    assert (type(mine), tuple(mine)) == (type(their), tuple(their))
    assert [v.path for v in _built(ours, shape).variables] == [v.path for v in _built(theirs, shape).variables]


@pytest.mark.filterwarnings("ignore:.*(destroy|does not pass) the mask")  # of Masking, by the Flatten behind it
@pytest.mark.one_in(8)
@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_weights_after_three_training_steps(case):
    name, arguments, shapes, _ = case
    models = both(lambda keras: _model_with(keras, name, arguments, shapes))
    copy_weights(models[1], models[0])
    models[1].run_eagerly = True  # to trace three steps takes longer than to run them
    x = random_inputs(shapes)
    y = random_inputs([(4 if shapes[0][0] == 4 else 8, 2)], seed=1)[0]
    losses = [[float(model.train_on_batch(x if len(x) > 1 else x[0], y)) for _ in range(3)] for model in models]
    assert_close("layers: losses of 3 steps", np.float32(losses[0]), np.float32(losses[1]), STEPS, f"{name} losses")
    assert_same_nested(
        "layers: weights after 3 steps", models[0].get_weights(), models[1].get_weights(), STEPS, f"{name} weights"
    )


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_a_seed_gives_the_same_first_weights(case):
    name, arguments, shapes, _ = case

    def weights(keras):
        layer = getattr(keras.layers, name)(**arguments)
        return _built(layer, shapes[0] if len(shapes) == 1 else shapes).get_weights()

    assert_same_nested("layers: first weights", *both(weights), 0, name)


def _model_with(keras, name, arguments, shapes):
    inputs = [keras.Input(shape[1:]) for shape in shapes]
    layer = getattr(keras.layers, name)(**arguments)
    # A layer in front, so that the input gradient counts. It has no bias: batch normalization takes a shift away, so
    # the gradient of a bias would consist of rounding errors alone.
    front = [keras.layers.Dense(shape[-1], use_bias=False) for shape in shapes]
    hidden = [dense(x) for dense, x in zip(front, inputs, strict=True)]
    x = layer(hidden[0] if len(hidden) == 1 else hidden)
    outputs = keras.layers.Dense(2)(keras.layers.Flatten()(x))
    model = keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), loss="mse")
    return model


def _built(layer, shape):
    layer.build(shape)
    return layer


def _plain(config):
    """A config with tuples as lists, as JSON has them."""
    if isinstance(config, dict):
        return {key: _plain(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [_plain(value) for value in config]
    return config


EMBEDDINGS = [
    {"input_dim": 9, "output_dim": 4},
    {"input_dim": 9, "output_dim": 4, "mask_zero": True, "embeddings_initializer": "normal"},
    {"input_dim": 9, "output_dim": 3, "embeddings_regularizer": "l2"},
]


@pytest.mark.parametrize("arguments", EMBEDDINGS, ids=str)
def test_embedding(arguments):
    (tokens,) = random_inputs([(6, 5)], integers=9)
    ours, theirs = both(lambda keras: keras.layers.Embedding(**arguments))
    assert _plain(ours.get_config()) == _plain(theirs.get_config())
    for layer in (theirs, ours):
        layer.build((None, 5))
    assert_close("layers: state", ours.get_weights()[0], theirs.get_weights()[0], 0, "initial embeddings")
    y_theirs, g_theirs = forward_and_gradients_theirs(theirs, [tokens], random_projection)
    y_ours, g_ours = forward_and_gradients_ours(ours, [tokens], random_projection)
    assert_close("layers: outputs", y_ours, y_theirs, 0, "Embedding outputs")
    assert_same_nested("layers: gradients", g_ours, g_theirs, LAYER, "Embedding gradients")
    for loss_ours, loss_theirs in zip(ours.losses, theirs.losses, strict=True):
        assert_close("layers: outputs", np.asarray(loss_ours), np.asarray(loss_theirs), LAYER, "regularization")
    if arguments.get("mask_zero"):
        np.testing.assert_array_equal(ours.compute_mask(tokens), theirs.compute_mask(tokens))


def test_masks_are_nested_as_the_inputs_also_if_there_are_none():
    def seen(keras):
        found = []

        class Records(keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.supports_masking = True

            def call(self, inputs, mask=None):
                found.append(("call", keras.tree.map_structure(_as_list, mask)))
                return keras.tree.flatten(inputs)[0] + 0.0

            def compute_mask(self, inputs, previous_mask):
                found.append(("compute_mask", keras.tree.map_structure(_as_list, previous_mask)))

        class RecordsTwo(keras.layers.Layer):
            def call(self, first, second, first_mask=None, second_mask=None):
                found.append(keras.tree.map_structure(_as_list, [first_mask, second_mask]))
                return second + 0.0

        x = keras.ops.ones((1, 2, 3))
        masked = keras.layers.Masking()(x)
        for inputs in (x, [x, x], (x,), {"a": x, "b": [x]}, [masked, x]):
            Records()(inputs)
        RecordsTwo()([x, x], x)
        ins = {name: keras.Input((2, 3), name=name) for name in ("a", "b")}
        model = keras.Model(ins, keras.layers.Add()([ins["a"], ins["b"]]))
        return [*found, _as_list(model({"a": x, "b": x}))]

    ours, theirs = both(seen)
    assert ours == theirs


def _as_list(x):
    return None if x is None else np.asarray(x).tolist()


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
def test_embedding_with_repeated_tokens_after_three_training_steps(optimizer):
    tokens = np.array([[1, 1, 2], [2, 1, 3], [3, 3, 3], [4, 0, 1]], "int32")
    targets = random_inputs([(4, 2)])[0]

    def train(keras):
        layers = [keras.Input((3,), dtype="int32"), keras.layers.Embedding(6, 4), keras.layers.Flatten()]
        model = keras.Sequential([*layers, keras.layers.Dense(2)])
        model.compile(optimizer, "mse")
        losses = [float(model.train_on_batch(tokens, targets)) for _ in range(3)]
        return np.float32(losses), model.get_weights()

    ours, theirs = both(train)
    assert_close("layers: losses of 3 steps", ours[0], theirs[0], STEPS, "losses")
    assert_same_nested("layers: weights after 3 steps", ours[1], theirs[1], STEPS, "weights")


def test_lambda():
    inputs = random_inputs([(4, 5)])
    ours, theirs = both(lambda keras: keras.layers.Lambda(lambda x: keras.ops.tanh(x) * x, name="squashed"))
    y_theirs, g_theirs = forward_and_gradients_theirs(theirs, inputs, random_projection)
    y_ours, g_ours = forward_and_gradients_ours(ours, inputs, random_projection)
    assert_close("layers: outputs", y_ours, y_theirs, LAYER, "Lambda outputs")
    assert_same_nested("layers: gradients", g_ours, g_theirs, LAYER, "Lambda gradients")
    with pytest.raises(ValueError, match="safe_mode"):
        ours.from_config(ours.get_config())
    assert type(ours).from_config(ours.get_config(), safe_mode=False)(inputs[0]).shape == (4, 5)


def test_input_layer_configuration():
    ours, theirs = both(lambda keras: keras.layers.InputLayer((3, None), batch_size=2, dtype="int32", name="i"))
    assert _plain(ours.get_config()) == _plain(theirs.get_config())
    assert ours.output.shape == tuple(theirs.output.shape)
