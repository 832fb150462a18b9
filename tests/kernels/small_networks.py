"""Some forty small networks that together run all kernels, for tests that run kernels in several ways.

As a program it trains each and writes what ran and what came out:

    python -m tests.kernels.small_networks results.npz [name …]
"""

import sys
from functools import partial
from itertools import product

import numpy as np

import minikeras as keras
from minikeras import layers, ops, optimizers
from minikeras.autodiff.byte_strings import byte_strings
from minikeras.kernels import elementwise_jobs
from minikeras.kernels.cast_jobs import PAIRS, cast_jobs
from minikeras.kernels.checksum import crc32c, crc32c_of_parts
from minikeras.kernels.collective_jobs import add_chunk_job, add_job, read_job, write_job
from minikeras.kernels.column_jobs import image_relu_gradient_jobs
from minikeras.kernels.embedding_jobs import take_rows_jobs
from minikeras.kernels.memory import address_of
from minikeras.kernels.observers import observing_kernels
from minikeras.kernels.products import product_jobs
from minikeras.kernels.random.permutation import shuffle_permutation
from minikeras.kernels.random.philox import SEEDS_BY_NUMPY, from_seed_pair
from minikeras.kernels.random.poisson import poisson_samples
from minikeras.kernels.random.uniform import uniform_float32
from minikeras.kernels.strings.decimals import decimals
from minikeras.kernels.strings.farmhash import fingerprint_jobs
from minikeras.kernels.strings.packed import packed
from minikeras.kernels.strings.siphash import siphash_jobs
from minikeras.kernels.strings.splitting import split_into_words
from minikeras.kernels.strings.table import string_table
from minikeras.kernels.tasks import run
from minikeras.kernels.transposition import transposition_jobs
from minikeras.optimizers.lamb import lamb_direction
from minikeras.utils.image_dataset import resize_bilinear

SAMPLES, CLASSES = 12, 5
DRAWS = 203  # of each kind; the first 200 are drawn by NumPy, which waits for no compiler
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
    return [layers.Conv2D(16, 3, padding="same"), layers.Conv2D(32, 5, padding="same"), *classifier()], images(rng)


@network(algorithm="winograd")
def winograd_tiles1d(rng):
    block = [layers.Conv2D(16, (1, 5), padding="same"), layers.Conv2D(16, (3, 1)), layers.Conv2D(16, (1, 3))]
    return [*block, *classifier()], images(rng)


@network(algorithm="reference")
def convolution_by_definition(rng):
    return [layers.Conv2D(8, 3, activation="relu"), *classifier()], images(rng, 6, 6, 3)


@network()
def strided_convolution(rng):
    first = layers.Conv2D(16, 3, strides=2, padding="same")
    return [first, layers.Conv2D(16, 3, dilation_rate=2), layers.Conv2D(8, 1, strides=2), *classifier()], images(rng)


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
    metrics=[keras.metrics.AUC(num_thresholds=20, from_logits=True), keras.metrics.Precision(), "binary_accuracy"],
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
    block = [layers.Conv2D(16, 1, activation="relu"), layers.Conv2D(16, 1), layers.MaxPooling2D(5)]
    return [*block, *classifier()], inputs


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


OPTIMIZERS = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    "Adam": [{"amsgrad": True}],
    "RMSprop": [{"momentum": 0.9}, {"centered": True}, {"momentum": 0.9, "centered": True}],
    **{name: [{}] for name in ("Adagrad", "Adadelta", "Adamax", "Nadam", "AdamW", "Ftrl", "Lion", "Lamb", "Adafactor")},
    **{name: [{}] for name in ("Muon", "ScheduleFreeAdamW")},
}


