"""Workloads of single kernels, through public names only: `keras.ops`, layers, optimizers, gradient tapes.

A gradient is asked for together with its forward pass, as training does; so a backend that leaves out what nobody asked
for gains nothing by it. TensorFlow runs these inside a `tf.function`, the way its users' kernels run.
"""

import math

import numpy as np

from minikeras.cli.bench.workload import FLOAT, Workload

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
DENSE = [(32, 784, 100), (128, 784, 100), (128, 1600, 128), (128, 2048, 2048)]
POOLINGS = [(32, 26, 32), (64, 32, 64)]
CROSSENTROPIES = [(128, 10), (1024, 1000)]
NORMALIZATIONS = [(64, 16, 64)]  # batch, size, channels: 16384×64
ADAM = [10_000, 1_000_000]
ACTIVATIONS = ["relu", "tanh", "sigmoid", "gelu", "softmax"]


def normal(*shapes):
    """Standard normal float32 arrays, the same on both sides."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def bytes_of(*shapes):
    """Bytes of float32 arrays of these shapes, together."""
    return FLOAT * sum(math.prod(shape) for shape in shapes)


def convolution(name, gradient):
    """`ops.conv`; with `gradient` "kernel" or "input" also that gradient."""
    batch, size, channels, filters, window, stride, padding = CONVOLUTIONS[name]
    outputs = -(-size // stride) if padding == "same" else (size - window) // stride + 1
    shapes = (batch, size, size, channels), (window, window, channels, filters), (batch, outputs, outputs, filters)

    def make(side):
        x, kernel, dy = map(side.tensor, normal(*shapes))

        def forward(x, kernel):
            return side.keras.ops.conv(x, kernel, strides=stride, padding=padding)

        if gradient is None:
            return side.compiled(forward, x, kernel)
        return side.compiled(side.with_gradient(forward, ("input", "kernel").index(gradient)), x, kernel, dy)

    operations = 2.0 * math.prod(shapes[2]) * window * window * channels
    moved = bytes_of(*shapes)
    if gradient is not None:
        operations, moved = 2 * operations, 2 * moved
    suffix = "forward" if gradient is None else f"forward and {gradient} gradient"
    return Workload(f"convolution {name}: {suffix}", "convolution", make, operations, moved)


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


def pooling(batch, size, channels, backward):
    """Maxima of 2×2 windows; with `backward` also the gradient."""
    shape, small = (batch, size, size, channels), (batch, size // 2, size // 2, channels)

    def make(side):
        x, dy = map(side.tensor, normal(shape, small))

        def forward(x):
            return side.keras.ops.max_pool(x, 2, strides=2)

        if not backward:
            return side.compiled(forward, x)
        return side.compiled(side.with_gradient(forward, 0), x, dy)

    moved = bytes_of(shape, small) * (2 if backward else 1)
    title = f"max pooling {batch}×{size}×{size}×{channels}: forward{' and backward' if backward else ''}"
    return Workload(title, "pooling", make, bytes=moved)


def crossentropy(batch, classes):
    """Softmax and crossentropy of logits, and the gradient of the logits."""

    def make(side):
        (logits,) = normal((batch, classes))
        labels = np.random.default_rng(0).integers(0, classes, batch)
        loss = side.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        labels, one = side.tensor(labels), side.tensor(np.float32(1))
        return side.compiled(side.with_gradient(lambda x: loss(labels, x), 0), side.tensor(logits), one)

    title = f"softmax and crossentropy {batch}×{classes}: forward and backward"
    return Workload(title, "crossentropy", make, bytes=2 * bytes_of((batch, classes)))


def normalization(batch, size, channels, backward):
    """BatchNormalization while training; with `backward` also the gradients of inputs, scale and offset."""
    shape = (batch, size, size, channels)

    def make(side):
        layer = side.keras.layers.BatchNormalization()
        layer.build(shape)
        x, dy = map(side.tensor, normal(shape, shape))

        def forward(x):
            return layer(x, training=True)

        if not backward:
            return side.compiled(forward, x)
        return side.compiled(side.with_layer_gradients(layer, training=True), x, dy)

    moved = bytes_of(shape, shape) * (2 if backward else 1)
    title = f"BatchNormalization {batch * size * size}×{channels}: forward{' and backward' if backward else ''}"
    return Workload(title, "normalization", make, bytes=moved)


def adam(size):
    """One step of Adam on one variable; the result is the variable."""

    def make(side):
        keras = side.keras
        value, gradient = normal((size,), (size,))
        variable = keras.Variable(value)
        optimizer = keras.optimizers.Adam()
        optimizer.build([variable])
        step = side.compiled(lambda g: optimizer.apply([g], [variable]), side.tensor(gradient))

        def one_step():
            step()
            return variable

        return one_step

    return Workload(f"Adam, {size:,} weights", "optimizers", make, bytes=7 * FLOAT * size)  # reads 4 arrays, writes 3


def activation(name):
    """An activation of 1024×1024 numbers."""

    def make(side):
        (x,) = normal((1024, 1024))
        return side.compiled(getattr(side.keras.ops, name), side.tensor(x))

    return Workload(f"{name} 1024×1024", "activations", make, bytes=2 * bytes_of((1024, 1024)))


def all_workloads():
    """Every single kernel with every pass."""
    for name in CONVOLUTIONS:
        yield from (convolution(name, gradient) for gradient in (None, "kernel", "input"))
    for backward in (False, True):
        yield from (dense(*shape, backward) for shape in DENSE)
        yield from (pooling(*shape, backward) for shape in POOLINGS)
        yield from (normalization(*shape, backward) for shape in NORMALIZATIONS)
    yield from (crossentropy(*shape) for shape in CROSSENTROPIES)
    yield from map(adam, ADAM)
    yield from map(activation, ACTIVATIONS)


WORKLOADS = list(all_workloads())
