"""Convolution and pooling by the sums that define them, the geometry of "same", and what the errors say."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.autodiff import GradientTape, KerasTensor, Tensor, Variable

ROW = np.arange(1.0, 6.0, dtype="float32").reshape(1, 5, 1)  # 1 2 3 4 5


def flat(x):
    return np.asarray(x).reshape(-1).tolist()


def test_conv_is_a_sum_over_the_window():
    assert flat(ops.conv(ROW, np.array([1, 10, 100], "float32").reshape(3, 1, 1))) == [321, 432, 543]


def test_same_padding_pads_more_on_the_right():
    kernel = np.array([1, 10], "float32").reshape(2, 1, 1)
    assert flat(ops.conv(ROW, kernel, padding="same")) == [21, 32, 43, 54, 5]
    assert flat(ops.max_pool(-ROW, 2, 2, "same")) == [-1, -3, -5]


def test_average_pool_does_not_count_the_padding():
    assert flat(ops.average_pool(ROW, 2, 2, "same")) == [1.5, 3.5, 5.0]


def test_strides_and_dilation():
    kernel = np.ones((2, 1, 1), "float32")
    assert flat(ops.conv(ROW, kernel, strides=2)) == [3, 7]
    assert flat(ops.conv(ROW, kernel, dilation_rate=3)) == [5, 7]


def test_groups_follow_from_the_shapes():
    x = np.array([[[1, 10, 100, 1000]]], "float32")
    assert flat(ops.conv(x, np.ones((1, 2, 2), "float32"))) == [11, 1100]
    assert flat(ops.conv(x, np.ones((1, 1, 4), "float32"))) == [1, 10, 100, 1000]


def test_conv_transpose_goes_back_to_the_longer_shape():
    x = np.array([1, 2], "float32").reshape(1, 2, 1)
    kernel = np.array([1, 10, 100], "float32").reshape(3, 1, 1)
    assert flat(ops.conv_transpose(x, kernel, strides=2)) == [1, 10, 102, 20, 200]
    assert ops.conv_transpose(x, kernel, strides=2, padding="same").shape == (1, 4, 1)
    assert ops.conv_transpose(x, kernel, strides=2, output_padding=1).shape == (1, 6, 1)


def test_channels_first_is_the_same_convolution():
    x, kernel = np.random.default_rng(0).normal(size=(2, 5, 4, 3)), np.ones((2, 2, 3, 6))
    last = ops.conv(x, kernel, padding="same").numpy()
    first = ops.conv(x.transpose(0, 3, 1, 2), kernel, padding="same", data_format="channels_first").numpy()
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), last)


def test_equal_maxima_in_an_image_send_the_gradient_to_the_first():
    x = Tensor(np.ones((1, 2, 2, 1), "float32"))
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.max_pool(x, 2)
    assert flat(tape.gradient(y, x)) == [1, 0, 0, 0]


def test_the_gradient_of_the_image_is_skipped_if_nobody_asks():
    kernel = Variable(np.ones((3, 3, 1, 2), "float32"))
    with GradientTape() as tape:
        y = ops.conv(np.ones((1, 5, 5, 1), "float32"), kernel)
    assert [call.needs_gradient for call in tape.calls] == [[False, True]]
    assert tape.gradient(y, kernel).shape == (3, 3, 1, 2)


def test_float16_sums_in_float32():
    """2049 ones sum to 2049 in float32; in float16 the sum would stall at 2048."""
    x = np.ones((1, 2050, 1), "float16")
    y = ops.conv(x, np.ones((2050, 1, 1), "float16"))
    assert y.dtype == "float16"
    assert flat(y) == [2050]


IMAGE = np.ones((2, 7, 6, 4), "float32")
MISTAKES = [
    (lambda: ops.conv(IMAGE, np.ones((8, 8, 4, 2))), r"size would be zero.*window=\(8, 8\).*padding='same'"),
    (lambda: ops.conv(IMAGE, np.ones((4, 4, 4, 2)), dilation_rate=3), "spanning"),
    (lambda: ops.max_pool(IMAGE, 9), "input_shape=.2, 7, 6, 4."),
    (lambda: ops.conv(IMAGE, np.ones((2, 2, 3, 2))), "4 input channels"),
    (lambda: ops.conv(IMAGE, np.ones((2, 2, 2, 3))), "4 input channels"),
    (lambda: ops.depthwise_conv(IMAGE, np.ones((2, 2, 3, 2))), "with 4 channels"),
    (lambda: ops.conv_transpose(IMAGE, np.ones((2, 2, 3, 2))), "last axis"),
    (lambda: ops.conv_transpose(IMAGE, np.ones((3, 3, 5, 4)), 2, "same", output_padding=2), "smaller `output_padding`"),
    (lambda: ops.conv(np.ones((28, 28)), np.ones((3, 3, 1, 2))), r"x\[\.\.\., None\]"),
    (lambda: ops.conv(IMAGE, np.ones((3, 4, 2))), "same number of axes"),
    (lambda: ops.conv(IMAGE, np.ones((2, 2, 4, 2)), padding="full"), "'valid' or 'same'"),
    (lambda: ops.conv(IMAGE, np.ones((2, 2, 4, 2)), strides=(1, 2, 3)), "`strides`"),
    (lambda: ops.conv(IMAGE, np.ones((2, 2, 4, 2)), strides=0), "`strides`"),
    (lambda: ops.conv(IMAGE, np.ones((2, 2, 4, 2)), data_format="NHWC"), "channels_last"),
    (lambda: ops.average_pool(np.ones((3, 4)), 2), "3 to 5 axes"),
]


@pytest.mark.parametrize("mistake, message", MISTAKES)
def test_mistakes_are_named_with_their_fix(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake()


@pytest.mark.parametrize(
    "shape, kwargs, expected",
    [
        ((None, None, 7, 4), {}, (None, None, 5, 3)),
        ((None, None, 7, 4), {"padding": "same", "strides": 2}, (None, None, 4, 3)),
        ((None, 4, 9, None), {"data_format": "channels_first"}, (None, 3, 7, None)),
    ],
)
def test_unknown_lengths_stay_unknown(shape, kwargs, expected):
    assert ops.conv(KerasTensor(shape), np.ones((3, 3, 4, 3)), **kwargs).shape == expected


def test_a_batch_of_no_images():
    x = np.ones((0, 7, 6, 4), "float32")
    assert ops.conv(x, np.ones((3, 3, 4, 2), "float32")).shape == (0, 5, 4, 2)
    assert ops.max_pool(x, 2).shape == (0, 3, 3, 4)
