"""Data sets of `tf.data`, by name."""

import collections

import numpy as np

GROUP = "compat: tf.data"
X = np.arange(21.0).reshape(7, 3)
Y = np.array([4, 1, 3, 1, 0, 2, 4])
WORDS = ["red", "green", "blue", "rosa", "", "schwarz", "grün"]
Pair = collections.namedtuple("Pair", "left right")


def count(tf, n=10):
    return tf.data.Dataset.range(n)


def slices(tf, *parts):
    return tf.data.Dataset.from_tensor_slices(parts[0] if len(parts) == 1 else parts)


def steps(tf):
    """Vectors of the lengths 3, 1, 4, 1, 5."""

    def generate():
        for n in (3, 1, 4, 1, 5):
            yield np.arange(n)

    return tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec([None], tf.int64))


def pairs(tf):
    return slices(tf, X.astype("float32"), Y)


def ragged_rows(tf):
    return slices(tf, tf.ragged.constant([[1, 2], [], [3]]))


def ragged(tf, dataset):
    return dataset.map(lambda x: x.to_tensor())


# name → the data set; `X` and others become elements of all kinds of nests.
DATASETS = {
    "from_tensors": lambda tf: tf.data.Dataset.from_tensors((X, [1, 2])),
    "one tensor": lambda tf: tf.data.Dataset.from_tensors(3.5),
    "slices of an array": lambda tf: slices(tf, X),
    "slices of a list": lambda tf: slices(tf, [1, 2, 3]),
    "slices of a list of lists": lambda tf: slices(tf, [[1.0, 2.0], [3.0, 4.0]]),
    "slices of tensors": lambda tf: slices(tf, tf.constant(X), tf.constant([[1], [2], [3], [4], [5], [6], [7]])),
    "slices of a dict": lambda tf: slices(tf, {"b": X, "a": Y}),
    "slices of a nest": lambda tf: slices(tf, ({"x": X, "w": WORDS}, (Y, Pair(X, Y)))),
    "slices of strings": lambda tf: slices(tf, WORDS),
    "slices of bools": lambda tf: slices(tf, Y > 2),
    "range": count,
    "range with start": lambda tf: tf.data.Dataset.range(3, 7),
    "range backwards": lambda tf: tf.data.Dataset.range(9, 2, -3),
    "range of floats": lambda tf: tf.data.Dataset.range(4, output_type=tf.float32),
    "empty range": lambda tf: tf.data.Dataset.range(0),
    "counter": lambda tf: tf.data.Dataset.counter(2, 3).take(4),
    "counter of int32": lambda tf: tf.data.Dataset.counter(dtype=tf.int32).take(3),
    "generator": steps,
    "generator with arguments": lambda tf: tf.data.Dataset.from_generator(
        lambda n, m: range(int(n), int(m)), output_signature=tf.TensorSpec([], tf.int32), args=(2, 5)
    ),
    "generator of pairs, old arguments": lambda tf: tf.data.Dataset.from_generator(
        lambda: ((i, [i, i + 1]) for i in range(3)), (tf.int32, tf.float32), ((), (2,))
    ),
    "generator of dicts": lambda tf: tf.data.Dataset.from_generator(
        lambda: ({"a": i, "b": str(i)} for i in range(3)),
        output_signature={"a": tf.TensorSpec([], tf.float32), "b": tf.TensorSpec([], tf.string)},
    ),
    "zip": lambda tf: tf.data.Dataset.zip((count(tf), slices(tf, WORDS))),
    "zip of arguments": lambda tf: tf.data.Dataset.zip(count(tf), count(tf, 3).repeat(), slices(tf, X)),
    "zip of a dict": lambda tf: tf.data.Dataset.zip({"a": count(tf, 2), "b": (pairs(tf), count(tf, 9))}),
    "batch": lambda tf: pairs(tf).batch(3),
    "batch without remainder": lambda tf: pairs(tf).batch(3, drop_remainder=True),
    "batch of strings": lambda tf: slices(tf, WORDS).batch(4),
    "batch of dicts": lambda tf: slices(tf, {"x": X, "y": Y}).batch(2),
    "batch twice": lambda tf: count(tf).batch(2).batch(2),
    "batch larger than the data": lambda tf: count(tf).batch(100),
    "padded batch": lambda tf: steps(tf).padded_batch(2),
    "padded batch to a shape": lambda tf: steps(tf).padded_batch(2, padded_shapes=[6], padding_values=np.int64(-1)),
    "padded batch of rows": lambda tf: slices(tf, X, Y).padded_batch(2, ([5], []), (np.float64(-1), None)),
    "padded batch, shapes with None": lambda tf: steps(tf).padded_batch(3, [None], drop_remainder=True),
    "padded batch of pairs": lambda tf: tf.data.Dataset.zip((steps(tf), slices(tf, WORDS))).padded_batch(
        3, padded_shapes=([None], []), padding_values=(np.int64(7), "")
    ),
    "padded batch of dicts": lambda tf: steps(tf).map(lambda x: {"x": x, "n": tf.size(x)}).padded_batch(
        2, padded_shapes={"x": [-1], "n": []}
    ),
    "padded batch of matrices": lambda tf: steps(tf).map(lambda x: tf.tile(x[:, None], [1, 2])).padded_batch(2),
    "unbatch": lambda tf: pairs(tf).batch(3).unbatch(),
    "rebatch": lambda tf: count(tf).batch(4).rebatch(3),
    "rebatch alternately": lambda tf: count(tf).batch(4).rebatch([1, 2], drop_remainder=True),
    "ragged batch": lambda tf: ragged(tf, steps(tf).ragged_batch(2)),
    "flat_map of ragged rows": lambda tf: ragged(tf, count(tf, 2).flat_map(lambda n: ragged_rows(tf)).take(5).batch(2)),
    "interleave of ragged rows": lambda tf: ragged(tf, count(tf, 2).interleave(lambda n: ragged_rows(tf), 2).batch(3)),
    "map": lambda tf: count(tf).map(lambda x: x * 2 + 1),
    "map that squeezes an axis of unknown length": lambda tf: steps(tf).batch(1).map(lambda x: tf.squeeze(x, 0)),
    "map of pairs": lambda tf: pairs(tf).map(lambda x, y: (x / 2, tf.one_hot(y, 5))),
    "map of dicts": lambda tf: slices(tf, {"x": X, "y": Y}).map(lambda d: (d["x"] + 1, {"label": d["y"]})),
    "map to a list": lambda tf: count(tf).map(lambda x: [x, x + 1]),
    "map to numbers": lambda tf: count(tf, 3).map(lambda x: (1, 2.5, "a")),
    "map of batches": lambda tf: pairs(tf).batch(2).map(lambda x, y: (tf.reduce_sum(x, axis=1), y)),
    "map of nested tuples": lambda tf: tf.data.Dataset.zip((pairs(tf), count(tf))).map(lambda p, n: p[0][0] + float(1)),
    "map in parallel": lambda tf: count(tf).map(lambda x: x + 1, num_parallel_calls=4),
    "map, autotuned": lambda tf: count(tf).map(lambda x: x + 1, num_parallel_calls=tf.data.AUTOTUNE),
    "map to a named tuple": lambda tf: count(tf, 3).map(lambda x: Pair(x, x * x)),
    "map of strings": lambda tf: slices(tf, WORDS).map(lambda w: tf.strings.upper(w) + "!"),
    "map with py_function": lambda tf: count(tf).map(lambda x: tf.py_function(lambda v: v.numpy() + 1, [x], tf.int64)),
    "map with numpy_function": lambda tf: count(tf).map(lambda x: tf.numpy_function(lambda v: v * 2, [x], tf.int64)),
    "filter": lambda tf: count(tf).filter(lambda x: x % 3 == 0),
    "filter of pairs": lambda tf: pairs(tf).filter(lambda x, y: y > 1),
    "filter of strings": lambda tf: slices(tf, WORDS).filter(lambda w: tf.strings.length(w) > 3),
    "flat_map": lambda tf: count(tf, 4).flat_map(lambda n: tf.data.Dataset.range(n)),
    "flat_map of pairs": lambda tf: pairs(tf).flat_map(lambda x, y: tf.data.Dataset.from_tensor_slices(x)),
    "take": lambda tf: count(tf).take(3),
    "take too many": lambda tf: count(tf).take(30),
    "take all": lambda tf: count(tf).take(-1),
    "take of slices in batches": lambda tf: pairs(tf).take(5).batch(2),
    "skip": lambda tf: count(tf).skip(4),
    "skip of slices in batches": lambda tf: pairs(tf).skip(4).batch(2),
    "skip all": lambda tf: count(tf).skip(-1),
    "shard": lambda tf: count(tf).shard(3, 1),
    "shard of slices in batches": lambda tf: pairs(tf).shard(3, 0).batch(2),
    "repeat": lambda tf: count(tf, 3).repeat(2),
    "repeat not at all": lambda tf: count(tf, 3).repeat(0),
    "repeat forever": lambda tf: count(tf, 3).repeat().take(8),
    "repeat batches": lambda tf: pairs(tf).batch(3).repeat(2),
    "batch repeated": lambda tf: pairs(tf).repeat(2).batch(5),
    "cache": lambda tf: pairs(tf).cache().batch(2),
    "prefetch": lambda tf: pairs(tf).batch(2).prefetch(tf.data.AUTOTUNE),
    "prefetch none": lambda tf: count(tf).prefetch(0),
    "enumerate": lambda tf: slices(tf, WORDS).enumerate(start=5),
    "concatenate": lambda tf: count(tf, 3).concatenate(count(tf, 2)),
    "concatenate of batches": lambda tf: pairs(tf).batch(2).concatenate(pairs(tf).batch(3, drop_remainder=True)),
    "window": lambda tf: count(tf).window(4, shift=2).flat_map(lambda w: w.batch(4)),
    "window, full ones": lambda tf: count(tf).window(4, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(4)),
    "window with stride": lambda tf: count(tf).window(3, shift=1, stride=3, drop_remainder=True).flat_map(
        lambda w: w.batch(3)
    ),
    "window with gaps": lambda tf: count(tf).window(2, shift=4).flat_map(lambda w: w),
    "window of pairs": lambda tf: pairs(tf).window(3).flat_map(
        lambda x, y: tf.data.Dataset.zip((x.batch(2), y.batch(2)))
    ),
    "scan": lambda tf: count(tf, 5).scan(np.int64(0), lambda total, x: (total + x, total + x)),
    "scan of pairs": lambda tf: pairs(tf).scan(
        (0.0, 1), lambda state, element: ((state[0] + element[0][0], state[1] + 1), (element[1], state[1]))
    ),
    "unique": lambda tf: slices(tf, Y).unique(),
    "unique strings": lambda tf: slices(tf, ["a", "b", "a"]).unique(),
    "take_while": lambda tf: count(tf).take_while(lambda x: x < 4),
    "apply": lambda tf: count(tf).apply(lambda dataset: dataset.filter(lambda x: x > 5)),
    "choose_from_datasets": lambda tf: tf.data.Dataset.choose_from_datasets(
        [count(tf, 3), tf.data.Dataset.range(10, 20)], slices(tf, np.array([0, 1, 1, 0, 0, 0, 1]))
    ),
    "choose on": lambda tf: tf.data.Dataset.choose_from_datasets(
        [count(tf, 3), tf.data.Dataset.range(10, 20)], slices(tf, np.array([0, 1, 1, 0, 0, 0, 1])), False
    ),
    "group_by_window": lambda tf: count(tf).group_by_window(
        lambda x: x % 3, lambda key, window: window.batch(2), window_size=2
    ),
    "group_by_window, sizes": lambda tf: count(tf).group_by_window(
        lambda x: x % 2, lambda key, window: window.batch(10), window_size_func=lambda key: key + 2
    ),
    "buckets": lambda tf: steps(tf).bucket_by_sequence_length(lambda x: tf.size(x), [2, 4], [2, 2, 2]),
    "buckets to boundaries": lambda tf: steps(tf).bucket_by_sequence_length(
        lambda x: tf.size(x), [3, 6], [2, 3, 1], pad_to_bucket_boundary=True
    ),
    "buckets of pairs": lambda tf: tf.data.Dataset.zip((steps(tf), count(tf))).bucket_by_sequence_length(
        lambda x, n: tf.shape(x)[0], [4], [2, 2], padded_shapes=([None], []), drop_remainder=True
    ),
    "with_options": lambda tf: count(tf, 3).with_options(tf.data.Options()),
    "experimental.dense_to_ragged_batch": lambda tf: ragged(
        tf, steps(tf).apply(tf.data.experimental.dense_to_ragged_batch(2))
    ),
    "experimental.assert_cardinality": lambda tf: steps(tf).apply(tf.data.experimental.assert_cardinality(5)),
}  # fmt: skip


# Where TensorFlow knows nothing of the shape, ours is that of an element.
SHAPES_UNKNOWN_TO_TENSORFLOW = ("map with py_function", "map with numpy_function")
