"""A plan trains as the tape does: bit for bit where it runs by NumPy, to rounding where it is compiled.

Each scenario is a whole program that uses a model in a way that could go wrong: it changes something between steps,
holds on to something, or needs something rare. It returns all numbers that matter.
"""

from functools import partial

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.ops import epilogue
from minikeras.plans.plan import Plan
from minikeras.plans.planner import Planner
from minikeras.trainers.planned_model import PlannedModel
from tests.waiting import run_together

# Sums in another order, in float32, carried through some dozen steps of training numbers about 1.
COMPILED_TOLERANCE = 2e-5

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype("int64") + (X[:, 2] > 1)
IMAGES = RNG.normal(size=(24, 8, 8, 3)).astype("float32")
SPARSE = "sparse_categorical_crossentropy"


class Mode:
    """How the models of a scenario run: "eager", "numpy" or "compiled". Remembers their plans."""

    def __init__(self, name):
        self.name = name
        self.models = []

    def compile(self, model, optimizer="adam", loss=SPARSE, metrics=("accuracy",), **arguments):
        """`model.compile(…)`, and the kind of plans."""
        model.compile(optimizer, loss, metrics=list(metrics), run_eagerly=self.name == "eager", **arguments)
        if self.name != "eager":
            model._planner = Planner(PlannedModel(model), compiled=self.name == "compiled")
        self.models.append(model)
        return model

    def plans(self):
        """The plans of all models."""
        entries = [entry for model in self.models for entry in getattr(model._planner, "entries", {}).values()]
        return [entry for entry in entries if isinstance(entry, Plan)]

    def replays(self):
        """How many steps of all models ran by a plan."""
        return sum(plan.replays for plan in self.plans())


def mlp(*more, **dense):
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(16, activation="relu", **dense),
            *more,
            layers.Dense(8, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )


def fit(model, x=X, y=Y, epochs=3, batch_size=16, **arguments):
    """The history of a fit: three full batches and a partial one in each epoch."""
    return model.fit(x, y, batch_size=batch_size, epochs=epochs, verbose=0, **arguments).history


