"""The rank's rows of each batch of a data set, without making those of others: the same batches as in one process."""

import functools

import numpy as np
import pytest

import minikeras as keras
from minikeras.compat import tensorflow as tf
from minikeras.data.pipeline.shares import may_draw_numbers, share_of_pipeline
from minikeras.data.pipeline.stage import stage_of

COUNT, BATCH = 21, 4
LAYER = keras.layers.RandomFlip()
calls = []


def doubled(x):
    calls.append(int(x))
    return 2 * x, x


def data_set():
    return tf.data.Dataset.range(COUNT).shuffle(9, seed=1)


PIPELINES = {
    "map, batch": lambda: data_set().map(doubled).batch(BATCH),
    "two maps, prefetch": lambda: data_set().map(doubled).map(lambda x, y: (x + 1, y)).batch(BATCH).prefetch(2),
    "parallel map, no remainder": lambda: data_set().map(doubled, num_parallel_calls=2).batch(BATCH, True),
    "repeated batches": lambda: data_set().map(doubled).batch(BATCH).repeat(2),
}


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("size", [2, 5])
def test_ranks_make_their_rows_alone(name, size):
    whole = [[part.numpy() for part in batch] for batch in PIPELINES[name]()]
    calls.clear()
    shares = [share_of_pipeline(stage_of(PIPELINES[name]()), rank, size) for rank in range(size)]
    made = [list(share) for share in shares]
    assert all(len(batches) == len(whole) for batches in made)
    rows_without = 0
    for number, batch in enumerate(whole):
        for part, expected in enumerate(batch):
            own = [batches[number][0][part].numpy()[: batches[number][1].rows] for batches in made]
            np.testing.assert_array_equal(np.concatenate(own), expected)
        rows_without += sum(batches[number][1].rows == 0 for batches in made)
    # The rows of a rank that has none, and those of a last group that is left out, are few; no element is made twice.
    assert len(calls) == sum(len(batch[0]) for batch in whole) + rows_without


@pytest.mark.parametrize(
    "dataset",
    [
        lambda: data_set().batch(BATCH),  # nothing to save
        lambda: data_set().batch(BATCH).map(lambda x: x - tf.reduce_mean(x)),  # rows depend on each other
        lambda: data_set().map(lambda x: x + tf.random.uniform((), maxval=9, dtype=tf.int64)).batch(BATCH),
        lambda: data_set().map(doubled).filter(lambda x, y: x > 3).batch(BATCH),
        lambda: data_set().map(doubled),
    ],
)
def test_others_are_divided_batch_by_batch(dataset):
    assert share_of_pipeline(stage_of(dataset()), 0, 2) is None


def test_functions_that_may_draw_numbers():
    def through(x):
        return drawing(x)

    def drawing(x):
        return np.random.default_rng(0).random() + x

    assert not may_draw_numbers(doubled)
    assert may_draw_numbers(through)
    assert may_draw_numbers(lambda x: LAYER(x))
    assert may_draw_numbers(functools.partial(doubled))
    assert not may_draw_numbers(lambda x: tf.cast(x, "float32") / 255)
