"""Some forty small networks that together run the kernels of layers; `small_networks.py` trains them."""

import numpy as np

import minikeras as keras
from minikeras import layers, ops, optimizers

SAMPLES, CLASSES = 12, 5

EPSILON = 0.01  # of Adam: with less, a gradient that is 0 but for rounding moves a weight by the whole learning rate
NETWORKS = {}
"""name → (function that returns a model and its inputs, the options of `compile`, the convolution algorithm)."""


def network(algorithm="auto", **options):
    """Decorator: a function of a random generator that returns (layers, inputs) or (model, inputs)."""

    def register(build):
        NETWORKS[build.__name__] = build, options, algorithm
        return build

    return register


def images(rng, height=9, width=10, channels=16):
    return rng.normal(size=(SAMPLES, height, width, channels)).astype("float32")


def classifier():
    return [layers.Flatten(), layers.Dense(CLASSES, activation="softmax")]


@network(metrics=["accuracy"], optimizer=optimizers.Adam(0.01, epsilon=EPSILON))
def dense(rng):
    return [layers.Dense(40, activation="relu"), *classifier()], rng.normal(size=(SAMPLES, 33)).astype("float32")


@network()
def convolution(rng):
    return [layers.Conv2D(16, 3, activation="relu", padding="same"), layers.Conv2D(20, 3), *classifier()], images(rng)


@network(algorithm="direct")
def direct_convolution(rng):
    return [layers.Conv2D(16, 3, padding="same"), layers.Conv2D(16, 5), *classifier()], images(rng)


@network(algorithm="winograd")
def winograd_convolution(rng):
    return [
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 5, padding="same"),
        *classifier(),
    ], images(rng)


@network(algorithm="winograd")
def winograd_tiles1d(rng):
    block = [layers.Conv2D(16, (1, 5), padding="same"), layers.Conv2D(16, (3, 1)), layers.Conv2D(16, (1, 3))]
    return [*block, *classifier()], images(rng)


@network(algorithm="winograd")
def convolution_of_two_parts(rng):
    inputs = keras.Input((9, 10, 16))
    parts = [layers.Conv2D(filters, 3, padding="same", activation="relu")(inputs) for filters in (32, 16)]
    x = layers.Conv2D(16, 3, padding="same")(layers.Concatenate()(parts))
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(layers.Flatten()(x))), images(rng)


@network(algorithm="winograd")
def convolution_of_upsampled_images(rng):
    block = [layers.Conv2D(16, 3, activation="relu", padding="same"), layers.UpSampling2D(2)]
    return [*block, layers.Conv2D(16, 3, padding="same"), layers.MaxPooling2D(4), *classifier()], images(rng, 8, 8)


@network(algorithm="reference")
def convolution_by_definition(rng):
    return [layers.Conv2D(8, 3, activation="relu"), *classifier()], images(rng, 6, 6, 3)


@network()
def strided_convolution(rng):
    first = layers.Conv2D(16, 3, strides=2, padding="same")
    return [first, layers.Conv2D(16, 3, dilation_rate=2), layers.Conv2D(8, 1, strides=2), *classifier()], images(rng)


@network()
def convolution_of_many_channels_to_few_places(rng):
    return [layers.Conv2D(512, 1, strides=2), layers.Conv2D(512, 1, strides=2), *classifier()], images(rng, 3, 3, 256)


@network()
def narrow_convolution(rng):
    return [layers.Conv2D(24, 3, activation="relu"), *classifier()], images(rng, 8, 8, 1)


@network()
def depthwise_convolution(rng):
    first = layers.DepthwiseConv2D(3, depth_multiplier=1, padding="same")
    second = layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2)
    return [first, second, *classifier()], images(rng, channels=20)


@network()
def separable_convolution(rng):
    return [layers.SeparableConv2D(24, 3, depth_multiplier=2, activation="relu"), *classifier()], images(rng)


@network()
def grouped_convolution(rng):
    return [layers.Conv2D(32, 3, groups=2, activation="relu"), *classifier()], images(rng, channels=32)


@network()
def transposed_convolution(rng):
    first = layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu")
    return [first, layers.Conv2D(4, 3, strides=2), *classifier()], images(rng, 5, 5)


