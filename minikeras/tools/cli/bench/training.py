"""Workloads of whole networks: `fit`, `train_on_batch`, `predict`, `predict_on_batch`."""

import numpy as np

from minikeras.tools.cli.bench.networks import NETWORKS, forward_operations
from minikeras.tools.cli.bench.workload import SAME_LOSS, Workload

STEPS = 20  # of one timed `fit`
BACKWARD = 2  # the backward pass has two products (of inputs and of kernels) for each of the forward pass
FIT = [  # network, batch
    ("MLP", 32),
    ("MLP", 128),
    ("wide MLP", 128),
    ("CNN", 32),
    ("CNN", 128),
    ("VGG block", 64),
    ("CNN with BatchNormalization", 64),
    ("residual network", 32),
    ("separable CNN", 32),
]
FEWER_STEPS = {"VGG block": 3, "wide MLP": 5, "residual network": 5}  # these take long
TRAIN_ON_BATCH = [("MLP", 32), ("CNN", 32)]
LOOP = [("MLP", 32), ("MLP", 128), ("CNN", 32), ("residual network", 32)]
PREDICT = [  # network, samples, batch
    ("MLP", 1, 32),
    ("MLP", 1024, 256),
    ("MLP", 10_000, 256),
    ("CNN", 1, 32),
    ("CNN", 1024, 256),
    ("CNN", 10_000, 256),
    ("VGG block", 1, 32),
    ("VGG block", 1000, 128),
]
PREDICT_ON_BATCH = [("MLP", 1), ("MLP", 32), ("CNN", 1), ("CNN", 32)]


def data(shape, samples):
    """Random images and labels, the same on both sides."""
    rng = np.random.default_rng(0)
    return rng.uniform(size=(samples, *shape)).astype("float32"), rng.integers(0, 10, samples)


def compiled(side, name):
    """The network with Adam, crossentropy and accuracy; the same initial weights on both sides."""
    side.keras.utils.set_random_seed(0)
    model = NETWORKS[name][0](side.keras)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def steps_of(name):
    """How many steps one timed `fit` of the network has."""
    return FEWER_STEPS.get(name, STEPS)


def fit(name, batch):
    """One epoch of `fit`; the result is its loss."""

    def make(side):
        model = compiled(side, name)
        side.operations = (1 + BACKWARD) * forward_operations(model) * batch * steps_of(name)
        x, y = data(NETWORKS[name][1], batch * steps_of(name))
        return lambda: model.fit(x, y, batch_size=batch, shuffle=False, verbose=0).history["loss"][-1]

    title = f"{name}: fit, batch {batch}, {steps_of(name)} steps"
    return Workload(title, "networks", make, tolerance=SAME_LOSS, needs=NETWORKS[name][2])


def train_on_batch(name, batch):
    """One step; the result is its loss."""

    def make(side):
        model = compiled(side, name)
        side.operations = (1 + BACKWARD) * forward_operations(model) * batch
        x, y = data(NETWORKS[name][1], batch)
        return lambda: model.train_on_batch(x, y)[0]

    title = f"{name}: train_on_batch, batch {batch}"
    return Workload(title, "networks", make, tolerance=SAME_LOSS, needs=NETWORKS[name][2])


def loop(name, batch):
    """One step of a custom loop with a tape, in TensorFlow a `tf.function`; the result is its loss."""

    def make(side):
        model = compiled(side, name)
        side.operations = (1 + BACKWARD) * forward_operations(model) * batch
        x, y = map(side.tensor, data(NETWORKS[name][1], batch))
        optimizer = side.keras.optimizers.Adam()
        optimizer.build(model.trainable_variables)
        loss = side.keras.losses.SparseCategoricalCrossentropy()
        return side.compiled(side.training_step(model, lambda outputs: loss(y, outputs), optimizer), x)

    title = f"{name}: step of a GradientTape loop, batch {batch}"
    return Workload(title, "networks", make, tolerance=SAME_LOSS, needs=NETWORKS[name][2])


def predict(name, samples, batch):
    """`predict` in batches."""

    def make(side):
        model = compiled(side, name)
        side.operations = forward_operations(model) * samples
        x, _ = data(NETWORKS[name][1], samples)
        return lambda: model.predict(x, batch_size=batch, verbose=0)

    title = f"{name}: predict, {samples} samples, batch {batch}" if samples > 1 else f"{name}: predict, 1 sample"
    return Workload(title, "networks", make, needs=NETWORKS[name][2])


def predict_on_batch(name, samples):
    """`predict_on_batch`."""

    def make(side):
        model = compiled(side, name)
        side.operations = forward_operations(model) * samples
        x, _ = data(NETWORKS[name][1], samples)
        return lambda: model.predict_on_batch(x)

    title = f"{name}: predict_on_batch, {samples} sample{'s' if samples > 1 else ''}"
    return Workload(title, "networks", make, needs=NETWORKS[name][2])


WORKLOADS = [
    *(fit(*case) for case in FIT),
    *(train_on_batch(*case) for case in TRAIN_ON_BATCH),
    *(loop(*case) for case in LOOP),
    *(predict(*case) for case in PREDICT),
    *(predict_on_batch(*case) for case in PREDICT_ON_BATCH),
]