class Call(keras.callbacks.Callback):
    """Calls a function after each batch of training."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def on_train_batch_end(self, batch, logs=None):
        self.function(self.model, batch)


# --- scenarios: Mode -> nested numbers -------------------------------------------------------------------------------


def plain(mode):
    model = mode.compile(mlp())
    history = fit(model, validation_data=(X[:20], Y[:20]))
    return history, model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0), model.get_weights()


def convolution(mode):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3, strides=2, use_bias=False),
            layers.Activation("relu"),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(3, activation="softmax"),
        ]
    )
    mode.compile(model)
    history = fit(model, IMAGES, Y[:24], batch_size=8, epochs=4)
    return history, model.predict(IMAGES, verbose=0), [v.numpy() for v in model.variables]


def convolution_and_bias(mode):
    model = keras.Sequential(
        [
            keras.Input((9, 8, 3)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(3, strides=2, padding="same"),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.AveragePooling2D(2),
            layers.Conv2D(8, 1, activation="relu"),
            layers.MaxPooling2D(1),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    mode.compile(model, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = np.random.default_rng(3).normal(size=(24, 9, 8, 3)).astype("float32")
    return fit(model, x, Y[:24], batch_size=8, epochs=4), model.predict(x, verbose=0), model.get_weights()


def maxima_twice(mode):
    """The second pool's result is read by its own gradient, after everybody else has done with it."""
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 2, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(8, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    mode.compile(model)
    x = np.random.default_rng(3).normal(size=(24, 12, 12, 1)).astype("float32")
    return fit(model, x, Y[:24], batch_size=8, epochs=2), model.get_weights()


def residual_blocks(mode):
    def block(x, filters, strides=1):
        y = layers.Conv2D(filters, 1, use_bias=False)(x)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(y)
        y = layers.BatchNormalization(scale=False)(y)
        if strides > 1:
            x = layers.BatchNormalization(center=False)(layers.Conv2D(filters, 1, strides=strides, use_bias=False)(x))
        return layers.Activation("relu")(layers.Add()([x, y]))

    inputs = keras.Input((8, 8, 16))
    x = block(block(block(inputs, 16), 32, strides=2), 32)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    model = mode.compile(keras.Model(inputs, layers.Dense(3, activation="softmax")(x)))
    # Not every seed will do: where a sum before a relu is zero but for rounding, the two ways part.
    images = np.random.default_rng(6).normal(size=(24, 8, 8, 16)).astype("float32")
    history = fit(model, images, Y[:24], batch_size=8, epochs=4, validation_data=(images, Y[:24]))
    return history, model.predict(images, verbose=0), [v.numpy() for v in model.variables]


def residual_blocks_without_normalization(mode):
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
    for _ in range(2):
        y = layers.Conv2D(8, 1, activation="relu")(x)
        y = layers.Conv2D(8, 3, padding="same", activation="relu")(y)
        x = layers.ReLU()(layers.Add()([x, layers.Conv2D(16, 1)(y)]))
    x = layers.Add()([layers.Conv2D(16, 1)(x), layers.Conv2D(16, 1, use_bias=False)(x), x])
    x = layers.ReLU()(layers.Add()([x, x]))
    x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(16)(x) + x
    model = mode.compile(keras.Model(inputs, layers.Dense(3, activation="softmax")(x)))
    history = fit(model, IMAGES, Y[:24], batch_size=8, epochs=4)
    return history, model.predict(IMAGES, verbose=0), model.get_weights()


def convolutions_of_every_kind(mode):
    """In groups and with several filters for each channel; over one axis and three, which only ops have."""

    def kernel(*shape):
        return np.random.default_rng(shape).normal(size=shape).astype("float32") / 4

    inputs = keras.Input((8, 6, 3))
    x = layers.DepthwiseConv2D(3, depth_multiplier=4, activation="tanh")(inputs)
    x = layers.Conv2D(16, 3, groups=4, padding="same", activation="relu")(x)
    x = layers.Reshape((6, 4, 4, 4))(x)
    x = keras.ops.relu(keras.ops.conv(x, kernel(3, 2, 3, 4, 8), padding="same"))
    x = keras.ops.tanh(keras.ops.conv_transpose(x, kernel(2, 2, 2, 4, 8), strides=(1, 1, 2)))
    x = layers.Reshape((7, 160))(x)
    x = keras.ops.relu(keras.ops.conv(x, kernel(3, 160, 8), padding="same"))
    x = keras.ops.conv_transpose(x, kernel(3, 4, 8), strides=2)
    x = keras.ops.tanh(keras.ops.depthwise_conv(x, kernel(3, 4, 2)))
    x = keras.ops.conv(x, kernel(1, 8, 3))
    outputs = layers.Dense(3, activation="softmax")(layers.Flatten()(x))
    model = mode.compile(keras.Model(inputs, outputs))
    images = np.random.default_rng(3).normal(size=(24, 8, 6, 3)).astype("float32")
    return fit(model, images, Y[:24], batch_size=8, epochs=2), model.predict(images, verbose=0), model.get_weights()


def channels_first(mode):
    first = {"data_format": "channels_first"}
    model = keras.Sequential(
        [
            keras.Input((3, 8, 8)),
            layers.Conv2D(16, 3, padding="same", activation="relu", **first),
            layers.MaxPooling2D(2, **first),
            layers.Conv2D(8, 3, activation="tanh", **first),
            layers.Conv2DTranspose(4, 2, strides=2, activation="softmax", **first),
            layers.AveragePooling2D(2, **first),
            layers.Flatten(**first),
            layers.Dense(3, activation="softmax"),
        ]
    )
    mode.compile(model)
    images = IMAGES.transpose(0, 3, 1, 2)
    return fit(model, images, Y[:24], batch_size=8, epochs=2), model.predict(images, verbose=0), model.get_weights()


def transposed_convolutions(mode):
    model = keras.Sequential(
        [
            keras.Input((4, 5, 3)),
            layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(16, 3, use_bias=False),
            layers.Conv2DTranspose(4, 2, strides=2, activation="tanh"),
            layers.MaxPooling2D(4),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    x = np.random.default_rng(3).normal(size=(24, 4, 5, 3)).astype("float32")
    mode.compile(model)
    return fit(model, x, Y[:24], batch_size=8), model.predict(x, verbose=0), model.get_weights()


def joined_and_activated(mode):
    inputs = keras.Input((8, 8, 3))
    x = layers.Rescaling(0.5, offset=-1.0)(inputs)
    parts = [layers.Conv2D(8, 1, activation=name)(x) for name in ("gelu", "silu", "elu", "leaky_relu", "softplus")]
    x = layers.Concatenate()([layers.BatchNormalization()(inputs), *parts])
    x = layers.Dropout(0.3)(layers.Concatenate(axis=1)([x, x]))
    x = layers.LayerNormalization()(x)
    gate = layers.Dense(43, activation="sigmoid", kernel_regularizer="l2")(layers.GlobalAveragePooling2D()(x))
    x = layers.Dense(8, activation="selu")(layers.GlobalAveragePooling2D()(x) * gate)
    model = mode.compile(keras.Model(inputs, layers.Dense(3, activation="softmax")(x)))
    history = fit(model, IMAGES, Y[:24], batch_size=8, epochs=4)
    return history, model.predict(IMAGES, verbose=0), [v.numpy() for v in model.variables]


def groups_of_channels(mode):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 4)),
            layers.Conv2D(4, 3, groups=4, activation="relu", padding="same"),
            layers.Conv2D(8, 1, activation="relu"),
            layers.Conv2D(8, 3, groups=8, strides=2, use_bias=False),
            layers.Conv2D(6, 3, groups=2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    x = np.random.default_rng(3).normal(size=(24, 8, 8, 4)).astype("float32")
    mode.compile(model)
    return fit(model, x, Y[:24], batch_size=8), model.predict(x, verbose=0), model.get_weights()


def embedding(mode):
    model = keras.Sequential(
        [keras.Input((5,), dtype="int32"), layers.Embedding(9, 4), layers.Flatten(), layers.Dense(3)]
    )
    mode.compile(model, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    tokens = np.random.default_rng(1).integers(0, 9, (50, 5))
    return fit(model, tokens), model.get_weights()


def embedding_by_every_rule(mode):
    """Rows of two tables, one of which also decays; tokens occur several times in a batch."""
    results = []
    for optimizer in (
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.1, momentum=0.9),
        keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        keras.optimizers.RMSprop(0.01),
        keras.optimizers.AdamW(0.01, weight_decay=0.1),
        keras.optimizers.Adagrad(0.1),
        keras.optimizers.Adam(0.01, amsgrad=True),
        keras.optimizers.RMSprop(0.01, centered=True, momentum=0.9),
        keras.optimizers.Nadam(0.01),
        keras.optimizers.Adadelta(1.0),
        keras.optimizers.Adamax(0.01),
        keras.optimizers.Ftrl(0.1),
        keras.optimizers.Lion(0.01),
        keras.optimizers.Adam(0.01, clipnorm=0.02),
        keras.optimizers.RMSprop(0.01, clipvalue=0.001, loss_scale_factor=4.0),
        keras.optimizers.Adam(0.01, global_clipnorm=0.02, use_ema=True),
        keras.optimizers.SGD(0.1, momentum=0.9, loss_scale_factor=8.0),
    ):
        tokens, numbers = keras.Input((5,), dtype="int32"), keras.Input((3,))
        parts = [layers.Embedding(9, 4)(tokens), layers.Embedding(700, 33)(numbers)]
        x = layers.Concatenate()([layers.Flatten()(part) for part in parts])
        model = mode.compile(keras.Model([tokens, numbers], layers.Dense(3, activation="softmax")(x)), optimizer)
        rng = np.random.default_rng(1)
        x = [rng.integers(0, 9, (50, 5)), rng.integers(0, 700, (50, 3)).astype("float32")]
        results += [fit(model, x), model.get_weights(), model.predict(x, verbose=0)]
    assert mode.name != "compiled" or all(plan.repeat is not None for plan in mode.plans() if plan.updates)
    return results


def means_and_maxima_of_sequences(mode):
    tokens = keras.Input((5,), dtype="int32")
    steps = layers.Embedding(9, 4)(tokens)
    images = layers.Reshape((8, 4, 3))(layers.Dense(96, activation="relu")(layers.Flatten()(steps)))
    parts = [keras.ops.mean(steps, axis=1), keras.ops.max(steps, axis=-2), layers.GlobalMaxPooling2D()(images)]
    steps = layers.Dense(8, activation="relu")(steps)
    parts.append(keras.ops.mean(steps, axis=1))
    model = mode.compile(keras.Model(tokens, layers.Dense(3, activation="softmax")(layers.Concatenate()(parts))))
    x = np.random.default_rng(1).integers(0, 9, (50, 5))
    return fit(model, x), model.predict(x, verbose=0), model.get_weights()


def masked_steps(mode):
    model = keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            layers.Embedding(9, 4, mask_zero=True),
            layers.Dense(8, "relu"),
            layers.Dense(3),
        ]
    )
    mode.compile(model, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    tokens = np.random.default_rng(1).integers(0, 3, (50, 5))
    return fit(model, tokens, tokens), model.get_weights(), model.evaluate(tokens, tokens, verbose=0)


def labels_of_other_dtypes(mode):
    results = []
    for dtype in ("uint8", "int32", "float32", "bool"):
        model = mode.compile(mlp())
        results += [fit(model, y=Y.astype(dtype)), fit(model, y=Y.astype(dtype)[:, None])]
    return results


def other_losses(mode):
    results = []
    for units, activation, loss in (
        (1, "sigmoid", "binary_crossentropy"),
        (1, None, "mse"),
        (3, "softmax", "categorical_crossentropy"),
        (1, "softplus", "poisson"),
        (3, "softmax", "kl_divergence"),
        (1, "softplus", "msle"),
        (1, None, "mape"),
        (1, None, "huber"),
        (1, None, "log_cosh"),
        (1, None, lambda y, p: keras.ops.mean((2.0 - (p - 0.3) / 4.0) ** 2 / (1.0 + y), axis=-1)),
    ):
        dense = layers.Dense(8, "tanh", activity_regularizer="l2")
        model = keras.Sequential([keras.Input((6,)), dense, layers.Dense(units, activation)])
        mode.compile(model, loss=loss, metrics=["accuracy", "mae"])
        y = np.eye(3, dtype="float32")[Y] if units == 3 else (Y > 0).astype("float32")[:, None]
        results += [fit(model, y=y), model.get_weights()]
    return results


def metrics_without_python(mode):
    """Of each kind of labels, some with weights of samples, whose steps a plan does without Python."""
    results, m = [], keras.metrics
    one_hot, yes = np.eye(3, dtype="float32")[Y], (Y > 0).astype("float32")[:, None]
    for units, activation, loss, metrics, y in (
        (3, "softmax", SPARSE, (m.SparseTopKCategoricalAccuracy(2), m.SparseCategoricalCrossentropy(), "accuracy"), Y),
        (3, "softmax", "categorical_crossentropy", (m.TopKCategoricalAccuracy(2), "accuracy", "mse", "ce"), one_hot),
        (1, "sigmoid", "binary_crossentropy", (m.BinaryCrossentropy(), m.BinaryAccuracy(threshold=0.4), "mae"), yes),
        (
            1,
            "sigmoid",
            "binary_crossentropy",
            (m.Precision(), m.Recall([0.3, 0.5]), m.AUC()),
            yes[:, 0].astype("int32"),
        ),
        (3, "softmax", "categorical_crossentropy", (m.AUC(curve="PR"), m.FalseNegatives(0.4)), one_hot),
        (2, None, "mse", (m.RootMeanSquaredError(), "mae", "mse"), X[:, :2]),
    ):
        weights = np.linspace(0, 2, len(y), dtype="float32")
        for given in (None, weights):
            model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "tanh"), layers.Dense(units, activation)])
            kind = "metrics" if given is None else "weighted_metrics"
            mode.compile(model, "sgd", loss, **{"metrics": (), kind: [copy_of(metric) for metric in metrics]})
            results += [fit(model, y=y, sample_weight=given), model.evaluate(X, y, sample_weight=given, verbose=0)]
    assert mode.name != "compiled" or all(plan.repeat is not None for plan in mode.plans())
    return results


