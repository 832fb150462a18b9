"""Workloads whose time is memory: each reads its arrays, does little with them, and writes others."""

import math

import numpy as np

from minikeras.tools.cli.bench.workload import FLOAT, Workload, bytes_of, normal

POOLINGS = [("max", 32, 26, 32), ("max", 64, 32, 64), ("average", 32, 26, 32)]  # kind, batch, size, channels
CROSSENTROPIES = [(128, 10), (1024, 1000)]
NORMALIZATIONS = [("BatchNormalization", (64, 16, 16, 64)), ("LayerNormalization", (128, 32, 256))]
OPTIMIZERS = [  # class, settings, arrays read and written
    ("Adam", {}, 7),
    ("SGD", {}, 3),
    ("SGD", {"momentum": 0.9}, 5),
    ("RMSprop", {}, 5),
    ("AdamW", {}, 7),
]
SIZES = [10_000, 1_000_000]
ACTIVATIONS = ["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softmax"]
RANDOM = ["uniform", "normal", "truncated_normal", "dropout"]


def pooling(kind, batch, size, channels, backward):
    """Maxima or means of 2×2 windows; with `backward` also the gradient."""
    shape, small = (batch, size, size, channels), (batch, size // 2, size // 2, channels)

    def make(side):
        x, dy = map(side.tensor, normal(shape, small))

        def forward(x):
            return getattr(side.keras.ops, f"{kind}_pool")(x, 2, strides=2)

        if not backward:
            return side.compiled(forward, x)
        return side.compiled(side.with_gradient(forward, 0), x, dy)

    moved = bytes_of(shape, small) * (2 if backward else 1)
    title = f"{kind} pooling {batch}×{size}×{size}×{channels}: forward{' and backward' if backward else ''}"
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


def binary_crossentropy(size):
    """The loss of logits, and its gradient."""

    def make(side):
        logits, labels = normal((size, 1), (size, 1))
        loss = side.keras.losses.BinaryCrossentropy(from_logits=True)
        labels, one = side.tensor((labels > 0).astype("float32")), side.tensor(np.float32(1))
        return side.compiled(side.with_gradient(lambda x: loss(labels, x), 0), side.tensor(logits), one)

    title = f"binary crossentropy {size:,}: forward and backward"
    return Workload(title, "crossentropy", make, bytes=3 * FLOAT * size)  # reads logits and labels, writes gradients


def normalization(kind, shape, backward):
    """A normalizing layer while training; with `backward` also the gradients of inputs, scale and offset."""

    def make(side):
        layer = getattr(side.keras.layers, kind)()
        layer.build(shape)
        x, dy = map(side.tensor, normal(shape, shape))
        options = {"training": True} if kind == "BatchNormalization" else {}
        if not backward:
            return side.compiled(lambda x: layer(x, **options), x)
        return side.compiled(side.with_layer_gradients(layer, **options), x, dy)

    moved = bytes_of(shape, shape) * (2 if backward else 1)
    rows = math.prod(shape[:-1])
    title = f"{kind} {rows}×{shape[-1]}: forward{' and backward' if backward else ''}"
    return Workload(title, "normalization", make, bytes=moved)


def optimizer_step(name, settings, passes, size):
    """One step on one variable; the result is the variable.

    Args:
        name: of the class.
        settings: its arguments.
        passes: how many arrays of the variable's size are read or written.
        size: of the variable.
    """

    def make(side):
        keras = side.keras
        value, gradient = normal((size,), (size,))
        variable = keras.Variable(value)
        optimizer = getattr(keras.optimizers, name)(**settings)
        optimizer.build([variable])
        step = side.compiled(lambda g: optimizer.apply([g], [variable]), side.tensor(gradient))

        def one_step():
            step()
            return variable

        return one_step

    with_momentum = " with momentum" if "momentum" in settings else ""
    return Workload(f"{name}{with_momentum}, {size:,} weights", "optimizers", make, bytes=passes * FLOAT * size)


def activation(name, backward):
    """An activation of 1024×1024 elements, and its gradient."""
    shape = (1024, 1024)

    def make(side):
        x, dy = map(side.tensor, normal(shape, shape))
        function = getattr(side.keras.ops, name)
        return side.compiled(side.with_gradient(function, 0), x, dy) if backward else side.compiled(function, x)

    title = f"{name} 1024×1024{': forward and backward' if backward else ''}"
    return Workload(title, "activations", make, bytes=(5 if backward else 2) * bytes_of(shape))


def embedding(tokens, rows, width, backward):
    """Rows of an embedding; with `backward` also a step of SGD on them, and the result is the whole table."""

    def make(side):
        keras = side.keras
        keras.utils.set_random_seed(0)
        layer = keras.layers.Embedding(rows, width)
        layer.build(tokens)
        numbers = side.tensor(np.random.default_rng(0).integers(0, rows, tokens))
        if not backward:
            return side.compiled(layer, numbers)
        optimizer = keras.optimizers.SGD(0.1)
        optimizer.build([layer.embeddings])
        step = side.compiled(side.training_step(layer, keras.ops.mean, optimizer), numbers)

        def one_step():
            step()
            return layer.embeddings

        return one_step

    moved = 2 * bytes_of((*tokens, width)) * (2 if backward else 1)
    title = f"Embedding {rows:,}×{width}, {tokens[0]}×{tokens[1]} tokens"
    suffix = "forward, gradient and step of SGD" if backward else "forward"
    return Workload(f"{title}: {suffix}", "embedding", make, bytes=moved)


def random_numbers(name):
    """1024×1024 samples of a distribution, or a mask of dropout of that size."""
    shape = (1024, 1024)

    def make(side):
        generator = side.keras.random.SeedGenerator(1)
        draw = getattr(side.keras.random, name)
        if name == "dropout":
            (x,) = normal(shape)
            return side.compiled(lambda x: draw(x, 0.5, seed=generator), side.tensor(x))
        return side.compiled(lambda: draw(shape, seed=generator))

    return Workload(f"random.{name} 1024×1024", "random", make, bytes=bytes_of(shape) * (2 if name == "dropout" else 1))


def all_workloads():
    """Every single kernel with every pass."""
    for backward in (False, True):
        yield from (pooling(*shape, backward) for shape in POOLINGS)
        yield from (normalization(*case, backward) for case in NORMALIZATIONS)
        yield from (activation(name, backward) for name in ACTIVATIONS)
        yield embedding((128, 100), 10_000, 64, backward)
    yield from (crossentropy(*shape) for shape in CROSSENTROPIES)
    yield binary_crossentropy(100_000)
    yield from (optimizer_step(*case, size) for case in OPTIMIZERS for size in SIZES)
    yield from map(random_numbers, RANDOM)


WORKLOADS = list(all_workloads())
