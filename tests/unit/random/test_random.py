"""`minikeras.random`: seeds that repeat, seeds that go on, and what happens while shapes are inferred."""

import numpy as np
import pytest

from minikeras import random
from minikeras.autodiff import GradientTape, KerasTensor, Tensor, Variable
from minikeras.autodiff.state import no_history
from minikeras.random import global_seed


@pytest.fixture(autouse=True)
def unseeded_afterwards(monkeypatch):
    """Takes back what `set_random_seed` does to `fit`."""
    monkeypatch.setitem(global_seed._global, "seed", None)


DRAWS = {
    "normal": lambda seed: random.normal((3, 4), seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((3, 4), seed=seed),
    "uniform": lambda seed: random.uniform((3, 4), seed=seed),
    "randint": lambda seed: random.randint((3, 4), 0, 10**6, seed=seed),
    "categorical": lambda seed: random.categorical(np.zeros((3, 1000)), 4, seed=seed),
    "gamma": lambda seed: random.gamma((3, 4), 2.0, seed=seed),
    "beta": lambda seed: random.beta((3, 4), 2.0, 3.0, seed=seed),
    "binomial": lambda seed: random.binomial((3, 4), 10**6, 0.5, seed=seed),
    "shuffle": lambda seed: random.shuffle(np.arange(12), seed=seed),
    "dropout": lambda seed: random.dropout(np.ones((30, 4)), 0.5, seed=seed),
}


@pytest.mark.parametrize("name", DRAWS)
def test_an_integer_seed_repeats_and_a_generator_goes_on(name):
    draw = DRAWS[name]
    first = draw(7).numpy()
    np.testing.assert_array_equal(draw(7).numpy(), first)
    assert (draw(8).numpy() != first).any()
    generator = random.SeedGenerator(7)
    np.testing.assert_array_equal(draw(generator).numpy(), first)
    assert (draw(generator).numpy() != first).any()
    assert generator.state.numpy().tolist() == [7, 2]


@pytest.mark.parametrize("name", DRAWS)
def test_after_set_random_seed_unseeded_draws_repeat(name):
    def two_draws():
        global_seed.set_random_seed(3)
        return [DRAWS[name](None).numpy() for _ in range(2)]

    first, second = two_draws()
    assert (first != second).any()
    np.testing.assert_array_equal(two_draws(), [first, second])


def test_dtypes():
    assert random.normal((2,)).dtype == "float32"
    assert random.normal((2,), dtype="float64").dtype == "float64"
    assert random.uniform((2,), dtype="float16").dtype == "float16"
    assert random.randint((2,), 0, 5).dtype == "int32"
    assert random.randint((2,), 0, 5, dtype="uint8").dtype == "uint8"
    assert random.categorical(np.zeros((2, 3), np.float32), 4).dtype == "int32"
    assert random.dropout(np.ones((2, 3)), 0.5).dtype == "float64"
    assert random.shuffle(np.arange(3)).dtype == "int64"
    assert random.binomial((2,), 5, 0.5).dtype == "float32"


def test_generator_state_and_config():
    generator = random.SeedGenerator(5, name="mine")
    assert generator.state.path == "mine/seed_generator_state"
    assert generator.state.dtype == "int64"
    assert not generator.state.trainable
    assert generator.next().numpy().tolist() == [5, 0]
    assert generator.next(ordered=False).numpy().tolist() == [5, 1]
    assert generator.state.numpy().tolist() == [6 * 5387 % 933199, 2 * 5387 % 933199]
    assert random.SeedGenerator.from_config(generator.get_config()).next().numpy().tolist() == [5, 0]
    assert random.SeedGenerator().get_config()["seed"] is None


def test_a_drawn_pair_does_not_change_when_the_generator_goes_on():
    generator = random.SeedGenerator(5)
    first = generator.next()
    generator.next()
    assert first.numpy().tolist() == [5, 0]


def test_no_seed_is_used_up_while_shapes_are_inferred():
    generator = random.SeedGenerator(5)
    x = KerasTensor((None, 3))
    with no_history():
        for y in (
            random.dropout(x, 0.5, seed=generator),
            random.normal(x.shape, seed=generator),
            random.normal((2, 3), mean=x, seed=generator),
            random.shuffle(x, seed=generator),
            random.categorical(x, 2, seed=generator),
            random.randint(x.shape, 0, 4, seed=generator),
            random.beta(x.shape, 1.0, 2.0, seed=generator),
            random.binomial(x.shape, 1.0, 0.2, seed=generator),
        ):
            assert isinstance(y, KerasTensor)
            assert y.ndim == 2
        random.normal((2, 3), seed=generator)
    assert generator.state.numpy().tolist() == [5, 0]


def test_dropout_scales_what_it_keeps():
    x = Tensor(np.full((100, 100), 3.0, np.float32))
    y = random.dropout(x, 0.25, seed=1).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(4)}
    assert y.mean() == pytest.approx(3, rel=0.03)  # standard error 0.6 %
    assert random.dropout(x, 0) is x
    assert not random.dropout(x, 1.0).numpy().any()


