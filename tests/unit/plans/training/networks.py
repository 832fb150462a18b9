"""Scenarios about architectures: Mode -> nested numbers."""

import numpy as np

import minikeras as keras
from minikeras import layers
from tests.unit.plans.training.mode import IMAGES, X, Y, fit, mlp


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
    # Not every seed will do: where a sum before a relu is zero but for rounding, the two ways diverge.
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