def copy_of(metric):
    return metric if isinstance(metric, str) else type(metric).from_config(metric.get_config())


def several_outputs_with_weights(mode):
    inputs = keras.Input((6,))
    x = layers.Dense(8, "relu")(inputs)
    outputs = {"kind": layers.Dense(3, "softmax", name="kind")(x), "size": layers.Dense(2, name="size")(x)}
    model = keras.Model(inputs, outputs)
    losses, weights = {"kind": SPARSE, "size": "mse"}, {"kind": 0.3, "size": 2.0}
    mode.compile(
        model, "sgd", losses, (), loss_weights=weights, weighted_metrics={"kind": ["accuracy"], "size": ["mae"]}
    )
    y = {"kind": Y, "size": X[:, :2]}
    of_samples = {"kind": np.linspace(0, 1, 50, dtype="float32"), "size": np.ones(50, "float32")}
    results = [fit(model, y=y), fit(model, y=y, sample_weight=of_samples), model.get_weights()]
    assert mode.name != "compiled" or all(plan.repeat is not None for plan in mode.plans())
    return results


def labels_as_integers_and_one_hot(mode):
    results = []
    one_hot = np.eye(3, dtype="float32")[Y]
    for units, activation, loss, metric, y in (
        (3, "softmax", "categorical_crossentropy", "accuracy", one_hot),
        (3, None, keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), "accuracy", one_hot),
        (1, "sigmoid", "binary_crossentropy", "accuracy", (Y > 0).astype("int64")),
        (1, "sigmoid", "binary_crossentropy", "accuracy", (Y > 0).astype("uint8")[:, None]),
        (2, None, "mae", "mse", X[:, :2]),
        (2, "exponential", "mse", "mae", X[:, :2]),
    ):
        model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "relu"), layers.Dense(units, activation)])
        mode.compile(model, keras.optimizers.SGD(0.1), loss=loss, metrics=[metric])  # Adam's first steps make ties
        results += [fit(model, y=y), model.get_weights(), model.evaluate(X, y, verbose=0)]
    return results