@network()
def other_ranks(rng):
    inputs = rng.normal(size=(SAMPLES, 4, 4, 4, 3)).astype("float32")
    block = [layers.Conv3D(4, 2), layers.MaxPooling3D(2, strides=1), layers.AveragePooling3D(2)]
    return [*block, layers.Reshape((-1, 2)), layers.Conv1D(8, 1), layers.MaxPooling1D(1), *classifier()], inputs


@network()
def pooling(rng):
    first = layers.Conv2D(16, 3, activation="relu", padding="same")
    rest = [layers.AveragePooling2D(2), layers.MaxPooling2D(3, strides=1, padding="same")]
    return [first, layers.MaxPooling2D(2), *rest, *classifier()], images(rng, 12, 12, 4)


@network()
def global_pooling(rng):
    inputs = keras.Input((6, 6, 17))
    x = layers.Conv2D(17, 1)(inputs)
    joined = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(joined)), images(rng, 6, 6, 17)


@network(optimizer=optimizers.SGD(0.1, momentum=0.9, nesterov=True))
def batch_normalization(rng):
    block = [layers.Conv2D(16, 3), layers.BatchNormalization(), layers.ReLU(), layers.BatchNormalization(scale=False)]
    return [*block, *classifier()], images(rng, 7, 7)


@network()
def layer_normalization(rng):
    inputs = rng.normal(size=(SAMPLES, 6, 40)).astype("float32")
    return [layers.Dense(24), layers.LayerNormalization(), *classifier()], inputs


@network(optimizer=optimizers.RMSprop(0.01, epsilon=EPSILON))
def embedding(rng):
    return [layers.Embedding(50, 16), layers.GlobalAveragePooling1D(), *classifier()], rng.integers(0, 50, (SAMPLES, 9))


@network()
def dropout(rng):
    block = [layers.Dense(64, activation="relu"), layers.Dropout(0.3, seed=1)]
    return [*block, *classifier()], rng.normal(size=(SAMPLES, 64)).astype("float32")


@network(metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)], loss="sparse_categorical_crossentropy")
def activations(rng):
    names = ("elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid", "leaky_relu", "softsign", "exponential")
    return [*[layers.Dense(24, activation=name) for name in names], *classifier()], rng.normal(size=(SAMPLES, 24))


@network(
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.AUC(num_thresholds=20), keras.metrics.Precision(), "binary_accuracy"],
)
def binary(rng):
    return [layers.Dense(16, activation="relu"), layers.Dense(1)], rng.normal(size=(SAMPLES, 16)).astype("float32")


@network(
    loss="mse",
    metrics=["mae"],
    optimizer=optimizers.Adam(0.01, epsilon=EPSILON, clipnorm=0.1, use_ema=True, ema_momentum=0.9),
)
def residual(rng):
    inputs = keras.Input((32,))
    limited = layers.Dense(32, kernel_constraint="unit_norm", bias_constraint=keras.constraints.MaxNorm(0.5))
    x = layers.Dense(32, activation="relu", kernel_regularizer="l2")(inputs)
    outputs = layers.Dense(1)(layers.Add()([limited(x), inputs]) * x)
    return keras.Model(inputs, outputs), rng.normal(size=(SAMPLES, 32)).astype("float32")


@network()
def recurrent(rng):
    block = [layers.LSTM(9, return_sequences=True), layers.GRU(8, return_sequences=True), layers.SimpleRNN(7)]
    return [*block, *classifier()], rng.normal(size=(SAMPLES, 5, 6)).astype("float32")


@network()
def recurrent_with_dropout(rng):
    first = layers.SimpleRNN(16, activation="relu", return_sequences=True)
    rest = [layers.LSTM(9, dropout=0.2, recurrent_dropout=0.3, seed=1, return_sequences=True)]
    rest += [layers.GRU(8, recurrent_dropout=0.3, seed=2)]
    return [first, *rest, *classifier()], rng.normal(size=(SAMPLES, 5, 6)).astype("float32")


