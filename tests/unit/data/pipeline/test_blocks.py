"""`map` before `batch`: computed for blocks of elements, with the results, numbers and errors of single ones."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from minikeras import ops, tree
from minikeras.compat import tensorflow as tf
from minikeras.data.pipeline import mapping
from minikeras.data.pipeline.blocks import Block, BlockFunction
from minikeras.data.pipeline.pulling import FEW

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (11, 8, 10, 3)).astype("uint8")
LABELS = np.arange(11, dtype="int32")
SUM_ORDER = 1e-5  # sums over several images add in another order than those over one


def augment(x, y):
    x = tf.cast(x, tf.float32) / 255.0
    x = tf.image.random_flip_left_right(x)
    x = tf.pad(x, [[2, 2], [2, 2], [0, 0]])
    x = tf.image.random_crop(x, [8, 10, 3])
    return tf.image.random_brightness(x, 0.2), y


def colours(x, y):
    x = tf.image.convert_image_dtype(x, tf.float32)
    x = tf.image.random_contrast(tf.image.random_hue(tf.image.random_saturation(x, 0.5, 1.5), 0.2), 0.5, 1.5)
    return tf.clip_by_value(tf.image.random_flip_up_down(x), 0.0, 1.0), tf.one_hot(y, 4)


def sizes(x, y):
    x = tf.image.central_crop(tf.image.resize_with_crop_or_pad(x, 12, 12), 0.5)
    return {"small": tf.image.resize(x, (3, 4)), "gray": tf.image.rgb_to_grayscale(x), "five": 5}


def shapes(x, y):
    parts = []
    for axis in range(3):
        parts.append(tf.reduce_max(x, axis=axis)[..., -1])
    x = tf.transpose(tf.expand_dims(x, -1), [3, 1, 0, 2])
    return tf.reshape(x[:, ::2], [-1, 3]), tf.concat(parts, 0), tf.stack([y, y + 1]), tf.squeeze(x, 0)


def sums(x, y):
    x = tf.image.per_image_standardization(x)
    return tf.reduce_mean(x), tf.reduce_sum(x, [0, 1], keepdims=True), tf.argmax(x, -1), tf.where(x > 0, x, 0.0)


def unused(x, y):
    tf.image.random_crop(x, [2, 2, 3])
    return tf.image.random_flip_left_right(x), y


def row_by_row(x, y):
    return tf.image.random_jpeg_quality(x, 20, 90), tf.image.stateless_random_crop(x, [3, 3, 3], seed=(1, 2))


def by_seeds_of_their_own(x, y):
    seed = tf.stack([y, 7])
    x = tf.image.stateless_random_flip_left_right(tf.image.convert_image_dtype(x, tf.float32), seed)
    x = tf.image.stateless_random_brightness(tf.image.stateless_random_hue(x, 0.2, (3, -4)), 0.2, seed)
    x = tf.image.stateless_random_saturation(tf.image.stateless_random_contrast(x, 0.5, 1.5, seed), 0.5, 1.5, seed)
    return tf.image.stateless_random_crop(tf.image.stateless_random_flip_up_down(x, seed), [5, 6, 3], seed - 9)


def in_items(x, y):
    features = {"x": x}
    features["y"] = y
    return features


def in_a_generator(x, y):
    x = tf.cast(x, tf.float32)
    return sum(weight * x[..., i] for i, weight in enumerate((0.3, 0.6, 0.1))), y


TRACED = [augment, colours, sizes, shapes, sums, unused, row_by_row, by_seeds_of_their_own, in_items, in_a_generator]

seen = []
generator = np.random.default_rng(0)
factor = tf.Variable(2.0)


def appending(x, y):
    seen.append(1)
    return x, y


def drawing(x, y):
    return tf.cast(x, tf.int32) + int(generator.integers(100)), y


def branching(x, y):
    return (x if y > 3 else x + 1), y


def reading(x, y):
    return x, tf.cast(y, tf.float32) * (factor + 1.0)


def counting(x, y):
    factor.assign_add(1.0)
    return x, y


def printing(x, y):
    print("x")
    return x, y


def telling(x, y):
    tf.print("y")
    return x, y


def in_python(x, y):
    return x, tf.py_function(lambda y: y + 1, [y], tf.int32)


def drawing_in_python(x, y):
    return (tf.image.flip_left_right(x) if tf.random.uniform(()) < 0.5 else x), y


settings = SimpleNamespace(counts={"n": 0}, generator=generator)
numbers = itertools.count()


def counting_in_an_attribute(x, y):
    settings.counts["n"] += 1
    return x, y


def drawing_by_an_attribute(x, y):
    return tf.cast(x, tf.int32) + int(settings.generator.integers(100)), y


def taking_numbers(x, y):
    return x, [number for _, number in zip([0], numbers, strict=False)]


PYTHON = [
    counting_in_an_attribute,
    drawing_by_an_attribute,
    taking_numbers,
    appending,
    drawing,
    branching,
    reading,
    counting,
    printing,
    telling,
    in_python,
    drawing_in_python,
]


def pipeline(function, size=4, **arguments):
    return tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).map(function, **arguments).batch(size)


def two_epochs(dataset, monkeypatch, in_blocks):
    """The batches of two epochs, as arrays."""
    tf.random.set_seed(3)
    factor.assign(2.0)
    globals()["numbers"] = itertools.count()
    generator.bit_generator.state = np.random.default_rng(0).bit_generator.state
    with monkeypatch.context() as patch:
        patch.setattr(mapping, "blocks_may_be_used", lambda: in_blocks)
        return list(dataset.repeat(2).as_numpy_iterator())


def assert_same(function, monkeypatch, **arguments):
    ours = two_epochs(pipeline(function, **arguments), monkeypatch, True)
    singly = two_epochs(pipeline(function, **arguments), monkeypatch, False)
    for a, b in zip(ours, singly, strict=True):
        for x, y in zip(tree.flatten(a), tree.flatten(b), strict=True):
            assert (x.dtype, x.shape) == (y.dtype, y.shape)
            np.testing.assert_allclose(x, y, SUM_ORDER, SUM_ORDER)


def kinds(dataset):
    """Whether the elements before the batch come in blocks, item by item."""
    pull = dataset._stage.input.pulls(4)
    return [isinstance(elements, Block) for elements in iter(lambda: pull(4), [])]


@pytest.mark.parametrize("function", TRACED, ids=lambda f: f.__name__)
def test_blocks_have_the_elements_of_single_calls(function, monkeypatch):
    assert kinds(pipeline(function)) == [True] * 3
    assert_same(function, monkeypatch)


@pytest.mark.parametrize("function", PYTHON, ids=lambda f: f.__name__)
def test_a_function_whose_python_matters_runs_for_every_element(function, monkeypatch, capfd):
    assert kinds(pipeline(function)) == [False] * 11
    assert_same(function, monkeypatch)


def test_python_with_effects_runs_once_per_element(capsys):
    seen.clear()
    settings.counts["n"] = 0
    list(pipeline(counting_in_an_attribute))
    assert settings.counts["n"] == 11
    list(pipeline(appending))
    list(pipeline(printing))
    assert len(seen) == 11
    assert capsys.readouterr().out == "x\n" * 11


def test_maps_in_a_row_pass_blocks_on(monkeypatch):
    def doubled(x, y):
        return x * 2.0, y

    chain = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).shuffle(11, seed=1).map(augment).map(doubled)
    assert kinds(chain.batch(4)) == [True] * 3
    chain = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).map(branching).map(augment)
    assert kinds(chain.batch(4)) == [True] * 3  # single elements are gathered


BETWEEN = {
    "shuffle": lambda data: data.shuffle(5, seed=1),
    "shuffle of all": lambda data: data.shuffle(100, seed=1),
    "repeat": lambda data: data.repeat(2),
    "shuffle, repeat": lambda data: data.shuffle(5, seed=1).repeat(2),
    "repeat, shuffle": lambda data: data.repeat(2).shuffle(5, seed=1),
    "cache": lambda data: data.cache(),
    "cache, shuffle": lambda data: data.cache().shuffle(5, seed=1),
    "prefetch": lambda data: data.prefetch(2),
    "zip": lambda data: tf.data.Dataset.zip((data, tf.data.Dataset.range(11))).map(lambda x, n: x),
    "shuffle, map": lambda data: data.shuffle(5, seed=1).map(colours),
    "take": lambda data: data.take(9),
    "take all": lambda data: data.take(-1),
    "skip": lambda data: data.skip(2).map(colours),
    "filter": lambda data: data.filter(lambda x, y: y % 3 > 0),
    "filter by numbers": lambda data: data.filter(lambda x, y: tf.reduce_mean(x) > 0.5),
    "filter at random": lambda data: data.filter(lambda x, y: tf.random.uniform([]) > 0.3),
    "filter, take": lambda data: data.filter(lambda x, y: y % 3 > 0).take(5),
    "enumerate": lambda data: data.enumerate(3).map(lambda i, pair: (pair[0] + tf.cast(i, tf.float32), pair[1])),
    "enumerate, filter": lambda data: data.enumerate().filter(lambda i, pair: i % 2 == 0).map(lambda i, pair: pair),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_blocks_pass_through_stages_before_the_batch(name, monkeypatch):
    def epochs(in_blocks):
        data = BETWEEN[name](tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).map(augment))
        return two_epochs(data.batch(4), monkeypatch, in_blocks)

    for a, b in zip(epochs(True), epochs(False), strict=True):
        np.testing.assert_allclose(a[0], b[0], SUM_ORDER, SUM_ORDER)
        np.testing.assert_array_equal(a[1], b[1])


def test_a_filter_pulls_no_element_that_is_not_needed():
    asked = []

    def generate():
        for i in range(40):
            asked.append(i)
            yield np.int32(i)

    data = tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec([], tf.int32))
    batches = iter(data.filter(lambda i: i % 3 == 0).map(lambda i: i + 1).batch(4))
    assert next(batches).numpy().tolist() == [1, 4, 7, 10]
    assert len(asked) == 10
    assert next(batches).numpy().tolist() == [13, 16, 19, 22]


@pytest.mark.parametrize(
    "predicate", [lambda x, y: True, lambda x, y: y, lambda x, y: x > 0], ids=["bool", "number", "shape"]
)
def test_a_predicate_that_gives_no_boolean_tensor(predicate, monkeypatch):
    def outcome(in_blocks):
        monkeypatch.setattr(mapping, "blocks_may_be_used", lambda: in_blocks)
        try:
            return len(list(tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).filter(predicate).batch(4)))
        except (ValueError, TypeError) as error:
            return type(error)

    assert outcome(True) == outcome(False)


@pytest.mark.parametrize("name", BETWEEN)
def test_the_function_runs_by_blocks_through_these_stages(name, monkeypatch):
    calls = []
    ops.cast(1.0, "bfloat16")  # other functions of the process may use dtypes of ml_dtypes
    monkeypatch.setattr(BlockFunction, "_in_parts", lambda *a, f=BlockFunction._in_parts: calls.append(1) or f(*a))
    list(BETWEEN[name](tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).map(augment)).batch(4))
    assert len(calls) >= 3


def test_functions_of_bfloat16_run_one_by_one(monkeypatch):
    monkeypatch.setattr(BlockFunction, "_in_parts", lambda *args: pytest.fail("in blocks"))
    data = tf.data.Dataset.from_tensor_slices(IMAGES).map(lambda x: tf.cast(tf.cast(x, tf.bfloat16) * 2, tf.float32))
    assert next(iter(data.batch(4))).dtype == "float32"


def test_a_buffer_holds_elements_and_not_their_blocks():
    data = tf.data.Dataset.from_tensor_slices(IMAGES).map(lambda x: tf.cast(x, tf.float32)).shuffle(5)
    assert all(element.array.base is None for element in data._stage.together(4))


def test_a_shuffle_takes_a_batch_ahead_at_most():
    asked = []

    def generate():
        for i in range(40):
            asked.append(i)
            yield np.float32(i)

    data = tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec([])).map(lambda x: x + 1.0)
    next(iter(data.shuffle(10).batch(4)))
    assert len(asked) <= 10 + 2 * 4


def test_parallel_calls_come_in_blocks_too(monkeypatch):
    assert_same(augment, monkeypatch, num_parallel_calls=tf.data.AUTOTUNE)
    assert kinds(pipeline(augment, num_parallel_calls=2)) == [True] * 3


def test_elements_of_other_shapes_are_mapped_one_by_one():
    lengths = [3, 3, 3, 5, 3]
    data = tf.data.Dataset.from_generator(
        lambda: (np.arange(n, dtype="float32") for n in lengths), output_signature=tf.TensorSpec([None])
    )
    batches = data.map(lambda x: tf.reduce_sum(x) / 2.0).batch(2)
    assert [b.numpy().tolist() for b in batches] == [[1.5, 1.5], [1.5, 5.0], [1.5]]


def test_a_function_of_the_shape_runs_anew_for_another_shape():
    lengths = [2, 2, 4, 4, 4]
    data = tf.data.Dataset.from_generator(
        lambda: (np.ones(n, "float32") for n in lengths), output_signature=tf.TensorSpec([None])
    )
    batches = data.map(lambda x: x / x.shape[0]).batch(2)
    assert [b.numpy().tolist() for b in batches] == [[[0.5] * 2] * 2, [[0.25] * 4] * 2, [[0.25] * 4]]


@pytest.mark.parametrize("in_blocks", [True, False])
def test_the_numbers_are_the_same_inside_a_tf_function(in_blocks, monkeypatch):
    monkeypatch.setattr(mapping, "blocks_may_be_used", lambda: in_blocks)

    def numbers_of(next_batch):
        tf.random.set_seed(3)
        batches = iter(tf.data.Dataset.range(8).map(lambda i: tf.random.uniform([]) + tf.cast(i, "float32")).batch(4))
        return [next_batch(batches).numpy().tolist() for _ in range(2)]

    found = numbers_of(next)
    assert numbers_of(tf.function(lambda batches: next(batches))) == found
    assert len({number % 1 for batch in found for number in batch}) == 8


def test_an_error_comes_with_its_element():
    def divided(x):
        return tf.reshape(tf.range(6), [x, -1])

    batches = iter(tf.data.Dataset.from_tensor_slices([1, 1, 1, 4]).map(divided).batch(2))
    assert next(batches).shape == (2, 1, 6)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match="Cannot reshape"):
        next(batches)


def test_no_more_elements_are_made_than_the_batches_have():
    asked = []

    def generate():
        for i in range(20):
            asked.append(i)
            yield np.float32(i)

    data = tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec([])).map(lambda x: x + 1.0)
    batches = iter(data.batch(4))
    assert asked == []
    next(batches)
    assert asked == [0, 1, 2, 3]


def test_the_remainder_is_dropped_but_its_numbers_are_drawn(monkeypatch):
    def noisy(in_blocks):
        data = tf.data.Dataset.from_tensor_slices(IMAGES).map(lambda x: tf.image.random_brightness(x, 0.5))
        return two_epochs(data.batch(4, drop_remainder=True), monkeypatch, in_blocks)

    assert len(noisy(True)) == 4
    np.testing.assert_array_equal(np.stack(noisy(True)), np.stack(noisy(False)))


@pytest.mark.parametrize("length", [FEW // 4, 3 * FEW])
def test_data_sets_made_for_elements_are_traced_only_if_they_are_long(length, monkeypatch):
    traced = []
    monkeypatch.setattr(BlockFunction, "of", lambda *a, of=BlockFunction.of: traced.append(1) or of(*a))
    outer = tf.data.Dataset.range(5)
    inner = outer.flat_map(lambda x: tf.data.Dataset.range(length).map(lambda y: 100 * x + y).batch(4))
    found = np.concatenate([batch.numpy() for batch in inner])
    np.testing.assert_array_equal(found, [100 * x + y for x in range(5) for y in range(length)])
    assert len(traced) == (5 if length > FEW else 0)
