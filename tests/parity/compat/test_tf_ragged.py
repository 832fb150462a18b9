"""Ragged tensors in the functions of `tf`, gradients by rows: against the live ones."""

import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat.namespaces import namespace_shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402
from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.snippets import compare, outcome  # noqa: E402
from tests.rows import quick_rows  # noqa: E402

shim = namespace_shim("tensorflow")
GROUP = "compat: tf.ragged"


def x(tf):
    return tf.ragged.constant([[1.0, 2.0], [3.0], [], [4.0, 5.0, 6.0]])


def n(tf):
    return tf.ragged.constant([[1, 2], [3], [4, 5, 6]])


def y(tf):
    return tf.ragged.constant([[[1, 2], [3]], [[4]], []])


def z(tf):
    return tf.ragged.constant([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]], ragged_rank=1)


def words(tf):
    return tf.ragged.constant([["the", "cat"], ["a"], [], ["dog", "ran", "home"]])


def slices(tf):
    table = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.gather(table, [0, 2, 0]) ** 2)
    return tape.gradient(loss, table)


def in_batches(tf, dataset):
    return [batch.to_list() for batch in dataset], repr(dataset.element_spec)


SNIPPETS = {
    "text": lambda tf: [str(rows(tf)) for rows in (x, n, y, z, words)] + [str(tf.strings.ngrams(words(tf), 2))],
    "text of empty rows": lambda tf: [str(tf.ragged.constant([[], []])), str(tf.ragged.constant([[[]], [[]]]))],
    "text of long rows": lambda tf: str(tf.ragged.range([40, 3, 30])),
    "operators": lambda tf: [x(tf) + 1.5, 1.5 - x(tf), x(tf) ** 2, -x(tf), x(tf) > 2, x(tf) * x(tf), n(tf) % 2],
    "beside None": lambda tf: [n(tf) == None, n(tf) != None],  # noqa: E711
    "beside dense": lambda tf: [x(tf) + [[10.0]] * 4, tf.constant([[2.0]] * 4) * x(tf), z(tf) + [1.0, 2.0]],
    "beside dense, inner axes": lambda tf: [y(tf) + [[[10]], [[20]], [[30]]], z(tf) * tf.constant([[[2.0]], [[3.0]]])],
    "centred": lambda tf: x(tf) - tf.reduce_mean(x(tf), axis=1, keepdims=True),
    "elementwise": lambda tf: [
        tf.abs(x(tf)), tf.cast(x(tf), tf.int32), tf.clip_by_value(x(tf), 2.0, 4.0), tf.nn.relu(-x(tf)),
        tf.math.add_n([x(tf), x(tf)]), tf.maximum(x(tf), 3.0), tf.where(x(tf) > 2, x(tf), -x(tf)), tf.ones_like(n(tf)),
        tf.strings.length(words(tf)), tf.strings.join([words(tf), words(tf)], "-"), tf.strings.upper(words(tf)),
    ],
    "reductions of nothing": lambda tf: [
        reduced(tf.ragged.constant([[], []], tf.int32), axis) for reduced in (tf.reduce_max, tf.reduce_min) for axis in
        (None, 1)
    ],
    "arguments by name": lambda tf: [
        tf.clip_by_value(t=x(tf), clip_value_min=2.0, clip_value_max=4.0), tf.subtract(y=x(tf), x=10.0, name="s"),
        tf.cast(x=n(tf), dtype=tf.float32), tf.reduce_sum(n(tf), axis=1, name="s"), tf.where(n(tf) > 2, x=n(tf), y=0),
        tf.reduce_mean(input_tensor=n(tf), axis=0, name="m"), tf.concat(values=(n(tf), n(tf)), axis=1, name="c"),
        tf.one_hot(indices=n(tf), depth=7), tf.strings.join(inputs=(words(tf), words(tf)), separator="-", name="j"),
    ],
    "reductions": lambda tf: [
        tf.reduce_sum(n(tf), 1), tf.reduce_max(x(tf), 1), tf.reduce_min(x(tf), 0), tf.reduce_prod(n(tf), 0),
        tf.reduce_mean(x(tf)), tf.reduce_mean(n(tf), 1), tf.reduce_any(x(tf) > 4, 1), tf.reduce_all(x(tf) > 0, 1),
        tf.math.reduce_variance(x(tf), 1), tf.math.reduce_std(x(tf)), tf.reduce_sum(n(tf), 1, keepdims=True),
    ],
    "reductions of more axes": lambda tf: [
        tf.reduce_sum(y(tf), 2), tf.reduce_sum(y(tf), [1, 2]), tf.reduce_max(y(tf), 0), tf.reduce_sum(y(tf), 1),
        tf.reduce_sum(z(tf), 2), tf.reduce_max(z(tf), 0), tf.reduce_mean(z(tf), [1, 2]), tf.reduce_min(z(tf), [0, 2]),
    ],
    "joined": lambda tf: [
        tf.concat([y(tf), y(tf)], axis) for axis in (0, 1, 2)
    ] + [tf.stack([n(tf), n(tf)], axis) for axis in (0, 1, 2)] + [
        tf.concat([n(tf), [[7], [8], [9]]], 1), tf.tile(n(tf), [2, 2]), tf.tile(y(tf), [1, 1, 2]),
        tf.ragged.stack([[1, 2], [3]]), tf.ragged.stack([n(tf), y(tf)[0]]), tf.ragged.stack([[[1, 2]], [[3], [4]]]),
    ],
    "axes": lambda tf: [
        *(tf.expand_dims(n(tf), axis) for axis in (0, 1, 2, -1)), tf.squeeze(tf.expand_dims(n(tf), 1), 1),
        tf.reverse(n(tf), [0, 1]), tf.reverse(y(tf), [1, 2]), y(tf)[..., :1], y(tf)[:, :1], y(tf).merge_dims(0, 2),
    ],
    "read": lambda tf: [
        tf.gather(y(tf), [1, 0]), tf.gather(y(tf), [[1], [0]]), tf.gather(n(tf), tf.ragged.constant([[1], [0, 2]])),
        tf.gather(tf.range(9), n(tf)), tf.gather(n(tf), tf.ragged.constant([[1], [0], [2, 1]]), batch_dims=1),
        tf.gather_nd(y(tf), [[0, 0], [1, 0]]), tf.gather_nd(y(tf), [[0, 0, 1]]), tf.where(x(tf) > 2),
        tf.ragged.boolean_mask(y(tf), y(tf) > 2), tf.ragged.boolean_mask(n(tf), [True, False, True]),
        tf.nn.embedding_lookup(tf.ones((7, 2)), n(tf)), tf.one_hot(n(tf), 7),
    ],
    "sizes": lambda tf: [
        tf.size(y(tf)), tf.rank(y(tf)), tf.shape(n(tf))[0], repr(tf.shape(n(tf))), repr(tf.shape(y(tf))),
        n(tf).bounding_shape(), y(tf).nested_value_rowids()[1], tf.is_tensor(n(tf)),
    ],
    "forms": lambda tf: [
        tf.RaggedTensor.from_sparse(tf.sparse.from_dense([[1, 2, 0], [3, 0, 0]])), str(n(tf).to_sparse()),
        tf.RaggedTensor.from_tensor([[[1, 0], [0, 0]], [[2, 0], [3, 4]]], padding=0, ragged_rank=2),
        repr(tf.type_spec_from_value(n(tf))), repr(tf.type_spec_from_value(tf.sparse.from_dense([1]))),
    ],
    "map_fn": lambda tf: [
        tf.map_fn(tf.reduce_max, n(tf), fn_output_signature=tf.int32), tf.map_fn(lambda r: r * 2, n(tf)),
        tf.map_fn(tf.range, tf.constant([1, 3]), fn_output_signature=tf.RaggedTensorSpec([None], tf.int32)),
    ],
    "partitions": lambda tf: tf.ragged.stack_dynamic_partitions(["a", "b", "c", "d", "e"], [3, 0, 2, 2, 3], 5),
    "sparse strings": lambda tf: tf.io.serialize_sparse(tf.sparse.from_dense([[0, 2]])),
    "data": lambda tf: in_batches(tf, tf.data.Dataset.from_tensor_slices(n(tf)).shuffle(1).batch(2)),
    "data beside labels": lambda tf: [
        (rows.to_list(), labels) for rows, labels in tf.data.Dataset.from_tensor_slices((n(tf), [0, 1, 2])).batch(2)
    ],
    **{f"data {name}": lambda tf, stages=stages: in_batches(tf, stages(tf.data.Dataset.from_tensor_slices(n(tf))))
       for name, stages in {
        "repeated": lambda data: data.repeat(2).batch(4), "cached": lambda data: data.cache().prefetch(1).batch(2),
        "in a row": lambda data: data.concatenate(data.take(1)).batch(3),
        "again": lambda data: data.batch(2).rebatch(3),
        "in windows": lambda data: data.window(2).flat_map(lambda rows: rows.batch(2)),
    }.items()},
    "data counted": lambda tf: [
        (number, rows.to_list())
        for number, rows in tf.data.Dataset.from_tensor_slices(n(tf)).enumerate().batch(2)
    ],
    "data unbatched": lambda tf: in_batches(tf, tf.data.Dataset.from_tensors(n(tf)).unbatch().batch(3)),
    "rows of a gradient": lambda tf: [
        type(slices(tf)).__name__, str(slices(tf)), slices(tf).dense_shape, slices(tf).values, tf.is_tensor(slices(tf)),
        tf.reduce_sum(slices(tf)), tf.add(slices(tf), 1.0), tf.negative(slices(tf)), str(tf.identity(slices(tf))),
    ],
    "rows of a gradient, clipped": lambda tf: [
        str(tf.clip_by_norm(slices(tf), 1.0)), str(tf.clip_by_global_norm([slices(tf)], 1.0)[0][0]),
        str(tf.clip_by_value(slices(tf), -1.0, 3.0)),
    ],
    **{f"refused {i}": snippet for i, snippet in enumerate([
        lambda tf: n(tf) + 1.5,
        lambda tf: n(tf) + tf.ragged.constant([[1], [2, 3], []]),
        lambda tf: n(tf) + [1, 2, 3, 4],
        lambda tf: tf.concat([n(tf), x(tf)], 0),
        lambda tf: n(tf)[0, 5],
        lambda tf: n(tf)[5],
        lambda tf: n(tf)[:, 0],
        lambda tf: tf.gather(n(tf), [7]),
        lambda tf: tf.reduce_sum(n(tf), 5),
        lambda tf: tf.squeeze(n(tf), 1),
        lambda tf: tf.sqrt(n(tf)),
        lambda tf: tf.concat([n(tf), n(tf)], 2),
        lambda tf: tf.boolean_mask(n(tf), [True, False, True]),
        lambda tf: tf.ragged.stack_dynamic_partitions([1, 2], [0, 9], 2),
        lambda tf: bool(n(tf)),
        lambda tf: tf.RaggedTensor.from_value_rowids([1, 2, 3], [0, 2, 1]),
        lambda tf: tf.shape(n(tf))[2],
        lambda tf: tf.subtract(n(tf)),
        lambda tf: tf.reduce_sum(n(tf), axs=1),
    ])},
}  # fmt: skip


def plain(result):
    """Ragged tensors as nested lists with their dtype, the rest as it is."""
    if isinstance(result, (list, tuple)):
        return [plain(item) for item in result]
    if not hasattr(result, "row_splits"):
        return result
    values = result.flat_values
    return [[s.numpy().tolist() for s in result.nested_row_splits], values.numpy(), values.dtype.name]


@pytest.mark.parametrize("name", quick_rows(SNIPPETS, [*SNIPPETS][::5]))
def test_both_sides_give_the_same(name):
    def snippet(tf):
        return plain(SNIPPETS[name](tf))

    with tensor_attributes_installed():
        compare(outcome(snippet, shim), outcome(snippet, tf), GROUP, SAME_FORMULA, name)
