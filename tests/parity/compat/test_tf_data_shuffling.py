"""Orders and random numbers of `tf.data` are those of TensorFlow."""

import itertools

import pytest

from tests.parity.compat.data_sets import GROUP, count

pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA
from tests.parity.compat.snippets import check_snippet

pytestmark = pytest.mark.one_in(2)  # of the tables that follow


SEEDS = list(itertools.product([None, 0, 5, 2**31 + 3], [None, 0, 3, 2**40 + 1]))


@pytest.mark.one_in(3)
@pytest.mark.parametrize("buffer_size", [1, 3, 16, 40, 400])
def test_shuffle_has_tensorflows_order_in_every_epoch(buffer_size):
    def snippet(tf):
        orders = []
        for global_seed, seed in SEEDS:
            if global_seed is None and seed is None:
                continue
            tf.random.set_seed(global_seed)
            dataset = count(tf, 40).shuffle(buffer_size, seed=seed)
            orders += [[int(x) for x in dataset] for _ in range(3)]
        return orders

    check_snippet(snippet, GROUP, SAME_FORMULA)


# name → what comes after (or around) a shuffle; each draws seeds for its epochs in its own way.
SHUFFLED = {
    "alone": lambda d: d,
    "batch": lambda d: d.batch(4),
    "batch, prefetch": lambda d: d.batch(4).prefetch(1),
    "repeat": lambda d: d.repeat(3),
    "batch, repeat": lambda d: d.batch(4).repeat(3),
    "repeat, batch": lambda d: d.repeat(2).batch(4),
    "map, repeat": lambda d: d.map(lambda x: x + 1).repeat(2),
    "repeat forever": lambda d: d.repeat().take(25),
    "repeat forever in batches": lambda d: d.repeat().batch(4).take(9),
    "cache": lambda d: d.cache(),
    "cache, batch": lambda d: d.cache().batch(3),
    "cache, shuffle": lambda d: d.cache().shuffle(5, seed=1).batch(3),
    "shuffle twice": lambda d: d.shuffle(5, seed=9),
    "shuffle batches": lambda d: d.batch(2).shuffle(3, seed=9),
    "take": lambda d: d.take(7),
    "take, batch": lambda d: d.take(7).batch(2),
    "skip, batch": lambda d: d.skip(7).batch(2),
    "concatenate": lambda d: d.concatenate(d),
    "filter": lambda d: d.filter(lambda x: x > 3),
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("reshuffle", [True, False, None])
@pytest.mark.parametrize("name", SHUFFLED)
def test_shuffle_within_a_pipeline(name, reshuffle):
    def snippet(tf):
        tf.random.set_seed(1)
        shuffled = SHUFFLED[name](count(tf, 11).shuffle(6, seed=2, reshuffle_each_iteration=reshuffle))
        unseeded = SHUFFLED[name](count(tf, 11).shuffle(6, reshuffle_each_iteration=reshuffle))
        return [list(dataset.as_numpy_iterator()) for _ in range(4) for dataset in (shuffled, unseeded)]

    check_snippet(snippet, GROUP, SAME_FORMULA)


def test_data_sets_of_one_shuffle_share_its_seeds():
    def snippet(tf):
        dataset = count(tf, 8).shuffle(8, seed=4)
        three, four = dataset.batch(3), dataset.map(lambda x: x * 2)
        iterators = iter(three), iter(four), iter(dataset)
        return [list(iterators[i]) for i in (2, 0, 1)], list(three)

    check_snippet(snippet, GROUP, SAME_FORMULA)


@pytest.mark.parametrize("rerandomize", [None, False, True])
def test_random_numbers(rerandomize):
    def snippet(tf):
        tf.random.set_seed(3)
        numbers = tf.data.Dataset.random(seed=4, rerandomize_each_iteration=rerandomize).take(70)
        return [list(numbers) for _ in range(2)], numbers.cardinality(), repr(numbers.element_spec)

    check_snippet(snippet, GROUP, SAME_FORMULA)


@pytest.mark.parametrize("weights", [None, [0.2, 0.5, 0.3], [1.0, 0.0, 3.0]])
@pytest.mark.parametrize("stop", [True, False])
def test_sampling_from_data_sets(weights, stop):
    def snippet(tf):
        tf.random.set_seed(1)
        parts = [tf.data.Dataset.range(100 * i, 100 * i + 5 + i) for i in range(3)]
        dataset = tf.data.Dataset.sample_from_datasets(parts, weights, seed=5, stop_on_empty_dataset=stop)
        return [list(dataset) for _ in range(2)], repr(dataset.element_spec)

    check_snippet(snippet, GROUP, SAME_FORMULA)


@pytest.mark.parametrize("repeats", [1, 2])
def test_random_numbers_in_a_map_are_those_of_its_places(repeats):
    def snippet(tf):
        tf.random.set_seed(1)
        dataset = count(tf, 3).map(lambda x: (tf.random.uniform([2]), tf.random.normal([]))).repeat(repeats)
        return [list(dataset) for _ in range(2)]

    check_snippet(snippet, GROUP, SAME_FORMULA)