def schedule(mode):
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    model = mode.compile(mlp(), keras.optimizers.SGD(rate, momentum=0.9))
    return fit(model), model.get_weights(), int(model.optimizer.iterations)


def learning_rate_by_callback(mode):
    def halve(model, batch):
        model.optimizer.learning_rate = float(model.optimizer.learning_rate) * 0.8

    model = mode.compile(mlp(), keras.optimizers.Adam(0.05))
    return fit(model, callbacks=[Call(halve)]), model.get_weights()


def weights_set_by_hand(mode):
    def shrink(model, batch):
        if batch == 2:
            model.set_weights([w * 0.5 for w in model.get_weights()])

    model = mode.compile(mlp())
    before = fit(model, callbacks=[Call(shrink)])
    model.layers[0].kernel.assign(np.full((6, 16), 0.1))
    return before, fit(model), model.predict(X, verbose=0), model.get_weights()


def values_that_the_user_holds(mode):
    held = []

    def hold(model, batch):
        held.append((model.layers[0].kernel.value, model.layers[0].kernel.numpy()))
        held.append((np.asarray(model.layers[1].kernel), model.layers[1].kernel.numpy()))
        held.append((model.optimizer.variables[2].value, model.optimizer.variables[2].numpy()))

    model = mode.compile(mlp())
    history = fit(model, callbacks=[Call(hold)])
    for value, copy in held:
        np.testing.assert_array_equal(value, copy)
    return history, model.get_weights(), [copy for _, copy in held]


