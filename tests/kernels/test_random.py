"""The random kernels: Philox against its published answers, compiled loops against their references, distributions."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from minikeras.kernels import random
from minikeras.kernels.random import (
    binomial,
    draws,
    dropout,
    gamma,
    legacy,
    normal,
    permutation,
    philox,
    poisson,
    shuffle_buffer,
    uniform,
)
from minikeras.kernels.registry import compiles, references

SEED_PAIR = (1337, 5)
FAR_ON = 2**33 + 12345  # a position whose upper word is not zero
COUNTS = (0, 1, 3, 4, 5, 7, 255, 256, 1001)

# NumPy's float64 log, sin and cos, rounded, against the C library's float32 ones: at most 1 unit in the last place
# for the radius, 1 for the sine, and half a unit for each product. float64 has the same margin between two float64
# libraries.
MAX_ULP = 4
# A mean of n independent numbers lies within 5 standard errors, but for 1 in 1.7 million seeds; these seeds are fixed.
STANDARD_ERRORS = 5

# From the Random123 distribution's table of known answers: counter, key → words.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def _joined(low, high):
    return np.uint64(low | high << 32)


@pytest.mark.parametrize("counter, key, words", KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter, key, words):
    arguments = _joined(*key), _joined(*counter[2:]), _joined(*counter[:2])
    assert philox.philox_block(*arguments) == words
    assert philox.philox_words_reference(*arguments, 4).tolist() == list(words)
    if compiles():
        by_job = np.zeros(4, np.int32)
        philox.draw(philox.words_jobs, arguments, by_job)
        assert by_job.view(np.uint32).tolist() == list(words)


def test_a_sequence_may_be_read_from_any_position():
    start = philox.from_seed_pair(SEED_PAIR)
    whole = start.words(400)
    np.testing.assert_array_equal(start.skip(3).words(21), whole[12:33])
    assert [int(word) for word in start.skip(99).block()] == whole[396:].tolist()


@pytest.mark.parametrize("seed_pair", [(0, 0), (0, 1), (1, 0), (-1, 0), (2**31, 0), (2**63, 7)])
def test_neighbouring_seeds_share_no_words(seed_pair):
    other = philox.from_seed_pair((seed_pair[0] + 1, seed_pair[1])).words(1000)
    assert len(np.intersect1d(philox.from_seed_pair(seed_pair).words(1000), other)) < 3


@pytest.mark.parametrize("seed_pair", [(0, 0), (3, 1), (-1, -(2**63)), (2**63, 2**64 + 5), np.array([7, -2])], ids=str)
def test_many_seeds_are_scrambled_by_a_job_to_the_same_bits(seed_pair, monkeypatch):
    monkeypatch.setattr(philox, "SEEDS_BY_NUMPY", 0)
    expected = philox.sequence_reference(*seed_pair)
    ours = philox.from_seed_pair(seed_pair)
    assert ours == expected
    assert [type(word) for word in ours] == [np.uint64] * 3
    words = np.array([*map(philox.as_uint64, seed_pair), 0, 0], np.uint64)
    philox.scramble.function(0, words.view(np.int64).reshape(1, 4))
    assert words[2:].tolist() == [int(word) for word in expected[:2]]


def test_few_words_of_many_sequences_are_those_of_each(monkeypatch):
    seeds = np.array([[0, 0], [3, 1], [-1, -(2**62)], [2**31, 5], [7, -2]], np.int64).view(np.uint64)
    one_by_one = [philox.from_seed_pair(pair).words(3) for pair in seeds]
    generator = philox.from_seed_pair(SEED_PAIR).skip(FAR_ON)
    apart = [generator.skip(5 * call).words(4) for call in range(6)]
    for by_jobs in (False, True):
        monkeypatch.setattr(philox, "demand_of_calls", lambda rows, by_jobs=by_jobs: by_jobs and compiles())
        np.testing.assert_array_equal(philox.words_of_seed_pairs(*seeds.T, 3), one_by_one)
        np.testing.assert_array_equal(philox.words_of_calls(generator, 6, 5, 4), apart)


def test_each_thread_scrambles_seeds_of_its_own(monkeypatch):
    monkeypatch.setattr(philox, "SEEDS_BY_NUMPY", 0)
    expected = [philox.sequence_reference(seed, 1) for seed in range(2000)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda seed: philox.from_seed_pair((seed, 1)), range(2000)))
    assert found == expected


DRAWS = {  # name of a function: (its module, arguments after the count, error in units in the last place)
    "philox_words": (philox, (), 0),
    "uniform_float32": (uniform, (), 0),
    "normal_float32": (normal, (), MAX_ULP),
    "normal_float64": (normal, (), MAX_ULP),
    "truncated_normal_float32": (normal, (), MAX_ULP),
    "truncated_normal_float64": (normal, (), MAX_ULP),
    "shuffled_range": (permutation, (), 0),
    "shuffle_buffer_order": (shuffle_buffer, (10,), 0),
}


def _assert_within_ulp(actual, expected, ulp):
    assert actual.dtype == expected.dtype
    if ulp:
        np.testing.assert_array_max_ulp(actual, expected, ulp)
    else:
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("count", [*COUNTS, 2 * philox.CHUNK - 7])
@pytest.mark.parametrize("name", DRAWS)
def test_jobs_draw_what_the_reference_draws(name, count, monkeypatch):
    module, options, ulp = DRAWS[name]
    monkeypatch.setattr(module, "demand", lambda count: count and compiles(), raising=False)
    generator = philox.from_seed_pair(SEED_PAIR).skip(FAR_ON)
    by_jobs = getattr(module, name)(*generator, count, *options)
    with references():
        _assert_within_ulp(by_jobs, getattr(module, f"{name}_reference")(*generator, count, *options), ulp)


LOOPS = {  # name of a function: (its jobs, dtype)
    "philox_words": (philox.words_jobs, np.int32),
    "uniform_float32": (uniform.uniform_jobs, np.float32),
    "normal_float32": (normal.normal_jobs, np.float32),
    "normal_float64": (normal.normal_float64_jobs, np.float64),
    "truncated_normal_float32": (normal.truncated_normal_jobs, np.float32),
    "truncated_normal_float64": (normal.truncated_normal_float64_jobs, np.float64),
    "shuffled_range": (permutation.exchange_jobs, np.int64),
}


@pytest.mark.parametrize("name", LOOPS)
def test_the_loop_runs_as_plain_python(name):
    build, dtype = LOOPS[name]
    module, _, ulp = DRAWS[name]
    generator, numbers = philox.from_seed_pair(SEED_PAIR), np.arange(24, dtype=dtype)
    for job in build(np.array(generator, np.uint64).view(np.int64), numbers):
        job.run_in_python()
    expected = getattr(module, f"{name}_reference")(*generator, 24)
    _assert_within_ulp(numbers.view(expected.dtype), expected, ulp)


def test_a_program_that_draws_little_waits_for_no_compiler():
    demand = philox.Demand(10_000)
    assert [demand(count) for count in (255, 3000, 6999)] == [False, False, False]
    assert demand(256) == compiles()
    with references():
        assert not demand(10**6)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (300, 7, 9)])
def test_the_mask_of_dropout_equals_its_reference(shape, dtype):
    mask = dropout.stateless_dropout_mask(SEED_PAIR, shape, 0.3, dtype)
    with references():
        _assert_within_ulp(dropout.stateless_dropout_mask(SEED_PAIR, shape, 0.3, dtype), mask, 0)
    u = uniform.unit_uniform(philox.from_seed_pair(SEED_PAIR), mask.size, dtype)
    _assert_within_ulp(mask, (u >= np.asarray(0.3, dtype)).reshape(shape), 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (30, 4, 50)])
def test_what_dropout_keeps_equals_the_reference(shape, dtype):
    rng = np.random.default_rng(0)
    x, mask = rng.normal(size=shape).astype(dtype), np.asarray(rng.random(shape) < 0.5)
    x = np.where(rng.random(shape) < 0.2, np.inf, x).astype(dtype)
    arguments = np.asarray(x), mask, np.asarray(1 / 0.7, dtype)
    _assert_within_ulp(dropout.keep_scaled(*arguments), dropout.keep_scaled_reference(*arguments), 0)


ALPHAS = np.array([0.05, 0.7, 1.0, 1.5, 20.0])
TRIALS = np.array([0.0, 3.0, 40.0, 1000.0, 1000.0, 50.0, 10.0])
PROBABILITIES = np.array([0.5, 0.3, 0.5, 0.002, 0.97, np.nan, 1.0])


def test_compiled_gamma_equals_its_reference():
    arguments = *philox.from_seed_pair(SEED_PAIR), ALPHAS, 40 * ALPHAS.size
    # pow and log1p of the C library, in Python as in compiled code.
    expected = draws.drawn_in_turn(gamma.one_gamma, *arguments)
    np.testing.assert_array_max_ulp(gamma.standard_gamma(*arguments), expected, 2)


def test_compiled_binomial_equals_its_reference():
    few = TRIALS * np.minimum(PROBABILITIES, 1 - PROBABILITIES) < 10
    arguments = *philox.from_seed_pair(SEED_PAIR), TRIALS, PROBABILITIES, few, 40 * TRIALS.size
    expected = binomial.binomial_samples_reference(*arguments)
    np.testing.assert_array_equal(binomial.binomial_samples(*arguments), expected)


RATES = np.array([0.0, 0.3, 4.0, 9.99, 10.0, 80.0, np.nan])


def test_compiled_poisson_equals_its_reference():
    arguments = *philox.from_seed_pair(SEED_PAIR), RATES, 40 * RATES.size
    expected = draws.drawn_in_turn(poisson.one_poisson, *arguments)
    np.testing.assert_array_equal(poisson.poisson_samples(*arguments), expected)


MOMENTS = {  # name → (draw, its mean, its standard deviation)
    "uniform": (lambda shape: random.stateless_uniform(SEED_PAIR, shape), 0.5, 12**-0.5),
    "uniform between": (lambda shape: random.stateless_uniform(SEED_PAIR, shape, "float64", -1, 3), 1, 4 * 12**-0.5),
    "integers": (lambda shape: random.stateless_uniform(SEED_PAIR, shape, "int32", -2, 5), 1, 2),
    "normal": (lambda shape: random.stateless_normal(SEED_PAIR, shape, "float32", 3, 2), 3, 2),
    "truncated": (lambda shape: random.stateless_truncated_normal(SEED_PAIR, shape), 0, 0.8796),
    "gamma 0.5": (lambda shape: random.stateless_gamma(SEED_PAIR, shape, 0.5), 0.5, 0.5**0.5),
    "gamma 1": (lambda shape: random.stateless_gamma(SEED_PAIR, shape, 1.0), 1, 1),
    "poisson 2": (lambda shape: random.stateless_poisson(SEED_PAIR, shape, 2.0), 2, 2**0.5),
    "poisson 25": (lambda shape: random.stateless_poisson(SEED_PAIR, shape, 25.0), 25, 5),
    "gamma 9": (lambda shape: random.stateless_gamma(SEED_PAIR, shape, 9.0), 9, 3),
    "binomial few": (lambda shape: random.stateless_binomial(SEED_PAIR, shape, 20.0, 0.2), 4, 3.2**0.5),
    "binomial many": (lambda shape: random.stateless_binomial(SEED_PAIR, shape, 100.0, 0.8), 80, 4),
    "kept": (lambda shape: random.stateless_dropout_mask(SEED_PAIR, shape, 0.3), 0.7, 0.21**0.5),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_mean_and_deviation_are_those_of_the_distribution(name):
    draw, mean, deviation = MOMENTS[name]
    samples = draw((200, 100)).astype(np.float64)
    assert samples.shape == (200, 100)
    assert abs(samples.mean() - mean) < STANDARD_ERRORS * deviation / samples.size**0.5
    # The deviation of 20000 numbers is within 5 % for all of these, the most skewed (gamma 0.5) included.
    assert samples.std() == pytest.approx(deviation, rel=0.05)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_uniform_takes_zero_and_never_one(dtype):
    samples = random.stateless_uniform(SEED_PAIR, (30000,), dtype)
    assert samples.dtype == dtype
    assert 0 <= samples.min() < 0.001
    assert 0.998 < samples.max() < 1


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_truncated_normal_stays_inside_two(dtype):
    samples = random.stateless_truncated_normal(SEED_PAIR, (5000,), dtype)
    assert samples.dtype == dtype
    assert 1.9 < np.abs(samples).max() <= 2


def test_categorical_follows_the_logits():
    probabilities = np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]], np.float32)
    with np.errstate(divide="ignore"):
        samples = random.stateless_categorical(SEED_PAIR, np.log(probabilities), 10000)
    for row, expected in zip(samples, probabilities, strict=True):
        frequencies = np.bincount(row, minlength=3) / row.size
        np.testing.assert_allclose(frequencies, expected, atol=STANDARD_ERRORS * 0.5 / row.size**0.5)


@pytest.mark.parametrize("size", [0, 1, 2, 10, 300, 5000])
@pytest.mark.parametrize(
    "order",
    [
        lambda size: random.shuffle_permutation(42, size),
        lambda size: random.shuffle_batches(42, size, 32),
        lambda size: random.stateless_permutation(SEED_PAIR, size),
    ],
    ids=["fit", "batch", "stateless"],
)
def test_permutations_contain_every_index_once(order, size):
    indices = order(size)
    assert indices.dtype == np.int64
    np.testing.assert_array_equal(np.sort(indices), np.arange(size))


def test_batch_shuffle_keeps_the_batches_in_place():
    order = random.shuffle_batches(7, 70, 32)
    for start in (0, 32, 64):
        batch = order[start : start + 32]
        assert set(batch.tolist()) == set(range(start, min(start + 32, 70)))
    assert (order[:32] + 32 != order[32:64]).any()


def test_dropout_mask_is_uniform_at_least_rate():
    for dtype in ("float16", "float32", "float64"):
        rate = np.asarray(0.3, dtype)
        mask = random.stateless_dropout_mask(SEED_PAIR, (40, 50), 0.3, dtype)
        np.testing.assert_array_equal(mask, random.stateless_uniform(SEED_PAIR, (40, 50), dtype) >= rate)
        assert random.dropout_scale(0.3, dtype).dtype == dtype


def test_global_seed_zero_is_not_taken_for_no_seed():
    assert legacy.operation_seeds(0, 0) == (0, 2**31 - 1)
    assert legacy.operation_seeds(2**31, 5) == (1, 5)
    assert legacy.operation_seeds(None, 5) == (87654321, 5)


ERRORS = {
    "three seeds": (lambda: random.stateless_uniform((1, 2, 3), (4,)), "seed_pair"),
    "dtype": (lambda: random.stateless_uniform(SEED_PAIR, (4,), "int8", 0, 3), "dtype"),
    "empty range": (lambda: random.stateless_uniform(SEED_PAIR, (4,), "int32", 3, 3), "less than `maxval`"),
    "no maxval": (lambda: random.stateless_uniform(SEED_PAIR, (4,), "int32", 3), "less than `maxval`"),
    "out of dtype": (lambda: random.stateless_uniform(SEED_PAIR, (4,), "int32", 0, 2**40), "must lie in int32"),
    "rate": (lambda: random.stateless_dropout_mask(SEED_PAIR, (4,), 1.0), "rate=1.0"),
    "alpha shape": (lambda: random.stateless_gamma(SEED_PAIR, (4, 2), np.ones(3)), "end with the shape of `alpha`"),
    "counts shape": (lambda: random.stateless_binomial(SEED_PAIR, (4, 2), np.ones(3), 0.5), "broadcast together"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_wrong_arguments_are_explained(name):
    call, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        call()
