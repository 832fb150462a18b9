"""Layers on inputs that are not numbers, or not of a kind that they compute with."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.base.errors import InvalidArgumentError

IMAGES = np.ones((2, 4, 4, 3), bool)


@pytest.mark.parametrize(
    "layer, kinds",
    [
        (layers.MaxPooling2D(name="mine"), "floats or integers"),
        (layers.AveragePooling2D(2, name="mine"), "floats or integers"),
        (layers.DepthwiseConv2D(2, name="mine"), "floats"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_message_names_layer_argument_dtype_and_fix(layer, kinds):
    with pytest.raises(InvalidArgumentError) as caught:
        layer(IMAGES)
    expected = (
        f"Layer 'mine' ({type(layer).__name__}) takes {kinds}. Received: `inputs` of dtype bool and shape "
        "(2, 4, 4, 3). Cast it first: `ops.cast(inputs, 'float32')`."
    )
    assert str(caught.value) == expected


def test_text_and_complex_numbers_have_other_fixes():
    with pytest.raises(InvalidArgumentError, match=r"Received: text, `inputs` of shape \(1,\).*StringLookup"):
        layers.Maximum()([ops.convert_to_tensor(np.array([b"a"], object))] * 2)
    with pytest.raises(InvalidArgumentError, match=r"Cast it first: `ops.real\(sequences\)`"):
        layers.LSTM(2)(np.ones((2, 3, 4), "complex64"))


@pytest.mark.parametrize(
    "layer, error, shape",
    [
        (layers.Conv2D(2, 3), ValueError, (1, 4, 4, 3)),
        (layers.Conv1D(2, 3), InvalidArgumentError, (1, 4, 3)),
        (layers.ConvLSTM1D(2, 3), InvalidArgumentError, (1, 2, 4, 3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_convolutions_take_floats(layer, error, shape):
    with pytest.raises(error, match=r"takes floats. Received: `.*` of dtype int32.*Cast it first"):
        layer(np.ones(shape, "int32"))


def test_integers_and_symbolic_tensors_pass():
    assert layers.MaxPooling2D()(np.ones((1, 4, 4, 3), "uint8")).dtype == "uint8"
    model = keras.Sequential([keras.Input((4, 4, 3)), layers.Conv2D(2, 3)])
    assert model(np.ones((1, 4, 4, 3), "uint8")).dtype == "float32"  # models cast what they are given
    assert layers.MaxPooling2D()(keras.Input((4, 4, 3), dtype="bool")).shape == (None, 2, 2, 3)
    assert layers.Add()([ops.convert_to_tensor(np.array([b"a"], object))] * 2).numpy()[0] == b"aa"


@pytest.mark.parametrize("layer", [layers.MixUp, layers.CutMix])
@pytest.mark.parametrize(
    "kind, shape", [("labels", (3, 10)), ("labels", (2, 10, 2)), ("segmentation_masks", (2, 4, 4))]
)
def test_labels_and_masks_have_the_images_batch(layer, kind, shape):
    data = {"images": np.ones((2, 4, 4, 3), "float32"), kind: np.ones(shape, "float32")}
    with pytest.raises(InvalidArgumentError, match=rf"takes `{kind}` of shape \(batch, .*batch of 2 as the images"):
        layer()(data, training=True)