class Rearranged(layers.Layer):
    """Other axes, comparisons of arrays, masks, products of stacks, roots, reductions over any axes."""

    def call(self, x):
        y, ids = ops.transpose(x, (0, 2, 1)), ops.cast(x * 4.0, "int32")
        seen = ops.logical_and(ops.logical_not(x > ops.flip(x, 1)), ops.logical_or(x <= 0.5, ids == ids[:, :1]))
        seen = ops.logical_xor(seen, ops.any(ids != ids[..., ::-1], axis=1, keepdims=True))
        kept = ops.where(ops.all(seen, axis=2, keepdims=True), x * 0.1, ops.cast(seen, "float32") * x)
        sizes = ops.rsqrt(ops.sum(ops.square(x), axis=(0, 2), keepdims=True) + 0.1) + ops.sqrt(ops.square(x) + 1.0)
        whole = ops.softmax(x, axis=1) / ops.reciprocal(2.0 + ops.min(ops.absolute(x), axis=1, keepdims=True))
        return ops.matmul(x, ops.matmul(y, kept)) * 0.01 + sizes * whole * ops.max(x, axis=(0, 1), keepdims=True)


@network(optimizer=optimizers.SGD(1e-3))
def rearranged(rng):
    inputs = rng.normal(size=(SAMPLES, 6, 8)).astype("float32")
    return [layers.Dense(20), Rearranged(), *classifier()], inputs


@network()
def attention(rng):
    inputs = keras.Input((7, 12))
    x = layers.MultiHeadAttention(2, 5)(inputs, inputs, use_causal_mask=True)
    x = layers.MultiHeadAttention(3, 4)(x, inputs, attention_mask=ops.mean(inputs, axis=-1)[:, None] > -0.2)
    outputs = layers.Dense(CLASSES, activation="softmax")(layers.Flatten()(layers.RMSNormalization()(x)))
    return keras.Model(inputs, outputs), rng.normal(size=(SAMPLES, 7, 12)).astype("float32")


@network()
def further_pooling(rng):
    inputs = rng.normal(size=(SAMPLES, 5, 6, 7, 3)).astype("float32")
    block = [layers.Conv3D(4, 1), layers.MaxPooling3D(3, strides=2), layers.AdaptiveMaxPooling3D((2, 2, 2))]
    return [*block, *classifier()], inputs


@network()
def renormalization(rng):
    block = [layers.Dense(16), layers.BatchNormalization(renorm=True), layers.SpatialDropout1D(0.2, seed=1)]
    return [*block, *classifier()], rng.normal(size=(SAMPLES, 6, 8)).astype("float32")


@network()
def attention_in_groups(rng):
    inputs = keras.Input((5, 8))
    x = layers.GroupNormalization(2)(layers.MultiHeadAttention(2, 4)(inputs, inputs))
    return keras.Model(inputs, classifier()[1](layers.RNN(layers.LSTMCell(6))(x))), images(rng, 5, 8, 1)[..., 0]


@network()
def reset_before_the_product(rng):
    block = [layers.Dense(6), layers.GRU(8, reset_after=False)]
    return [*block, *classifier()], rng.normal(size=(SAMPLES, 5, 4)).astype("float32")


@network()
def masked_int32_tokens(rng):
    tokens = keras.Input((6,), dtype="int32")
    hidden = layers.LSTM(5)(layers.Embedding(9, 4, mask_zero=True)(tokens))
    return keras.Model(tokens, classifier()[1](hidden)), rng.integers(0, 9, (SAMPLES, 6)).astype("int32")


@network()
def masked_int64_tokens(rng):
    tokens = keras.Input((6,), dtype="int64")
    hidden = layers.LSTM(5)(layers.Embedding(9, 4, mask_zero=True)(tokens))
    return keras.Model(tokens, classifier()[1](hidden)), rng.integers(0, 9, (SAMPLES, 6))


@network()
def turned_and_coloured_images(rng):
    block = [layers.Conv2D(3, 1, activation="sigmoid"), layers.RandomRotation(0.1, seed=1)]
    block += [layers.RandomRotation(0.1, fill_mode="wrap", interpolation="nearest", seed=3)]
    block += [layers.RandomHue(0.2, value_range=(0, 1), seed=2), layers.Conv2D(4, 3)]
    return [*block, *classifier()], images(rng, 7, 7, 3)


@network()
def padding_and_resizing(rng):
    block = [layers.Conv2D(6, 1), layers.ZeroPadding2D(2), layers.Cropping2D(1)]
    block += [layers.UpSampling2D(2, interpolation="bilinear"), layers.UpSampling2D(2), layers.Conv2D(4, 3, strides=3)]
    return [*block, *classifier()], images(rng, 4, 4, 6)


