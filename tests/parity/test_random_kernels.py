"""The random kernels draw TensorFlow's numbers: every row compares arrays with the live TensorFlow, bit for bit."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from minikeras.kernels import random  # noqa: E402
from minikeras.kernels.random import categorical, legacy, normal, permutation, uniform  # noqa: E402
from minikeras.kernels.random.philox import block_count  # noqa: E402
from tests.parity.comparing import assert_close  # noqa: E402

SEED_PAIRS = [(0, 0), (1, 2), (-5, 7), (2**31 - 1, -1), (2**40 + 3, 12345)]
SHAPES = [(), (0,), (1,), (5,), (37, 11), (2, 3, 1001)]
FLOATS = ["float16", "float32", "float64"]
GLOBAL_SEEDS = [0, 1, 42, 2**31 - 1, 2**31, 2**35 + 9, -7]

# Equal bits. The compiled float kernels call the same C library as TensorFlow (log, sincos, pow); where that is another
# one (not glibc), or without Numba, NumPy's functions differ by a few units in the last place.
EXACT = 0


def assert_same(actual, expected):
    assert actual.dtype == np.asarray(expected).dtype
    assert_close("random kernels", actual, expected, EXACT)


def tf_seed(seed_pair):
    return tf.constant(seed_pair, tf.int64)


@pytest.mark.parametrize("seed_pair", SEED_PAIRS)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
def test_floats(name, dtype, seed_pair):
    for shape in SHAPES:
        expected = getattr(tf.random, f"stateless_{name}")(shape, tf_seed(seed_pair), dtype=dtype)
        assert_same(getattr(random, f"stateless_{name}")(seed_pair, shape, dtype), expected)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
def test_scaled_floats(name, dtype):
    for first, second in [(-0.3, 0.7), (5.0, 5.5), (0.0, 1e-3)]:
        expected = getattr(tf.random, f"stateless_{name}")((333,), (3, 4), first, second, dtype)
        assert_same(getattr(random, f"stateless_{name}")((3, 4), (333,), dtype, first, second), expected)


@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
def test_bounds_that_are_arrays(name):
    first, second = np.array([[0.0], [1.0]], np.float32), np.array([2.0, 3.0, 4.0], np.float32)
    expected = getattr(tf.random, f"stateless_{name}")((2, 3), (3, 4), first, second)
    assert_same(getattr(random, f"stateless_{name}")((3, 4), (2, 3), "float32", first, second), expected)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize(
    "low, high", [(0, 10), (-5, 7), (-(2**31), 2**31 - 1), (0, 1), (-(2**62), 2**62), (0, 2**63 - 1)]
)
def test_integers(dtype, low, high):
    if high >= 2**31 and dtype == "int32":
        high, low = high % 2**31, low % 2**31 - 2**31
    expected = tf.random.stateless_uniform((7, 101), (1, 2), low, high, dtype)
    assert_same(random.stateless_uniform((1, 2), (7, 101), dtype, low, high), expected)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint64"])
def test_full_range_integers(dtype):
    expected = tf.random.stateless_uniform((7, 101), (1, 2), None, None, dtype)
    assert_same(uniform.full_integers(uniform.from_seed_pair((1, 2)), (7, 101), dtype), expected)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("rate", [1e-9, 0.1, 0.3, 1 / 3, 0.5, 0.999])
def test_dropout(rate, dtype):
    x = np.linspace(-3, 3, 37 * 101, dtype=dtype).reshape(37, 101)
    expected = keras.random.dropout(tf.constant(x), rate, seed=9)
    mask = random.stateless_dropout_mask((9, 0), x.shape, rate, dtype)
    assert_same(np.where(mask, x * random.dropout_scale(rate, dtype), x.dtype.type(0)), expected)


# TensorFlow's own numbers change with its threads above about 210000 cycles of estimated work; these stay below.
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("batch, classes, samples", [(1, 1, 1), (3, 10, 5), (5, 7, 6), (4, 3, 300), (100, 10, 3)])
def test_categorical(batch, classes, samples, dtype):
    logits = np.random.default_rng(batch).normal(0, 3, (batch, classes)).astype(dtype)
    assert_same(
        random.stateless_categorical((3, 4), logits, samples),
        tf.random.stateless_categorical(logits, samples, (3, 4)),
    )


def test_categorical_with_logits_that_are_not_finite():
    logits = np.array([[0, -np.inf, 1, np.nan, np.inf, 2], [-np.inf] * 6, [1, 2, 3, 4, 5, 6]], np.float32)
    assert_same(random.stateless_categorical((3, 4), logits, 50), tf.random.stateless_categorical(logits, 50, (3, 4)))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("alpha", [0.05, 0.3, 1.0, 1.5, 30.0, [0.2, 1, 2.5, 30], [[0.5], [2]]], ids=str)
def test_gamma(alpha, dtype):
    shape = (300, *np.shape(alpha))
    expected = tf.random.stateless_gamma(shape, (3, 4), alpha=np.asarray(alpha, dtype), dtype=dtype)
    assert_same(random.stateless_gamma((3, 4), shape, alpha, dtype), expected)


BINOMIALS = [
    (10, 0.3),
    (10, 0.8),
    (100, 0.3),
    (100, 0.7),
    (1000, 0.999),
    ([0, 5, 10, 20, -1], [0.5, 0, 1, np.nan, 0.5]),
    ([[10], [100], [900]], [0.2, 0.9]),
]


@pytest.mark.parametrize("dtype", [*FLOATS, "int32"])
@pytest.mark.parametrize("parameter_dtype", ["float32", "float64"])
@pytest.mark.parametrize("counts, probabilities", BINOMIALS, ids=str)
def test_binomial(counts, probabilities, parameter_dtype, dtype):
    if dtype == "int32" and np.isnan(probabilities).any():
        pytest.skip("NaN has no integer")
    counts, probabilities = tf.constant(counts, parameter_dtype), tf.constant(probabilities, parameter_dtype)
    shape = (200, *np.broadcast_shapes(counts.shape, probabilities.shape))
    expected = tf.random.stateless_binomial(shape, (3, 4), counts, probabilities, dtype)
    assert_same(random.stateless_binomial((3, 4), shape, counts.numpy(), probabilities.numpy(), dtype), expected)


@pytest.mark.parametrize("size", [0, 1, 5, 4000, 50000])
def test_stateless_permutation(size):
    expected = keras.random.shuffle(np.arange(size), seed=5)
    assert_same(random.stateless_permutation((5, 0), size), expected)


class SampleOrder(keras.Model):
    """Takes down the samples in the order in which `fit` brings them."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def train_step(self, data):
        self.seen.extend(np.asarray(data[0]).ravel().astype(int).tolist())
        return {"loss": tf.constant(0.0)}


