"""`minikeras.random` draws the numbers of `keras.random`, bit for bit, for any kind of seed."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras.random  # noqa: E402
from minikeras.random.global_seed import set_random_seed  # noqa: E402
from tests.parity.comparing import assert_close  # noqa: E402

LOGITS = np.random.default_rng(0).normal(0, 2, (7, 11)).astype("float32")
X = np.random.default_rng(1).normal(0, 2, (13, 4, 5)).astype("float32")
SEEDS = [0, 1, -1, 1337, 2**31 - 3, 2**31 - 2, 2**31, 2**40 + 5, -(2**62)]

CALLS = {
    "normal": lambda random, seed: random.normal((5, 67), 0.5, 2.0, seed=seed),
    "normal float64": lambda random, seed: random.normal((5, 67), dtype="float64", seed=seed),
    "normal float16": lambda random, seed: random.normal((5, 67), dtype="float16", seed=seed),
    "normal with many means": lambda random, seed: random.normal((2, 3), np.array([0.0, 1.0, 5.0]), seed=seed),
    "truncated_normal": lambda random, seed: random.truncated_normal((5, 67), -1.0, 0.3, seed=seed),
    "uniform": lambda random, seed: random.uniform((5, 67), seed=seed),
    "uniform between": lambda random, seed: random.uniform((5, 67), -0.3, 0.7, seed=seed),
    "uniform float64": lambda random, seed: random.uniform((5, 67), -0.3, 0.7, dtype="float64", seed=seed),
    "normal float64 of fractions": lambda random, seed: random.normal((9,), 0.1, 0.3, dtype="float64", seed=seed),
    "uniform float64 of arrays": lambda random, seed: random.uniform(
        (5, 3), np.array([0.1, 0.2, 0.3]), np.float64(0.7), dtype="float64", seed=seed
    ),
    "gamma float64": lambda random, seed: random.gamma((5, 3), 0.3, dtype="float64", seed=seed),
    "beta float64": lambda random, seed: random.beta((5, 3), 0.3, 0.1, dtype="float64", seed=seed),
    "uniform with many bounds": lambda random, seed: random.uniform((2, 2), [0.0, 1.0], [1.0, 3.0], seed=seed),
    "randint": lambda random, seed: random.randint((5, 67), -3, 100, seed=seed),
    "randint int64": lambda random, seed: random.randint((5, 67), -3, 2**40, dtype="int64", seed=seed),
    "randint uint8": lambda random, seed: random.randint((5, 67), 0, 300, dtype="uint8", seed=seed),
    "categorical": lambda random, seed: random.categorical(LOGITS, 6, seed=seed),
    "categorical int64": lambda random, seed: random.categorical(LOGITS, 6, dtype="int64", seed=seed),
    "gamma": lambda random, seed: random.gamma((5, 3), [0.5, 1.0, 4.0], seed=seed),
    "beta": lambda random, seed: random.beta((2, 3), [[0.5, 1.0, 4.0]], 2.0, seed=seed),
    "binomial": lambda random, seed: random.binomial((5, 3), [5, 50, 500], 0.3, seed=seed),
    "binomial of arrays": lambda random, seed: random.binomial((3,), np.array([5, 50, 500]), np.array(0.9), seed=seed),
    "dropout": lambda random, seed: random.dropout(X, 0.3, seed=seed),
    "dropout of slices": lambda random, seed: random.dropout(X, 0.5, noise_shape=(None, 1, 5), seed=seed),
    "dropout float16": lambda random, seed: random.dropout(X.astype("float16"), 0.3, seed=seed),
    "shuffle": lambda random, seed: random.shuffle(X, seed=seed),
    "shuffle the last axis": lambda random, seed: random.shuffle(X, axis=-1, seed=seed),
}


def assert_same(ours, theirs):
    assert np.asarray(ours).dtype == np.asarray(theirs).dtype
    assert_close("random", ours, theirs, 0)


@pytest.mark.parametrize("name", CALLS)
def test_integer_seeds(name):
    for seed in SEEDS:
        assert_same(CALLS[name](minikeras.random, seed), CALLS[name](keras.random, seed))


@pytest.mark.parametrize("name", CALLS)
def test_seed_generators(name):
    ours, theirs = minikeras.random.SeedGenerator(11), keras.random.SeedGenerator(11)
    for _ in range(3):
        assert_same(CALLS[name](minikeras.random, ours), CALLS[name](keras.random, theirs))
    assert_same(ours.state.numpy(), theirs.state.numpy())


@pytest.mark.parametrize("seed", [0, 42, 2**32 - 1])
def test_unseeded_draws_after_set_random_seed(seed):
    keras.utils.set_random_seed(seed)
    theirs = [CALLS[name](keras.random, None) for name in CALLS]
    set_random_seed(seed)
    ours = [CALLS[name](minikeras.random, None) for name in CALLS]
    tf.random.set_seed(None)
    for mine, expected in zip(ours, theirs, strict=True):
        assert_same(mine, expected)


def test_python_and_numpy_are_seeded_too():
    import random

    draws = []
    for seed_everything in (keras.utils.set_random_seed, set_random_seed):
        seed_everything(99)
        draws.append((random.random(), np.random.random()))
    tf.random.set_seed(None)
    assert draws[0] == draws[1]


def test_seed_generator_looks_like_keras():
    ours, theirs = (library.random.SeedGenerator(5, name="mine") for library in (minikeras, keras))
    assert ours.get_config() == theirs.get_config()
    for attribute in ("path", "name", "dtype", "trainable"):
        assert getattr(ours.state, attribute) == getattr(theirs.state, attribute)
    for ordered in (True, False, False, True):
        assert_same(ours.next(ordered).numpy(), theirs.next(ordered).numpy())


def test_dropout_gradient():
    import minikeras.autodiff

    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = keras.random.dropout(x, 0.3, seed=3) ** 2
    theirs = tape.gradient(y, x)
    x = minikeras.autodiff.Tensor(X)
    with minikeras.autodiff.GradientTape() as tape:
        tape.watch(x)
        y = minikeras.random.dropout(x, 0.3, seed=3) ** 2
    # The factor 1 / (1 − rate) is multiplied in twice, in the same order.
    np.testing.assert_array_max_ulp(tape.gradient(y, x).numpy(), theirs.numpy(), 2)
