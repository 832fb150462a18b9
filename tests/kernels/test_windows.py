"""Padding and output sizes, against TensorFlow's published rules written as arithmetic."""

import math

import numpy as np
import pytest

from minikeras.kernels.windows import explicit_pads, output_sizes, pad, same_pads, unpad


@pytest.mark.parametrize("size", [1, 5, 6, 28])
@pytest.mark.parametrize(
    "window, stride, dilation", [(1, 1, 1), (2, 2, 1), (3, 1, 1), (3, 2, 1), (5, 3, 1), (3, 1, 2), (2, 4, 1)]
)
def test_same_gives_a_window_per_stride_and_pads_more_at_the_end(size, window, stride, dilation):
    ((before, after),) = same_pads((size,), (window,), (stride,), (dilation,))
    assert output_sizes((size,), (window,), (stride,), ((before, after),), (dilation,)) == (math.ceil(size / stride),)
    assert 0 <= after - before <= 1


@pytest.mark.parametrize(
    "size, window, stride, dilation, count",
    [(5, 3, 1, 1, 3), (5, 3, 2, 1, 2), (5, 2, 3, 1, 2), (5, 3, 1, 2, 1), (2, 3, 1, 1, 0)],
)
def test_valid_counts_the_windows_that_fit(size, window, stride, dilation, count):
    assert output_sizes((size,), (window,), (stride,), ((0, 0),), (dilation,)) == (count,)


def test_unpad_undoes_pad():
    x = np.arange(24.0).reshape(1, 3, 4, 2)
    padded = pad(x, ((1, 0), (0, 2)), value=7)
    assert padded.shape == (1, 4, 6, 2)
    assert (padded[:, 0] == 7).all()
    np.testing.assert_array_equal(unpad(padded, ((1, 0), (0, 2))), x)


def test_an_unknown_padding_is_named():
    with pytest.raises(ValueError, match="Received: padding='full'"):
        explicit_pads("full", (5,), (3,), (1,), (1,))
