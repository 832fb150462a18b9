"""Twenty trainings that end in NaN or infinity, each with what the anomaly detector must report."""

from collections import namedtuple

import numpy as np

from minikeras import Input, Sequential, initializers, layers, ops, optimizers

Case = namedtuple("Case", "phase op layer cause words", defaults=("",))
BATCH = 8
BAD_ROW = 5
SEED = 1


def data(features=4):
    """x and y of 16 samples, two batches."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(16, features)).astype("float32"), rng.normal(size=(16, 1)).astype("float32")


class Function(layers.Layer):
    """A layer that applies a function of tensors."""

    def __init__(self, function, name="faulty", **kwargs):
        super().__init__(name=name, **kwargs)
        self.function = function

    def call(self, x):
        return self.function(x)


def network(*middle, loss="mse", optimizer="sgd", **settings):
    """Dense → the given layers → Dense, compiled."""
    initial = initializers.GlorotUniform(seed=SEED)
    before = layers.Dense(3, name="before", kernel_initializer=initial, **settings)
    model = Sequential([Input((4,)), before, *middle, layers.Dense(1, name="after", kernel_initializer=initial)])
    model.compile(optimizer, loss)
    return model


def run(function, optimizer="sgd", **settings):
    """Train with a function of tensors between two layers."""
    model = network(Function(function), optimizer=optimizer, **settings)
    x, y = data()
    model.fit(x, y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0, detect_anomaly=True)


def zero_at(x):
    """x with a 0 in row 2."""
    if None in x.shape:  # symbolic
        return x * 1.0
    mask = np.ones((x.shape[0], 1), "float32")
    mask[2] = 0
    return x * mask


def bad_data():
    x, y = data()
    x[BAD_ROW, 1] = np.nan
    network().fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, detect_anomaly=True)


def bad_labels():
    x, y = data()
    y[BAD_ROW] = np.inf
    network().fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, detect_anomaly=True)


def bad_weight():
    model = network()
    kernel = np.full((4, 3), np.nan, "float32")
    model.get_layer("before").kernel.assign(kernel)
    model.fit(*data(), batch_size=BATCH, verbose=0, detect_anomaly=True)


def exploding():
    x, y = data()
    network(optimizer=optimizers.SGD(100.0)).fit(x, y, epochs=50, batch_size=BATCH, verbose=0, detect_anomaly=True)


def unscaled_data():
    x, y = data()
    network(Function(ops.square)).fit(x * 1e24, y, batch_size=BATCH, verbose=0, detect_anomaly=True)


def own_loss():
    def log_loss(y_true, y_pred):
        return -ops.mean(ops.log(ops.relu(y_pred) * 0.0))

    network(loss=log_loss).fit(*data(), batch_size=BATCH, verbose=0, detect_anomaly=True)


def weights_of_zero():
    def normalized_loss(y_true, y_pred):
        weight = ops.cast(y_true > 100.0, "float32")
        return ops.sum(weight * ops.square(y_true - y_pred)) / ops.sum(weight)

    network(loss=normalized_loss).fit(*data(), batch_size=BATCH, verbose=0, detect_anomaly=True)


def float16():
    x, y = data()
    layer = Function(lambda x: ops.cast(x, "float16") * 3e4 * 3.0)
    network(layer).fit(x, y, batch_size=BATCH, verbose=0, detect_anomaly=True)


def learning_rate():
    network(optimizer=optimizers.SGD(float("nan"))).fit(*data(), batch_size=BATCH, verbose=0, detect_anomaly=True)


def masked_softmax():
    run(lambda x: ops.softmax(x + np.float32(-np.inf)))


CASES = {
    "log of 0": (
        lambda: run(lambda x: ops.log(zero_at(ops.absolute(x)))),
        Case("forward", "Log", "faulty", "logarithm"),
    ),
    "log of a negative number": (
        lambda: run(lambda x: ops.log(-1.0 - ops.absolute(x))),
        Case("forward", "Log", "faulty", "logarithm", "negative"),
    ),
    "division by 0": (lambda: run(lambda x: 1.0 / zero_at(x)), Case("forward", "Divide", "faulty", "division")),
    "0 / 0": (lambda: run(lambda x: zero_at(x) / zero_at(x)), Case("forward", "Divide", "faulty", "division", "0 / 0")),
    "weights that sum to 0": (weights_of_zero, Case("forward", "Divide", "", "division", "sum of weights")),
    "overflow in exp": (lambda: run(lambda x: ops.exp(x * 1e4)), Case("forward", "Exp", "faulty", "exponential")),
    "root of a negative number": (
        lambda: run(lambda x: ops.sqrt(-1.0 - ops.square(x))),
        Case("forward", "Sqrt", "faulty", "root"),
    ),
    "1 / root of 0": (lambda: run(lambda x: ops.rsqrt(zero_at(x) * 0.0)), Case("forward", "Rsqrt", "faulty", "root")),
    "fraction as a power": (
        lambda: run(lambda x: (-1.0 - ops.square(x)) ** 0.3),
        Case("forward", "Power", "faulty", "power"),
    ),
    "arccos of 2": (
        lambda: run(lambda x: ops.arccos(x * 0 + 2)),
        Case("forward", "Arccos", "faulty", "outside_domain"),
    ),
    "everything masked": (masked_softmax, Case("forward", "Softmax", "faulty", "everything_masked")),
    "gradient of a root at 0": (
        lambda: run(lambda x: ops.sqrt(zero_at(x) * zero_at(x))),
        Case("backward", "Sqrt", "faulty", "gradient_of_root"),
    ),
    "gradient hidden by where": (
        lambda: run(lambda x: ops.where(zero_at(x) == 0, 0.0, 1.0 / zero_at(x))),
        Case("backward", "Divide", "faulty", "hidden_by_where"),
    ),
    "log in a loss": (own_loss, Case("forward", "Log", "", "logarithm")),
    "NaN in the data": (bad_data, Case("data", "", "", "bad_data")),
    "infinite label": (bad_labels, Case("data", "", "", "bad_data")),
    "NaN in a weight": (bad_weight, Case("weight", "", "", "bad_weight")),
    "learning rate too high": (exploding, Case(None, None, None, "exploding_weights", "learning rate")),
    "data not scaled": (unscaled_data, Case("forward", "Square", "faulty", "large_values", "Scale")),
    "float16 overflow": (float16, Case("forward", None, "faulty", "float16_overflow")),
    "learning rate that is NaN": (learning_rate, Case("update", "", "", "bad_learning_rate", "schedule")),
}