def frozen_in_mid_training(mode):
    model = mode.compile(mlp(layers.BatchNormalization()))
    first = fit(model)
    model.layers[0].trainable = False
    model.layers[1].trainable = False
    second = fit(model)
    model.layers[0].kernel.trainable = True
    return first, second, fit(model), [v.numpy() for v in model.variables]


def regularizers_and_activity_losses(mode):
    model = mlp(layers.ActivityRegularization(l2=0.01) if hasattr(layers, "ActivityRegularization") else layers.ReLU(),
                kernel_regularizer="l2", activity_regularizer="l1")  # fmt: skip
    return fit(mode.compile(model)), model.get_weights()


def weights_of_samples_and_classes(mode):
    model = mode.compile(mlp(), weighted_metrics=["accuracy"])
    return fit(model, sample_weight=np.linspace(0, 2, 50)), fit(model, class_weight={0: 1.0, 1: 3.0, 2: 0.5})


def many_metrics(mode):
    metrics = [
        "accuracy",
        keras.metrics.SparseTopKCategoricalAccuracy(2),
        keras.metrics.SparseCategoricalCrossentropy(),
    ]
    model = mode.compile(mlp(), metrics=metrics)
    return fit(model), model.evaluate(X, Y, verbose=0)


def several_outputs(mode):
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    shared = layers.Dense(8, activation="relu")
    joined = layers.Concatenate()([shared(a), shared(b)])
    outputs = {
        "kind": layers.Dense(3, activation="softmax", name="kind")(joined),
        "size": layers.Dense(1, name="size")(joined),
    }
    model = keras.Model({"a": a, "b": b}, outputs)
    mode.compile(model, loss={"kind": SPARSE, "size": "mse"}, metrics=(), loss_weights={"kind": 1.0, "size": 0.3})
    x = {"a": X, "b": X[::-1].copy()}
    y = {"kind": Y, "size": X[:, :1]}
    return fit(model, x, y), model.predict(x, verbose=0)


class Tuned(keras.Model):
    """A head on a base that always runs in inference."""

    def __init__(self, base):
        super().__init__()
        self.base = base
        self.head = layers.Dense(3, activation="softmax")

    def call(self, inputs):
        return self.head(self.base(inputs, training=False))


def small_base():
    """Convolutions and normalizations as in MobileNetV2, with statistics that are not those of new layers."""
    base = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.5),
            layers.ReLU(6.0),
            layers.DepthwiseConv2D(3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.5),
            layers.ReLU(6.0),
            layers.Conv2D(8, 1, use_bias=False),
            layers.BatchNormalization(momentum=0.5),
            layers.GlobalAveragePooling2D(),
        ]
    )
    base(IMAGES, training=True)
    return base


def fine_tuning(mode):
    """A frozen base that learns later: one whose normalization runs in inference, one in which it follows `fit`."""
    results, base, other = [], small_base(), small_base()
    models = [Tuned(base), keras.Sequential([other, layers.Dense(3, activation="softmax")])]
    for trainable, optimizer in ((False, "adam"), (True, "sgd")):
        base.trainable = other.trainable = trainable
        for model in models:
            mode.compile(model, optimizer)
            results.append(fit(model, IMAGES, Y[:24], batch_size=8))
            results.append(model.get_weights())
    for layer in base.layers[:4]:
        layer.trainable = False  # without another `compile`
    return results, fit(models[0], IMAGES, Y[:24], batch_size=8), models[0].get_weights()


def nested_models(mode):
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="tanh"), layers.Dropout(0.2)])
    x = keras.Input((6,))
    model = keras.Model(x, layers.Dense(3, activation="softmax")(layers.Add()([inner(x), inner(x)])))
    mode.compile(model)
    return fit(model), model.predict(X, verbose=0), model.get_weights()


def models_that_take_turns(mode):
    """Two models on shared layers, one of which trains only its own, with batches of changing length."""
    shared = layers.Dense(8, activation="relu")
    inputs = keras.Input((6,))
    first = keras.Model(inputs, layers.Dense(3, activation="softmax")(shared(inputs)))
    second = keras.Model(inputs, layers.Dense(1)(shared(inputs)))
    mode.compile(first)
    mode.compile(second, "sgd", loss="mse", metrics=())
    results = []
    for turn in range(12):
        n = 16 - 5 * (turn % 2)
        shared.trainable = True
        results.append(first.train_on_batch(X[:n], Y[:n]))
        shared.trainable = False
        results.append(second.train_on_batch(X[:n], X[:n, :1]))
        results.append(first.test_on_batch(X, Y))
    results.append(fit(first, epochs=2))
    return results, first.get_weights(), second.get_weights()


