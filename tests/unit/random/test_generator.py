"""Generators, stateless numbers and candidate samplers: sequences go on, moments are right, counts add up."""

import numpy as np
import pytest

from minikeras.compat.tensorflow.random import candidates as candidate_samplers
from minikeras.compat.tensorflow.random import stateless_draws as stateless
from minikeras.compat.tensorflow.random.philox_generator import Generator
from minikeras.random import operations
from minikeras.random.global_seed import set_global_seed

MANY = 20000
NEAR = 0.03  # four standard errors of a mean over MANY numbers of variance 1


def test_a_sequence_goes_on_and_begins_again():
    g = Generator.from_seed(5)
    first, second = g.normal([4]).array, g.normal([4]).array
    assert not np.array_equal(first, second)
    g.reset_from_seed(5)
    np.testing.assert_array_equal(g.normal([4]).array, first)
    g.reset_from_seed(5)
    g.skip(4)
    np.testing.assert_array_equal(g.normal([4]).array, second)


def test_the_counter_carries_into_its_upper_half():
    g = Generator([-1, 3, 7])  # the lower half is 2⁶⁴ − 1
    g.skip(1)
    assert g.state.array.tolist() == [255, 4, 7]


def test_split_generators_differ_and_repeat():
    parts = [Generator.from_seed(1).split(3) for _ in range(2)]
    draws = [[part.uniform([3]).array.tolist() for part in row] for row in parts]
    assert draws[0] == draws[1]
    assert len(set(map(tuple, draws[0]))) == 3


DRAWS = {
    "normal": (lambda: stateless.normal([MANY], (1, 2), 3.0, 2.0), 3, 2),
    "truncated": (lambda: stateless.truncated_normal([MANY], (1, 2)), 0, 0.8796),
    "uniform": (lambda: stateless.uniform([MANY], (1, 2), -1.0, 3.0), 1, 4 * 12**-0.5),
    "integers": (lambda: stateless.uniform([MANY], (1, 2), 0, 5, "int32"), 2, 2**0.5),
    "gamma": (lambda: stateless.gamma([MANY], (1, 2), 9.0, 3.0), 3, 1),
    "poisson": (lambda: stateless.poisson([MANY], (1, 2), 4.0), 4, 2),
    "binomial": (lambda: stateless.binomial([MANY], (1, 2), 20.0, 0.2), 4, 3.2**0.5),
    "of a generator": (lambda: Generator.from_seed(2).normal([MANY], -1.0, 0.5), -1, 0.5),
    "operation": (lambda: operations.normal([MANY], 2.0, 3.0, seed=4), 2, 3),
}


@pytest.mark.parametrize("name", DRAWS)
def test_moments(name):
    draw, mean, deviation = DRAWS[name]
    x = draw().array.astype("float64")
    assert abs(x.mean() - mean) < NEAR * max(deviation, 1)
    assert abs(x.std() - deviation) < NEAR * max(deviation, 1)


def test_stateless_numbers_depend_on_the_seed_alone():
    np.testing.assert_array_equal(stateless.normal([3], (1, 2)).array, stateless.normal([3], (1, 2)).array)
    assert not np.array_equal(stateless.normal([3], (1, 2)).array, stateless.normal([3], (2, 1)).array)
    assert sorted(stateless.shuffle(np.arange(9), (1, 2)).array.tolist()) == list(range(9))
    assert len({tuple(seed) for seed in stateless.split((1, 2), 4).array.tolist()}) == 4
    with pytest.raises(ValueError, match="two integers"):
        stateless.normal([3], 1)


@pytest.mark.parametrize("unique", [False, True])
def test_candidates(unique):
    set_global_seed(1)
    true = np.array([[0], [5]])
    found = candidate_samplers.log_uniform_candidates(true, 1, 8, unique, 10, seed=3)
    classes = found.sampled_candidates.array
    assert ((classes >= 0) & (classes < 10)).all()
    assert len(set(classes.tolist())) == 8 or not unique
    if not unique:
        p = np.log((true + 2) / (true + 1)) / np.log(11)
        np.testing.assert_allclose(found.true_expected_count.array, 8 * p, rtol=1e-6)
    with pytest.raises(ValueError, match="range is too small"):
        candidate_samplers.uniform_candidates(true, 1, 11, True, 10)


def test_dropout_keeps_the_mean():
    x = operations.dropout(operations.data_tensor(np.ones(MANY, "float32")), 0.25, seed=3).array
    assert set(np.unique(x)) == {np.float32(0), np.float32(4 / 3)}
    assert abs(x.mean() - 1) < NEAR