def fit_order(samples, batch_size, shuffle, epochs):
    model = SampleOrder()
    model.compile(run_eagerly=True)
    x = np.arange(samples)[:, None]
    model.fit(x, x, batch_size=batch_size, shuffle=shuffle, epochs=epochs, verbose=0)
    return model.seen


@pytest.fixture
def tensorflow_seed():
    """Calls `set_random_seed`, and takes the seed back afterwards for the tests that follow."""
    yield keras.utils.set_random_seed
    tf.random.set_seed(None)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("seed", [0, 42, 2**31 - 1, 2**32 - 1])
@pytest.mark.parametrize("samples, batch_size", [(1, 4), (2, 4), (10, 4), (1797, 512), (70000, 10000)])
def test_fit_order_is_the_same_in_every_epoch_and_fit(seed, samples, batch_size, tensorflow_seed):
    tensorflow_seed(seed)
    expected = random.shuffle_permutation(seed, samples).tolist()
    assert fit_order(samples, batch_size, True, epochs=2) == expected * 2
    assert fit_order(samples, batch_size + 1, True, epochs=1) == expected


@pytest.mark.one_in(3)
@pytest.mark.parametrize("seed", [0, 42])
@pytest.mark.parametrize("samples, batch_size", [(10, 3), (100, 32), (33, 1)])
def test_batch_shuffle_order(seed, samples, batch_size, tensorflow_seed):
    tensorflow_seed(seed)
    expected = random.shuffle_batches(seed, samples, batch_size).tolist()
    assert fit_order(samples, batch_size, "batch", epochs=2) == expected * 2


@pytest.mark.parametrize("global_seed", GLOBAL_SEEDS)
def test_legacy_operations_after_set_seed(global_seed, tensorflow_seed):
    tf.random.set_seed(global_seed)
    seeds = legacy.EagerSeeds(global_seed)

    def following():
        return legacy.from_seeds(*seeds.next())

    for dtype in FLOATS:
        assert_same(uniform.uniform(following(), (11, 9), dtype), tf.random.uniform((11, 9), dtype=dtype))
        assert_same(normal.normal(following(), (11, 9), dtype), tf.random.normal((11, 9), dtype=dtype))
        assert_same(
            normal.truncated_normal(following(), (11, 9), dtype, 1, 2), tf.random.truncated_normal((11, 9), 1, 2, dtype)
        )
    assert_same(
        uniform.uniform_integers(following(), (99,), "int32", 0, 1000), tf.random.uniform((99,), 0, 1000, tf.int32)
    )
    assert_same(permutation.shuffled_range(*following(), 50), tf.random.shuffle(np.arange(50)))
    logits = np.random.default_rng(0).normal(size=(5, 7))
    assert_same(categorical.categorical(following(), logits, 6), tf.random.categorical(logits, 6))


@pytest.mark.parametrize("global_seed", [None, 42])
def test_a_legacy_operation_goes_on_from_call_to_call(global_seed, tensorflow_seed):
    tf.random.set_seed(global_seed)
    start = legacy.from_seeds(*legacy.operation_seeds(global_seed, 3))
    for calls in range(3):
        expected = tf.random.uniform((101,), seed=3)
        assert_same(uniform.uniform(start.skip(101 * calls * legacy.BLOCKS_PER_OUTPUT), (101,)), expected)


def test_legacy_shuffle_goes_on_from_call_to_call(tensorflow_seed):
    tf.random.set_seed(42)
    place = legacy.from_seeds(*legacy.operation_seeds(42, 3))
    for size in (10, 1, 7, 6, 0, 5):
        expected = tf.random.shuffle(np.arange(size), seed=3)
        assert_same(permutation.shuffled_range(*place, size), expected)
        place = place.skip(block_count(max(size - 1, 0)))  # a call uses size − 1 words