def test_dropped_infinities_are_zero():
    y = random.dropout(np.full((50,), np.inf, np.float32), 0.5, seed=1).numpy()
    assert set(y) == {0, np.inf}


@pytest.mark.parametrize("noise_shape", [(20, 1), (None, 1), (1, 30), (30,)])
def test_noise_shape_drops_whole_slices(noise_shape):
    y = random.dropout(np.ones((20, 30), np.float32), 0.5, noise_shape=noise_shape, seed=1).numpy()
    axis = 0 if len(noise_shape) == 1 or noise_shape[0] == 1 else 1
    assert (np.ptp(y, axis=axis) == 0).all()
    assert 0 < y.mean() < 2


def test_gradient_flows_through_dropout_and_shuffle():
    x = Variable(np.arange(1.0, 11.0))
    with GradientTape() as tape:
        y = random.shuffle(random.dropout(x, 0.5, seed=1), seed=2) * np.arange(10.0)
    kept = random.dropout(np.ones(10), 0.5, seed=1).numpy()
    order = random.shuffle(np.arange(10), seed=2).numpy()
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), kept * np.argsort(order))


def test_shuffle_moves_whole_slices_along_any_axis():
    x = np.arange(60).reshape(3, 4, 5)
    for axis in (0, 1, 2, -1):
        y = random.shuffle(x, axis=axis, seed=4).numpy()
        order = random.shuffle(np.arange(x.shape[axis]), seed=4).numpy()
        np.testing.assert_array_equal(y, np.take(x, order, axis))


ERRORS = {
    "shape": (lambda: random.normal(5), "tuple of lengths"),
    "negative length": (lambda: random.normal((-1,)), "tuple of lengths"),
    "unknown length": (lambda: random.normal((None, 2)), "not known yet"),
    "symbolic": (lambda: random.dropout(KerasTensor((None, 2)), 0.5), "keras.layers.Dropout"),
    "integer uniform": (lambda: random.uniform((2,), dtype="int32"), "floating point"),
    "integer normal": (lambda: random.normal((2,), dtype="int32"), "floating point"),
    "float randint": (lambda: random.randint((2,), 0, 4, dtype="float32"), "requires an integer `dtype`"),
    "fractional bound": (lambda: random.randint((2,), 0.5, 4), "`minval` must be one integer"),
    "empty range": (lambda: random.randint((2,), 4, 4), "less than `maxval`"),
    "logits": (lambda: random.categorical(np.zeros(3), 2), "2-D tensor"),
    "rate": (lambda: random.dropout(np.ones(3), -0.1), r"rate=-0.1"),
    "integer dropout": (lambda: random.dropout(np.arange(3), 0.5), "floating point"),
    "noise shape": (lambda: random.dropout(np.ones((2, 3)), 0.5, noise_shape=(2, 2)), "noise_shape"),
    "axis": (lambda: random.shuffle(np.ones((2, 3)), axis=2), "axis"),
    "seed type": (lambda: random.normal((2,), seed="a"), "SeedGenerator"),
    "generator seed": (lambda: random.SeedGenerator(1.5), "must be an integer"),
    "generator argument": (lambda: random.SeedGenerator(1, foo=2), "Unrecognized"),
    "large seed": (lambda: random.normal((2,), seed=2**63), "64 bits"),
    "global seed type": (lambda: global_seed.set_random_seed("a"), "integer"),
    "global seed range": (lambda: global_seed.set_random_seed(2**32), "between 0 and"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_wrong_arguments_are_explained(name):
    call, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        call()
