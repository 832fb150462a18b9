"""Convolutions and the 2D pooling layers in both data formats (TensorFlow's CPU build has only one)."""

import numpy as np
import pytest

from minikeras import GradientTape, Tensor, layers, ops

LAYERS = [
    (layers.Conv2D, {"filters": 4, "kernel_size": 3, "activation": "relu"}),
    (layers.Conv2D, {"filters": 4, "kernel_size": (2, 3), "strides": 2, "padding": "same"}),
    (layers.Conv2D, {"filters": 4, "kernel_size": 2, "dilation_rate": 2, "groups": 2}),
    (layers.DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 2, "activation": "relu"}),
    (layers.DepthwiseConv2D, {"kernel_size": (2, 3), "strides": 2, "padding": "same"}),
    (layers.SeparableConv2D, {"filters": 5, "kernel_size": 3, "depth_multiplier": 2, "strides": 2}),
    (layers.Conv2DTranspose, {"filters": 5, "kernel_size": 3, "strides": (2, 3), "activation": "relu"}),
    (layers.Conv2DTranspose, {"filters": 5, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1}),
    (layers.MaxPooling2D, {"pool_size": 2}),
    (layers.MaxPooling2D, {"pool_size": 3, "strides": 2, "padding": "same"}),
    (layers.AveragePooling2D, {"pool_size": (3, 2), "strides": 2, "padding": "same"}),
    (layers.GlobalAveragePooling2D, {"keepdims": True}),
    (layers.GlobalMaxPooling2D, {}),
]
SAME_SUMS = 1e-12  # both formats add the same float64 values


@pytest.mark.parametrize("cls, arguments", LAYERS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_channels_first_is_channels_last_moved(cls, arguments):
    x = Tensor(np.random.default_rng(0).normal(size=(2, 7, 8, 4)))
    last = cls(**arguments, data_format="channels_last", dtype="float64")
    first = cls(**arguments, data_format="channels_first", dtype="float64")
    last.build((2, 7, 8, 4))
    first.build((2, 4, 7, 8))
    first.set_weights(last.get_weights())
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y_last = last(x)
        y_first = first(ops.transpose(x, (0, 3, 1, 2)))
        if len(y_first.shape) == 4:
            y_first = ops.transpose(y_first, (0, 2, 3, 1))
    assert first.compute_output_shape((None, 4, 7, 8))[1] == last.compute_output_shape((None, 7, 8, 4))[-1]
    np.testing.assert_allclose(y_first, y_last, rtol=SAME_SUMS, atol=SAME_SUMS)
    for source_first, source_last in zip([x, *first.trainable_weights], [x, *last.trainable_weights], strict=True):
        dy = np.random.default_rng(1).normal(size=y_last.shape)
        gradients = tape.gradient(y_first, source_first, dy), tape.gradient(y_last, source_last, dy)
        np.testing.assert_allclose(*gradients, rtol=SAME_SUMS, atol=SAME_SUMS)