def decay_of_kernels_alone():
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.05)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


OPTIMIZERS = {
    "decay_of_kernels": decay_of_kernels_alone,
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01),
    "adamw": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "adagrad": lambda: keras.optimizers.Adagrad(0.05),
    "nadam": lambda: keras.optimizers.Nadam(0.01),
    "lion": lambda: keras.optimizers.Lion(0.01, weight_decay=0.1),
    "lamb": lambda: keras.optimizers.Lamb(0.01),
    "adafactor": lambda: keras.optimizers.Adafactor(0.01),
    "amsgrad": lambda: keras.optimizers.Adam(0.01, amsgrad=True),
    "clipnorm": lambda: keras.optimizers.Adam(0.01, clipnorm=0.1),
    "clipvalue": lambda: keras.optimizers.Adam(0.01, clipvalue=0.01, loss_scale_factor=8.0),
    "global_clipnorm": lambda: keras.optimizers.SGD(0.1, global_clipnorm=0.1),
    "averages": lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=5),
    "accumulation": lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=3),
    "loss_scale": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), dynamic_growth_steps=3),
    "loss_scale_factor": lambda: keras.optimizers.SGD(0.05, loss_scale_factor=8.0),
}


def optimizer_named(name):
    def scenario(mode):
        model = mode.compile(mlp(), OPTIMIZERS[name]())
        history = fit(model, epochs=4)
        return history, model.get_weights(), [v.numpy() for v in model.optimizer.variables]

    return scenario