def all_optimizers():
    """Some steps by each optimizer, for a layer and a table, on the tape and by plans."""
    rng, values = np.random.default_rng(3), []
    for name, all_options in OPTIMIZERS.items():
        for options, run_eagerly in product(all_options, (False, True)):
            keras.utils.set_random_seed(3)
            model = keras.Sequential([layers.Embedding(12, 4), layers.Flatten(), layers.Dense(3)])
            model.compile(getattr(optimizers, name)(0.01, **options), "mse", run_eagerly=run_eagerly)
            model.fit(rng.integers(0, 12, (16, 5)), rng.normal(size=(16, 3)), batch_size=4, verbose=0)
            values += [variable.numpy() for variable in model.trainable_variables]
    return values


def draws():
    """Random numbers: so many, so often, that jobs draw them, and make sequences of seeds."""
    shapes = {"shape": (300, 300), "dtype": "float64", "seed": 2}
    values = [keras.random.normal(**shapes), keras.random.truncated_normal(**shapes)]
    values += [keras.random.gamma((9, 9), 2.5, seed=3), keras.random.binomial((9, 9), 30.0, 0.4, seed=4)]
    values += [poisson_samples(*map(np.uint64, (5, 6, 7)), np.array([0.5, 4.0, 30.0]), 90)]
    for _ in range(SEEDS_BY_NUMPY):
        from_seed_pair((3, 4))
    sequence = from_seed_pair((5, 6))
    for _ in range(DRAWS):
        last = [uniform_float32(*sequence, 500), sequence.words(500), shuffle_permutation(3, 1500)]
    return [np.asarray(value) for value in [*values, *last]]


def single_jobs():
    """Jobs of kernels that the other programs leave out."""
    rng, values = np.random.default_rng(9), []
    whole = rng.integers(0, 200, 50)
    for source, target in PAIRS:
        values.append(np.zeros(50, target))
        run(cast_jobs(whole.astype(source), values[-1]))
    x, dy = rng.normal(size=(2, 24, 40)).astype("float32"), rng.normal(size=(2, 40)).astype("float32")
    pixels, (y, dx, turned) = x.reshape(-1, 40), [np.zeros_like(x) for _ in range(3)]
    run(elementwise_jobs.divide_by_jobs(x.reshape(-1), 0.3, y.reshape(-1)))
    run(elementwise_jobs.floor_gradient_jobs(x.reshape(-1), y.reshape(-1), 0.1, dx.reshape(-1)))
    run(transposition_jobs(x, turned.reshape(2, 40, 24)))
    dbias, relu_dx, rows = np.zeros(40, "float32"), np.zeros_like(pixels), np.zeros((4, 40), "float32")
    run(image_relu_gradient_jobs(dy, pixels, relu_dx, 0.5, dbias))
    run(take_rows_jobs(pixels, np.array([3, -1, 0, 7]), rows, np.zeros(1, np.int64)))
    windows, total, chunks = np.zeros((2, 1920), "float32"), np.zeros(1920, "float32"), np.zeros(1920, "float32")
    summed = np.zeros_like(x)
    places = np.array([address_of(windows), address_of(windows), windows[0].nbytes, address_of(total)])
    run([write_job(x, places, 0, 0.3), add_job(places, 0, 2, summed)])
    run([add_chunk_job(places, slice(0, 1920), 2), read_job(places, 0, chunks)])
    values += [windows, total, chunks, summed]
    a, b = rng.normal(size=(600, 64)).astype("float32").T, rng.normal(size=(600, 390)).astype("float32")
    product = np.zeros((64, 390), "float32")
    run(product_jobs(a, b, product))
    wide = np.zeros((32, 1024), "float32")
    run(product_jobs(a[:32, :16], rng.normal(size=(16, 1024)).astype("float32"), wide))
    u, m, v = (np.zeros(500, "float32") for _ in range(3))
    lamb_direction(u, x.reshape(-1)[:500], m, v, 0.1, 0.001, 0.1, 0.001, EPSILON)
    values += [wide, u, m, v]
    message = rng.integers(0, 256, 40_000, np.uint8)
    values += [crc32c(message[:3000]), crc32c_of_parts(message, np.array([0, 7, 5000]), np.array([7, 4000, 35_000]))]
    values.append(np.zeros((4, 11, 3), "float32"))
    resize_bilinear(rng.integers(0, 256, (7, 9, 3), np.uint8), values[-1])
    return [*values, y, dx, turned, relu_dx, dbias, rows, product]