class Formulas(layers.Layer):
    """What layers do not do by themselves: choices, bounds, quotients, less usual activations."""

    def call(self, x):
        parts = [
            ops.where(x > 0.1, ops.log(ops.absolute(x) + 1.5), x / (1.5 + ops.square(x))),
            ops.where(x < 0.2, 0.0, x) + ops.minimum(x, 0.3) * ops.maximum(x, ops.flip(x, 1)),
            ops.relu6(4 * x) + ops.hard_tanh(x) + ops.clip(x, -0.5, 0.5) * ops.erf(x),
            ops.gelu(x, approximate=False) * ops.gelu(x, approximate=True) / ops.exp(x),
            (x - ops.mean(x, axis=-1, keepdims=True)) / ops.std(x, axis=-1, keepdims=True),
            x / ops.mean(ops.absolute(x), axis=0, keepdims=True) - ops.max(x, axis=-1, keepdims=True),
            ops.minimum(x, ops.flip(x, 1)),
        ]
        return ops.concatenate(parts, axis=-1)


@network(optimizer=optimizers.Adam(0.01, epsilon=EPSILON, clipvalue=0.05))
def formulas(rng):
    return [layers.Dense(24), Formulas(), *classifier()], rng.normal(size=(SAMPLES, 24)).astype("float32")


@network(
    loss="categorical_crossentropy",
    metrics=["accuracy"],
    optimizer=optimizers.Adam(0.01, epsilon=EPSILON, global_clipnorm=0.05),
)
def one_hot_labels(rng):
    return [layers.Flatten(), layers.Dense(24), *classifier()], rng.integers(0, 4, (SAMPLES, 4, 4), np.uint8)


@network(optimizer=optimizers.Adam(0.01, epsilon=EPSILON, clipnorm=0.05))
def clipped_rows(rng):
    return [layers.Embedding(50, 16), layers.Flatten(), *classifier()], rng.integers(0, 50, (SAMPLES, 9), np.int32)


@network(optimizer=optimizers.Adam(0.01, epsilon=EPSILON, global_clipnorm=0.05))
def globally_clipped_rows(rng):
    return [layers.Embedding(50, 16), layers.Flatten(), *classifier()], rng.integers(0, 50, (SAMPLES, 9), np.int32)


@network()
def few_channels(rng):
    return [layers.Conv2D(2, 3, padding="same"), layers.Conv2DTranspose(3, 3, strides=2), *classifier()], images(rng)


@network()
def many_rows(rng):
    inputs = rng.normal(size=(SAMPLES, 20, 20, 8)).astype("float32")
    block = [layers.Conv2D(16, 1, activation="relu"), layers.Conv2D(16, 1), layers.Conv2D(16, 3, activation="relu")]
    return [*block, layers.Conv2D(16, 1), layers.MaxPooling2D(5), *classifier()], inputs


def labels(rng, model):
    if model.output_shape[-1] == CLASSES:
        return rng.integers(0, CLASSES, SAMPLES)
    return rng.integers(0, 2, (SAMPLES, 1)).astype("float32")


def train(name):
    """The weights, logs and predictions of a network after training by plans and on the tape."""
    build, options, algorithm = NETWORKS[name]
    keras.config.set_convolution_algorithm(algorithm)
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(7)
    model, inputs = build(rng)
    model = keras.Sequential(model) if isinstance(model, list) else model
    model.build((None, *inputs.shape[1:]))
    y, values = labels(rng, model), []
    y = np.eye(CLASSES, dtype="float32")[y] if options.get("loss") == "categorical_crossentropy" else y
    for run_eagerly in (False, True):
        options = {"optimizer": optimizers.SGD(0.05), "loss": "sparse_categorical_crossentropy", **options}
        own = optimizers.deserialize(optimizers.serialize(options["optimizer"]))
        model.compile(**{**options, "optimizer": own}, run_eagerly=run_eagerly)
        history = model.fit(inputs, y, batch_size=4, epochs=1 if run_eagerly else 2, shuffle=False, verbose=0)
        values += [np.float32(log) for logs in history.history.values() for log in logs]
        values += [model.predict(inputs, verbose=0)]
        values += [variable.numpy() for variable in model.variables]
    return values