def constraints(mode):
    """Of each kind, over several axes and none of the first; changed in mid-training; one of the user's."""
    c, results = keras.constraints, []
    for constraint in (
        c.MaxNorm(0.5),
        c.NonNeg(),
        c.UnitNorm(axis=[0, 1]),
        c.MinMaxNorm(0.3, 0.6, rate=0.7),
        c.MaxNorm(0.5, axis=1),
        lambda w: w * 0.9,
    ):
        model = mode.compile(
            mlp(kernel_constraint=constraint), keras.optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=3)
        )
        results += [fit(model), model.get_weights()]
        if isinstance(constraint, c.MinMaxNorm):
            assert mode.name != "compiled" or all(plan.repeat is not None for plan in mode.plans())
            constraint.max_value = 0.4
            results.append(fit(model))
            model.layers[0].kernel.constraint = None
            results += [fit(model), model.get_weights()]
    model = keras.Sequential([
        keras.Input((8, 8, 3)),
        layers.Conv2D(5, 3, kernel_constraint=c.MaxNorm(0.5, axis=[0, 1, 2]), bias_constraint=c.MaxNorm(0.01)),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    mode.compile(model)
    return [*results, fit(model, IMAGES, Y[:24], batch_size=8), model.get_weights()]


def half_precision(mode):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = mode.compile(mlp())
    finally:
        keras.config.set_dtype_policy("float32")
    return fit(model), model.get_weights()


def double_precision(mode):
    keras.utils.clear_session(free_memory=False)  # the first layer after it takes the policy of `floatx()`
    keras.config.set_floatx("float64")
    try:
        model = mode.compile(mlp())
        return fit(model), model.get_weights()
    finally:
        keras.config.set_floatx("float32")
        keras.utils.clear_session(free_memory=False)


def single_batches(mode):
    model = mode.compile(mlp())
    losses = [model.train_on_batch(X[i : i + 10], Y[i : i + 10]) for i in (0, 10, 20, 30, 0, 10)]
    losses += [model.test_on_batch(X[:10], Y[:10]) for _ in range(4)]
    return losses, [model.predict_on_batch(X[i : i + 7]) for i in range(5)]


def changing_batch_sizes(mode):
    model = mode.compile(mlp())
    return [fit(model, batch_size=n, epochs=2) for n in (7, 16, 7, 25, 50, 16)], model.get_weights()


def settings_of_layers_and_optimizer_changed(mode):
    model = mode.compile(mlp(layers.Dropout(0.2)))
    first = fit(model)
    model.layers[1].rate = 0.7
    second = fit(model)
    model.optimizer.clipnorm = 0.01
    third = fit(model)
    model.optimizer.beta_1 = 0.5
    return first, second, third, fit(model), model.get_weights()


def compiled_anew(mode):
    model = mode.compile(mlp())
    first = fit(model)
    mode.compile(model, "sgd", "mse", metrics=[])
    second = fit(model, y=np.eye(3, dtype="float32")[Y])
    model.optimizer = keras.optimizers.Adam(0.01)
    return first, second, fit(model, y=np.eye(3, dtype="float32")[Y]), model.get_weights()


def models_that_share_layers(mode):
    model = mode.compile(mlp())
    features = mode.compile(keras.Model(model.inputs, model.layers[1].output), loss="mse", metrics=())
    results = []
    for _ in range(4):
        results += [
            fit(model, epochs=1),
            features.predict(X, verbose=0),
            fit(features, y=X[:, :1].repeat(8, 1), epochs=1),
        ]
    return results, model.get_weights()


def trained_predicted_evaluated_in_turn(mode):
    model = mode.compile(mlp(layers.BatchNormalization()))
    results = []
    for _ in range(4):
        results += [fit(model, epochs=1), model.predict(X[:20], verbose=0), model.evaluate(X[:20], Y[:20], verbose=0)]
        model.layers[0].bias.assign_add(np.full(16, 0.1, "float32"))
        results.append(model.predict(X[:20], verbose=0))
    return results


def weights_from_a_file(mode):
    import os
    import tempfile

    model = mode.compile(mlp())
    fit(model)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "w.weights.npz")
        model.save_weights(path)
        first = fit(model)
        model.load_weights(path)
    return first, fit(model), model.get_weights()


def own_step_between(mode):
    model = mode.compile(mlp())
    first = fit(model)
    with keras.GradientTape() if hasattr(keras, "GradientTape") else _tape() as tape:
        loss = keras.ops.mean(model(X, training=True) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    model.optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return first, fit(model), model.get_weights()


def _tape():
    from minikeras.autodiff.tape import GradientTape

    return GradientTape()


class LooksAtTheLoss(keras.metrics.Metric):
    """A metric of a user's that looks at another one."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen = float(self.model._loss_tracker.result())

    def result(self):
        return self.seen

    def reset_state(self):
        self.seen = 0.0


def a_metric_that_looks_at_the_loss(mode):
    metric = LooksAtTheLoss(name="looks")
    metric.model = mode.compile(mlp(), metrics=[metric, "accuracy"])
    return fit(metric.model)


class Keeps(keras.metrics.Metric):
    """A metric of a user's that keeps the predictions it sees."""

    def __init__(self, name="keeps"):
        super().__init__(name=name)
        self.kept = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.kept.append(y_pred)

    def result(self):
        return float(sum(np.asarray(y).sum() for y in self.kept))

    def reset_state(self):
        self.kept = []


def a_metric_that_keeps_predictions(mode):
    metric = Keeps()
    model = keras.Sequential([keras.Input((6,)), layers.Dense(2)])  # what it keeps comes straight from compiled code
    mode.compile(model, loss="mse", metrics=[metric])
    return fit(model, y=X[:, :2]), [np.array(y) for y in metric.kept]


def a_metric_that_predicts(mode):
    class Predicts(Keeps):
        def update_state(self, y_true, y_pred, sample_weight=None):
            self.kept.append(self.model.predict(X[:5], verbose=0))

    metric = Predicts()
    metric.model = mode.compile(mlp(), metrics=[metric])
    return fit(metric.model), [np.array(y) for y in metric.kept]


class Gated(layers.Layer):
    """A layer of the user's, with a Variable that it changes itself and a loss of its own."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, x):
        self.calls.assign_add(1.0)
        self.add_loss(0.01 * keras.ops.mean(self.scale**2))
        return keras.ops.sigmoid(x) * self.scale + x / (1.0 + self.calls)


class OwnSteps(keras.Model):
    """A model of the user's, with steps that return what `compute_metrics` tells, and more."""

    def __init__(self):
        super().__init__()
        self.first, self.gate, self.drop = layers.Dense(16, "relu"), Gated(), layers.Dropout(0.2, seed=3)
        self.last = layers.Dense(3, activation="softmax")
        self.norm = keras.metrics.Mean(name="norm")

    def call(self, x, training=None):
        return self.last(self.drop(self.gate(self.first(x)), training=training))

    def train_step(self, data):
        x, y = data
        with keras.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        before = self.last.kernel.value
        self.optimizer.apply(gradients, self.trainable_variables)
        self.norm.update_state(keras.ops.sum((self.last.kernel - before) ** 2))
        return {**self.compute_metrics(x, y, y_pred), "step": loss, "twice": 2 * self.norm.result()}

    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        self.compute_loss(x=x, y=y, y_pred=y_pred)
        return self.compute_metrics(x, y, y_pred)


def steps_of_the_users(mode):
    model, seen = mode.compile(OwnSteps()), []
    see = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(dict(logs)))
    history = fit(model, callbacks=[see], epochs=4)
    return history, seen, model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0), model.get_weights()