def large_arrays():
    """What large arrays on the tape run that small ones do not, and a prediction in micro-batches."""
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(260, 300)).astype("float32"), rng.normal(size=(300, 256)).astype("float32")
    y = ops.matmul(x, w)
    values = [y, ops.softmax(y), ops.gelu(y), ops.add(y, y), ops.multiply(y, y), ops.transpose(y), ops.sum(y, axis=0)]
    draws = keras.random.uniform, keras.random.normal, keras.random.truncated_normal
    values += [draw((300, 300), seed=seed) for seed, draw in enumerate(draws)]
    with keras.GradientTape() as tape:
        tape.watch(y)
        target = ops.sum(ops.softmax(y) * ops.softmax(2 * y))
    values += [tape.gradient(target, y)]
    model = keras.Sequential([keras.Input((16,)), layers.Dense(512, activation="relu"), layers.Dense(4)])
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape))
    samples = rng.normal(size=(2048, 16)).astype("float32")
    return [np.asarray(value) for value in values] + [model.predict(samples, batch_size=2048, verbose=0) for _ in "123"]


def few_bits():
    """Quantized layers on the tape and in plans, with inputs rounded to bytes and without."""
    values, rounded = [], keras.quantizers.AbsMaxQuantizer()
    configs = [
        keras.quantizers.Int8QuantizationConfig(),
        keras.quantizers.Int4QuantizationConfig(block_size=5),
        keras.quantizers.Int4QuantizationConfig(block_size=None, activation_quantizer=rounded),
    ]
    for config in configs:
        keras.utils.set_random_seed(7)
        first = [layers.Embedding(12, 13), layers.Flatten(), layers.Dense(70, activation="relu")]
        model = keras.Sequential([keras.Input((3,), dtype="int32"), *first, layers.Dense(5)])
        model.quantize(config=config)
        tokens = np.arange(36).reshape(12, 3) % 12
        values += [model.predict(tokens, verbose=0) for _ in "123"]
        large = layers.Dense(66)
        large.build((None, 130))
        large.quantize(config=config)
        values.append(np.asarray(large(np.random.default_rng(2).normal(size=(34, 130)).astype("float32"))))
    return values


def strings():
    """Loops over the bytes of strings."""
    rng = np.random.default_rng(11)
    words = byte_strings([f"word {n}" * (n % 12) for n in rng.integers(0, 300, 2100)])
    texts, (hashes, keyed) = packed(words), np.zeros((2, len(words)), np.int64)
    run(fingerprint_jobs(texts, hashes))
    run(siphash_jobs(texts, (1, 2**63), keyed))
    table = string_table(texts)
    cut, counts = split_into_words(texts, np.arange(256), 5)
    numbers = decimals(rng.integers(-(2**63), 2**63 - 1, 50))
    return [
        hashes,
        keyed,
        table.firsts,
        table.counts,
        table.numbers(cut),
        counts,
        numbers.lengths,
        numbers.content[-9:],
    ]


PROGRAMS = {name: partial(train, name) for name in NETWORKS}
PROGRAMS |= {"all_optimizers": all_optimizers, "draws": draws, "single_jobs": single_jobs, "large_arrays": large_arrays}
PROGRAMS |= {"strings": strings, "few_bits": few_bits}


def main(path, *names):
    """Write {"name/kernels": what ran, "name/0", …: values} of programs, of all if none is named."""
    results = {}
    for name in names or PROGRAMS:
        ran = set()
        with observing_kernels(lambda kernel, ran=ran: ran.add(kernel.name)):
            values = PROGRAMS[name]()
        results[f"{name}/kernels"] = np.array(sorted(ran))
        results |= {f"{name}/{number}": value for number, value in enumerate(values)}
    np.savez(path, **results)


if __name__ == "__main__":
    main(*sys.argv[1:])
