"""What layers refuse: the error names the layer or the argument, and what would be right."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers

SEQUENCE, IMAGE = (None, 6, 3), (None, 6, 5, 3)

ARGUMENTS = [  # (layer, arguments, error, words in its message)
    ("UpSampling1D", {"size": 0}, ValueError, "size=0"),
    ("UpSampling1D", {"size": 1.5}, TypeError, "size=1.5"),
    ("UpSampling2D", {"size": (2, 0)}, ValueError, "size"),
    ("UpSampling2D", {"size": (1, 2, 3)}, ValueError, "size"),
    ("UpSampling2D", {"interpolation": "cubic"}, ValueError, "interpolation"),
    ("UpSampling3D", {"size": -1}, ValueError, "size"),
    ("ZeroPadding1D", {"padding": -1}, ValueError, "negative"),
    ("ZeroPadding1D", {"padding": (1, 2, 3)}, ValueError, "padding"),
    ("ZeroPadding2D", {"padding": (1, -2)}, ValueError, "negative"),
    ("ZeroPadding2D", {"padding": ((1, 2), (3,))}, ValueError, "padding"),
    ("ZeroPadding3D", {"padding": (1, 2)}, ValueError, "3"),
    ("Cropping1D", {"cropping": "1"}, ValueError, "cropping"),
    ("Cropping2D", {"cropping": -1}, ValueError, "negative"),
    ("Cropping3D", {"cropping": (1, 2)}, ValueError, "3"),
    ("AdaptiveAveragePooling1D", {"output_size": (1, 2)}, ValueError, "output_size"),
    ("AdaptiveMaxPooling2D", {"output_size": (1, 2, 3)}, TypeError, "output_size"),
    ("AdaptiveMaxPooling2D", {"output_size": 0}, ValueError, "positive"),
    ("AdaptiveMaxPooling3D", {"output_size": "2"}, TypeError, "output_size"),
    ("GroupNormalization", {"groups": 0}, ValueError, "groups=0"),
    ("UnitNormalization", {"axis": "last"}, TypeError, "axis"),
    ("AlphaDropout", {"rate": 1.5}, ValueError, "rate"),
    ("Dropout", {"rate": 0.5, "noise_shape": (0, 2)}, ValueError, "noise_shape"),
    ("Dropout", {"rate": 0.5, "noise_shape": 3}, ValueError, "noise_shape=3"),
    ("SpatialDropout2D", {"rate": -0.1}, ValueError, "rate"),
    ("GaussianDropout", {"rate": 2}, ValueError, "rate"),
    ("GaussianNoise", {"stddev": -1}, ValueError, "stddev"),
    ("Dot", {"axes": "1"}, TypeError, "axes"),
    ("Dot", {"axes": (1, 2, 3)}, ValueError, "axes"),
    ("Embedding", {"input_dim": 0, "output_dim": 3}, ValueError, "input_dim=0"),
    ("ReversibleEmbedding", {"input_dim": 5, "output_dim": 2.5}, ValueError, "output_dim=2.5"),
    ("MelSpectrogram", {"fft_length": 64, "sequence_length": 65}, ValueError, "sequence_length=65"),
    ("MelSpectrogram", {"min_freq": 9000}, ValueError, "min_freq=9000"),
    ("MelSpectrogram", {"sequence_stride": -1}, ValueError, "sequence_stride=-1"),
    ("STFTSpectrogram", {"mode": "phase"}, ValueError, "mode='phase'"),
    ("STFTSpectrogram", {"window": "han_"}, ValueError, "han_"),
    ("STFTSpectrogram", {"frame_step": 300}, ValueError, "frame_step=300"),
    ("STFTSpectrogram", {"fft_length": 128}, ValueError, "fft_length=128"),
    ("STFTSpectrogram", {"padding": "causal"}, ValueError, "padding='causal'"),
]


@pytest.mark.parametrize("layer, arguments, error, words", ARGUMENTS, ids=lambda value: str(value)[:40])
def test_arguments(layer, arguments, error, words):
    with pytest.raises(error, match=words):
        getattr(layers, layer)(**arguments)


SHAPES = [  # (layer, shape or shapes of inputs, words in the message besides the layer's name)
    (layers.UpSampling2D(), SEQUENCE, "ndim=4"),
    (layers.ZeroPadding1D(), IMAGE, "ndim=3"),
    (layers.Cropping3D(), IMAGE, "ndim=5"),
    (layers.Cropping1D((3, 3)), SEQUENCE, "cropping"),
    (layers.Cropping2D(((0, 0), (2, 3))), IMAGE, "cropping"),
    (layers.AdaptiveMaxPooling2D(2), SEQUENCE, "ndim=4"),
    (layers.SpatialDropout1D(0.5), IMAGE, "ndim=3"),
    (layers.GroupNormalization(2), IMAGE, "groups=2"),
    (layers.GroupNormalization(3, axis=3), SEQUENCE, "no axis"),
    (layers.GroupNormalization(3), (None, 5, None), "defined dimension"),
    (layers.LayerNormalization(axis=4), SEQUENCE, "no axis"),
    (layers.LayerNormalization(), (None, 5, None), "must be fully-defined"),
    (layers.BatchNormalization(), (None, 5, None), "must be fully-defined"),
    (layers.RMSNormalization(axis=4), SEQUENCE, "no axis"),
    (layers.RMSNormalization(), (None, 5, None), "known"),
    (layers.UnitNormalization(axis=-4), SEQUENCE, "no axis"),
    (layers.PReLU(), (None, None, 3), "shared_axes"),
    (layers.PReLU(shared_axes=3), SEQUENCE, "shared_axes"),
    (layers.Multiply(), [(None, 3), (None, 4)], "incompatible"),
    (layers.Average(), [(2, 3), (4, 3)], "batch"),
    (layers.Subtract(), [(None, 3)] * 3, "exactly 2 inputs"),
    (layers.Dot(1), [(None, 3)] * 3, "exactly 2 inputs"),
    (layers.Dot(0), [(None, 3)] * 2, "batch"),
    (layers.Dot((1, 2)), [(None, 3), (None, 3, 4)], "differ in length"),
    (layers.Maximum(), (None, 3), "list of inputs"),
    (layers.EinsumDense("abc,cd->abd", (7, 4)), SEQUENCE, "do not match"),
    (layers.EinsumDense("abc,cd->abd", 4), SEQUENCE, "output_shape"),
    (layers.EinsumDense("abcd,de->abce", (7, 3, 4)), SEQUENCE, "axes"),
    (layers.EinsumDense("abc,xd->abd", (6, 4)), SEQUENCE, "'x'"),
    (layers.EinsumDense("abc,cd", 4), SEQUENCE, "must be like"),
    (layers.EinsumDense("abc,cd->abd", (6, 4), bias_axes="c"), SEQUENCE, "bias_axes"),
    (layers.EinsumDense("abc,cd->abd", (6, 4)), (None, 6, None), "known"),
]


@pytest.mark.parametrize("layer, shapes, words", SHAPES, ids=lambda value: getattr(value, "name", str(value)))
def test_shapes(layer, shapes, words):
    inputs = [keras.Input(batch_shape=shape) for shape in (shapes if isinstance(shapes, list) else [shapes])]
    with pytest.raises(ValueError, match=words) as raised:
        layer(inputs if isinstance(shapes, list) else inputs[0])
    assert layer.name in str(raised.value) + str(raised.value.__notes__)


def test_gaussian_dropout_of_everything_cannot_train():
    layer = layers.GaussianDropout(1)
    assert layer(np.ones((2, 3))).shape == (2, 3)
    with pytest.raises(ValueError, match="infinite"):
        layer(np.ones((2, 3)), training=True)


def test_merges_take_a_list_of_one():
    x = np.arange(6.0).reshape(2, 3)
    for name in ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply"):
        np.testing.assert_array_equal(getattr(layers, name)()([x]), x)


@pytest.mark.parametrize(
    "layer, words",
    [
        (layers.Dense(2, kernel_constraint="non_neg"), "kernel_constraint"),
        (layers.Dense(2), "isn't yet built"),
    ],
)
def test_low_rank_adaptation_that_is_not_possible(layer, words):
    with pytest.raises(ValueError, match=words):
        layer.enable_lora(1)
    layer = layers.Dense(2, lora_rank=1)
    layer.build((None, 3))
    with pytest.raises(ValueError, match="only once"):
        layer.enable_lora(1)


def test_a_weight_cannot_be_had_before_it_is_built():
    for layer, name in ((layers.Dense(2), "kernel"), (layers.Embedding(3, 2), "embeddings")):
        with pytest.raises(AttributeError, match=f"before accessing `{name}`"):
            getattr(layer, name)


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: layers.MultiHeadAttention(2, 4)(np.ones((2, 3, 4))),
            r"argument: 'value'.*called with \(query, value, ",
        ),
        (lambda: layers.Dense(2)(np.ones((2, 3)), trainig=True), r"'trainig'. Did you mean 'training'\?"),
    ],
)
def test_wrong_arguments_of_a_call_show_those_that_there_are(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_a_noise_shape_of_another_rank():
    layer = layers.Dropout(0.5, noise_shape=(None, 1))
    assert layer(np.ones((2, 3)), training=True).shape == (2, 3)
    with pytest.raises(ValueError, match="a length for each axis"):
        layer(np.ones((2, 3, 4)), training=True)


def test_layer_normalization_of_integers():
    y = layers.LayerNormalization()(np.array([[1, 2, 3]]))
    assert y.dtype == "float32"
    np.testing.assert_allclose(y, layers.LayerNormalization()(np.array([[1.0, 2.0, 3.0]])), rtol=1e-6)


@pytest.mark.parametrize("layer", [layers.UnitNormalization(axis=-2), layers.Softmax(axis=-2)], ids=lambda x: x.name)
def test_layers_over_the_batch_go_step_by_step_in_time_distributed(layer):
    x = np.arange(24.0, dtype="float32").reshape(2, 3, 4)
    expected = np.stack([layer(x[:, t]) for t in range(3)], axis=1)
    np.testing.assert_allclose(layers.TimeDistributed(layer)(x), expected, rtol=1e-6)
