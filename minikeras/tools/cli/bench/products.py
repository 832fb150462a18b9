"""Workloads whose time is arithmetic: convolutions and products of matrices, through public names only.

A gradient is computed together with its forward pass, as in training; so a backend that leaves out unused results gains
nothing by it. TensorFlow runs these inside a `tf.function`, the way its users' kernels run.
"""

import math

from minikeras.tools.cli.bench.workload import Workload, bytes_of, normal

CONVOLUTIONS = {  # batch, size, channels, filters, window, stride, padding
    "16×32×32, 64→64, 3×3": (16, 32, 64, 64, 3, 1, "same"),
    "16×16×16, 64→128, 3×3": (16, 16, 64, 128, 3, 1, "same"),
    "16×16×16, 128→128, 3×3": (16, 16, 128, 128, 3, 1, "same"),
    "32×8×8, 128→128, 3×3": (32, 8, 128, 128, 3, 1, "same"),
    "32×13×13, 32→64, 3×3 valid": (32, 13, 32, 64, 3, 1, "valid"),
    "32×28×28, 1→32, 3×3 valid": (32, 28, 1, 32, 3, 1, "valid"),
    "16×32×32, 3→64, 3×3": (16, 32, 3, 64, 3, 1, "same"),
    "16×16×16, 64→128, 1×1": (16, 16, 64, 128, 1, 1, "same"),
    "32×14×14, 32→64, 5×5": (32, 14, 32, 64, 5, 1, "same"),
    "16×16×16, 64→128, 3×3 stride 2": (16, 16, 64, 128, 3, 2, "same"),
}
DEPTHWISE = [(16, 32, 64, 3, 1), (8, 56, 32, 3, 2)]  # batch, size, channels, window, stride
TRANSPOSED = [(16, 14, 64, 32, 3, 2)]  # batch, size, channels, filters, window, stride
DENSE = [(32, 784, 100), (128, 784, 100), (128, 1600, 128), (128, 2048, 2048)]
SQUARES = [64, 512]


def convolution(name, gradient):
    """`ops.conv`; with `gradient` "kernel" or "input" also that gradient."""
    batch, size, channels, filters, window, stride, padding = CONVOLUTIONS[name]
    outputs = -(-size // stride) if padding == "same" else (size - window) // stride + 1
    shapes = (batch, size, size, channels), (window, window, channels, filters), (batch, outputs, outputs, filters)
    operations = 2.0 * math.prod(shapes[2]) * window * window * channels

    def forward(side, x, kernel):
        return side.keras.ops.conv(x, kernel, strides=stride, padding=padding)

    return _with_gradient(f"convolution {name}", forward, shapes, operations, gradient)


def depthwise(batch, size, channels, window, stride, gradient):
    """`ops.depthwise_conv`, one output for each channel."""
    outputs = -(-size // stride)
    shapes = (batch, size, size, channels), (window, window, channels, 1), (batch, outputs, outputs, channels)
    operations = 2.0 * math.prod(shapes[2]) * window * window

    def forward(side, x, kernel):
        return side.keras.ops.depthwise_conv(x, kernel, strides=stride, padding="same")

    strided = f" stride {stride}" if stride > 1 else ""
    title = f"depthwise convolution {batch}×{size}×{size}×{channels}, {window}×{window}{strided}"
    return _with_gradient(title, forward, shapes, operations, gradient)


def transposed(batch, size, channels, filters, window, stride, gradient):
    """`ops.conv_transpose`."""
    outputs = size * stride
    shapes = (batch, size, size, channels), (window, window, filters, channels), (batch, outputs, outputs, filters)
    operations = 2.0 * math.prod(shapes[0]) * window * window * filters

    def forward(side, x, kernel):
        return side.keras.ops.conv_transpose(x, kernel, strides=stride, padding="same")

    title = f"transposed convolution {batch}×{size}×{size}, {channels}→{filters}, {window}×{window} stride {stride}"
    return _with_gradient(title, forward, shapes, operations, gradient)


def _with_gradient(title, forward, shapes, operations, gradient):
    """A workload of an op of (inputs, kernel); shapes are those of inputs, kernel and outputs."""

    def make(side):
        x, kernel, dy = map(side.tensor, normal(*shapes))

        def of_side(x, kernel):
            return forward(side, x, kernel)

        if gradient is None:
            return side.compiled(of_side, x, kernel)
        return side.compiled(side.with_gradient(of_side, ("input", "kernel").index(gradient)), x, kernel, dy)

    moved = bytes_of(*shapes)
    if gradient is not None:
        operations, moved = 2 * operations, 2 * moved
    suffix = "forward" if gradient is None else f"forward and {gradient} gradient"
    return Workload(f"{title}: {suffix}", "convolution", make, operations, moved)


def dense(batch, inputs, units, backward):
    """A Dense layer with relu; with `backward`, and without relu, also the gradients of inputs, kernel and bias.

    Among a quarter million outputs some are so near 0 that rounding decides whether relu lets their gradient pass: the
    sides would not have the same result.
    """

    def make(side):
        side.keras.utils.set_random_seed(0)
        layer = side.keras.layers.Dense(units, activation=None if backward else "relu")
        layer.build((batch, inputs))
        x, dy = map(side.tensor, normal((batch, inputs), (batch, units)))
        if not backward:
            return side.compiled(layer, x)
        return side.compiled(side.with_layer_gradients(layer), x, dy)

    operations = 2.0 * batch * inputs * units * (3 if backward else 1)
    moved = bytes_of((batch, inputs), (inputs, units), (batch, units)) * (2 if backward else 1)
    title = f"Dense {batch}×{inputs}×{units}: forward{' and backward' if backward else ''}"
    return Workload(title, "dense", make, operations, moved)


def matmul(size):
    """The product of two square matrices."""

    def make(side):
        return side.compiled(side.keras.ops.matmul, *map(side.tensor, normal((size, size), (size, size))))

    return Workload(f"matmul {size}×{size}×{size}", "dense", make, 2.0 * size**3, 3 * bytes_of((size, size)))


def all_workloads():
    """Every product with every pass."""
    for gradient in (None, "kernel", "input"):
        yield from (convolution(name, gradient) for name in CONVOLUTIONS)
        yield from (depthwise(*shape, gradient) for shape in DEPTHWISE)
        yield from (transposed(*shape, gradient) for shape in TRANSPOSED)
    yield from (dense(*shape, backward) for shape in DENSE for backward in (False, True))
    yield from map(matmul, SQUARES)


WORKLOADS = list(all_workloads())
