"""The convolution kernels against TensorFlow's ops: forward, kernel gradient, input gradient."""

import numpy as np
import pytest

from benchmarks.inputs import normal
from minikeras.kernels import convolution
from minikeras.kernels.windows import explicit_pads, output_sizes

SHAPES = {  # batch, size, channels, filters, window, stride, padding
    "16×32×32, 64→64, 3×3": (16, 32, 64, 64, 3, 1, "same"),
    "16×16×16, 64→128, 3×3": (16, 16, 64, 128, 3, 1, "same"),
    "32×13×13, 32→64, 3×3 valid": (32, 13, 32, 64, 3, 1, "valid"),
    "32×28×28, 1→32, 3×3 valid": (32, 28, 1, 32, 3, 1, "valid"),
    "16×32×32, 3→64, 3×3": (16, 32, 3, 64, 3, 1, "same"),
    "16×16×16, 64→128, 1×1": (16, 16, 64, 128, 1, 1, "same"),
    "32×14×14, 32→64, 5×5": (32, 14, 32, 64, 5, 1, "same"),
    "16×16×16, 64→128, 3×3 stride 2": (16, 16, 64, 128, 3, 2, "same"),
    "1×28×28, 1→32, 3×3 valid": (1, 28, 1, 32, 3, 1, "valid"),
}
PASSES = ("forward", "kernel gradient", "input gradient")


def _setting(size, window, stride, padding):
    strides = (stride, stride)
    pads = explicit_pads(padding, (size, size), (window, window), strides, (1, 1))
    return (strides, pads, (1, 1)), output_sizes((size, size), (window, window), strides, pads, (1, 1))


@pytest.mark.parametrize("which", PASSES)
@pytest.mark.parametrize("name", SHAPES)
def test_convolution(side_by_side, tf, name, which):
    batch, size, channels, filters, window, stride, padding = SHAPES[name]
    geometry, outputs = _setting(size, window, stride, padding)
    x, kernel, dy = normal(
        (batch, size, size, channels), (window, window, channels, filters), (batch, *outputs, filters)
    )
    ours = {
        "forward": lambda: convolution.convolution(x, kernel, *geometry),
        "kernel gradient": lambda: convolution.convolution_kernel_gradient(x, dy, (window, window), *geometry),
        "input gradient": lambda: convolution.convolution_input_gradient(dy, kernel, (size, size), *geometry),
    }
    theirs = tf and _tensorflow(tf, x, kernel, dy, stride, padding)[which]
    side_by_side(f"convolution {name}: {which}", minikeras=ours[which], tensorflow=theirs)


def _tensorflow(tf, x, kernel, dy, stride, padding):
    options = {"strides": [1, stride, stride, 1], "padding": padding.upper()}
    tx, tkernel, tdy = map(tf.constant, (x, kernel, dy))
    backward = {"out_backprop": tdy, **options}
    return {
        "forward": lambda: tf.nn.conv2d(tx, tkernel, **options),
        "kernel gradient": lambda: tf.raw_ops.Conv2DBackpropFilter(input=tx, filter_sizes=kernel.shape, **backward),
        "input gradient": lambda: tf.raw_ops.Conv2DBackpropInput(input_sizes=x.shape, filter=tkernel, **backward),
    }


DEPTHWISE = {  # batch, size, channels, multiplier, window, stride
    "16×32×32×64, 3×3": (16, 32, 64, 1, 3, 1),
    "8×56×56×32, 3×3 stride 2": (8, 56, 32, 1, 3, 2),
    "16×14×14×128, 5×5": (16, 14, 128, 1, 5, 1),
}


@pytest.mark.parametrize("which", PASSES)
@pytest.mark.parametrize("name", DEPTHWISE)
def test_depthwise_convolution(side_by_side, tf, name, which):
    batch, size, channels, multiplier, window, stride = DEPTHWISE[name]
    geometry, outputs = _setting(size, window, stride, "same")
    x, kernel, dy = normal(
        (batch, size, size, channels), (window, window, channels, multiplier), (batch, *outputs, channels * multiplier)
    )
    ours = {
        "forward": lambda: convolution.depthwise_convolution(x, kernel, *geometry),
        "kernel gradient": lambda: convolution.depthwise_convolution_kernel_gradient(
            x, dy, kernel.shape[:2], *geometry
        ),
        "input gradient": lambda: convolution.depthwise_convolution_input_gradient(dy, kernel, (size, size), *geometry),
    }
    theirs = tf and _tensorflow_depthwise(tf, x, kernel, dy, stride)[which]
    side_by_side(f"depthwise convolution {name}: {which}", minikeras=ours[which], tensorflow=theirs)


def _tensorflow_depthwise(tf, x, kernel, dy, stride):
    options = {"strides": [1, stride, stride, 1], "padding": "SAME"}
    tx, tkernel, tdy = map(tf.constant, (x, kernel, dy))
    backward = {"out_backprop": tdy, **options}
    filter_gradient = tf.raw_ops.DepthwiseConv2dNativeBackpropFilter
    input_gradient = tf.raw_ops.DepthwiseConv2dNativeBackpropInput
    return {
        "forward": lambda: tf.nn.depthwise_conv2d(tx, tkernel, **options),
        "kernel gradient": lambda: filter_gradient(input=tx, filter_sizes=np.array(kernel.shape), **backward),
        "input gradient": lambda: input_gradient(input_sizes=np.array(x.shape), filter=tkernel, **backward),
    }