SCENARIOS = {
    function.__name__: function
    for function in [
        plain,
        convolution,
        convolution_and_bias,
        maxima_twice,
        residual_blocks,
        convolutions_of_every_kind,
        channels_first,
        transposed_convolutions,
        joined_and_activated,
        residual_blocks_without_normalization,
        groups_of_channels,
        embedding,
        embedding_by_every_rule,
        means_and_maxima_of_sequences,
        masked_steps,
        labels_of_other_dtypes,
        other_losses,
        labels_as_integers_and_one_hot,
        models_that_take_turns,
        schedule,
        learning_rate_by_callback,
        weights_set_by_hand,
        values_that_the_user_holds,
        frozen_in_mid_training,
        regularizers_and_activity_losses,
        weights_of_samples_and_classes,
        many_metrics,
        metrics_without_python,
        several_outputs,
        several_outputs_with_weights,
        fine_tuning,
        nested_models,
        constraints,
        half_precision,
        double_precision,
        single_batches,
        changing_batch_sizes,
        settings_of_layers_and_optimizer_changed,
        compiled_anew,
        models_that_share_layers,
        trained_predicted_evaluated_in_turn,
        weights_from_a_file,
        own_step_between,
        a_metric_that_keeps_predictions,
        a_metric_that_predicts,
        steps_of_the_users,
        a_metric_that_looks_at_the_loss,
    ]
} | {f"optimizer {name}": optimizer_named(name) for name in OPTIMIZERS}


def outcome(name, mode):
    keras.utils.set_random_seed(5)
    return keras.tree.flatten(SCENARIOS[name](mode))


@pytest.fixture(scope="module")
def eager():
    """What each scenario gives on the tape, computed once."""
    known = {}

    def of(name):
        if name not in known:
            known[name] = outcome(name, Mode("eager"))
        return known[name]

    return of


@pytest.mark.one_in(5)
@pytest.mark.parametrize("name", SCENARIOS)
def test_plans_of_numpy_are_equal_bit_for_bit(name, monkeypatch):
    mode = Mode("numpy")
    # such plans run the single ops that were traced, a kernel of several of them rounds differently
    monkeypatch.setattr(epilogue, "can_fuse", lambda *operands: False)
    for actual, expected in zip(outcome(name, mode), outcome(name, Mode("eager")), strict=True):
        np.testing.assert_array_equal(actual, expected)
    assert mode.replays() > 0


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", SCENARIOS)
def test_compiled_plans_are_equal_to_rounding(name, eager):
    mode = Mode("compiled")
    for actual, expected in zip(outcome(name, mode), eager(name), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=COMPILED_TOLERANCE, atol=COMPILED_TOLERANCE)
    assert mode.replays() > 0
    for plan in mode.plans():  # or an array's place would be given away while a job still needs it
        for position, lowering in plan.lowered.items():
            assert set(lowering.reads) - {None} <= set(plan.instructions[position].reads)


def test_a_run_repeats_itself_bit_for_bit():
    first, second = (outcome("convolution", Mode("compiled")) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_predictions_stay_when_others_are_made():
    model = Mode("compiled").compile(keras.Sequential([keras.Input((6,)), layers.Dense(2), layers.Reshape((2, 1))]))
    kept = [model.predict(X[i : i + 5], verbose=0) for i in range(6)]
    kept += [model.predict_on_batch(X[i : i + 5]) for i in range(6)]
    kept.append(model.predict(X, batch_size=10, verbose=0))
    copies = [*[np.array(model(X[i % 6 : i % 6 + 5])) for i in range(12)], np.array(model(X))]
    for value, copy in zip(kept, copies, strict=True):
        np.testing.assert_allclose(value, copy, rtol=COMPILED_TOLERANCE, atol=COMPILED_TOLERANCE)


def test_threads_that_train_models_of_their_own_do_not_disturb_each_other():
    def models():
        keras.utils.set_random_seed(2)
        return [Mode("compiled").compile(mlp()) for _ in range(3)]

    alone, together = models(), models()
    for model in alone:
        fit(model, shuffle=False)
    run_together(*[partial(fit, model, shuffle=False) for model in together])
    for one, other in zip(alone, together, strict=True):
        for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_threads_may_predict_with_one_model():
    model = Mode("compiled").compile(mlp())
    expected = [model.predict(X[i : i + 8], verbose=0) for i in range(8)]
    wrong = []

    def work(i):
        for _ in range(20):
            if not np.allclose(model.predict(X[i : i + 8], verbose=0), expected[i], atol=COMPILED_TOLERANCE):
                wrong.append(i)

    run_together(*[partial(work, i) for i in range(4)])
    assert not wrong


def test_an_error_in_a_replay_leaves_the_model_usable():
    mode = Mode("compiled")
    model = mode.compile(mlp())
    fit(model)
    with pytest.raises(ValueError, match="out of range"):
        fit(model, y=np.full(50, 7))
    assert np.isfinite(fit(model)["loss"]).all()
    assert mode.replays() > 6


def test_an_error_in_a_replay_reports_the_number_although_nobody_needs_it_any_more():
    model = Mode("compiled").compile(mlp(), metrics=[])
    for _ in range(4):
        model.train_on_batch(X[:8], Y[:8])
    with pytest.raises(ValueError, match="Label 7 is out of range"):
        model.train_on_batch(X[:8], np.full(8, 7, Y.dtype))
