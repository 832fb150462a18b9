"""Short programs in which the tf namespace once differed from TensorFlow: each runs on both."""

import collections

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.snippets import Raised, check_snippet, outcome  # noqa: E402

GROUP = "compat: found programs"
PROGRAMS = []
Point, Pair = collections.namedtuple("Point", "a b"), collections.namedtuple("Pair", "a b")


def program(function):
    """Decorator: run it with each package as its argument."""
    PROGRAMS.append(function)
    return function


def errors(tf, *calls):
    """The names of the errors that calls raise, None for one that raises none."""
    results = [outcome(lambda _, call=call: call(), tf) for call in calls]
    return [result.name if isinstance(result, Raised) else None for result in results]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("run", PROGRAMS, ids=lambda run: run.__name__)
def test_like_tensorflow(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_snippet(run, GROUP, SAME_FORMULA)


# --- data sets ------------------------------------------------------------------------------------------------------

LABELS = np.random.default_rng(0).choice(2, 200, p=[0.6, 0.4])


@program
def resampled_classes(tf):
    found = []
    for settings in ({"initial_dist": [0.6, 0.4]}, {}, {"seed": 3}, {"initial_dist": [0.5, 0.5]}):
        tf.random.set_seed(1)
        data = tf.data.Dataset.from_tensor_slices(LABELS).repeat(2)
        data = data.rejection_resample(lambda y: tf.cast(y, tf.int32), [0.5, 0.5], **settings)
        found.append([int(y) for _, y in data])
    return found


@program
def resampled_pairs(tf):
    tf.random.set_seed(2)
    data = tf.data.Dataset.from_tensor_slices((LABELS, LABELS * 2))
    data = data.rejection_resample(lambda y, z: y, [0.2, 0.8], [0.6, 0.4], seed=1)
    return list(data.as_numpy_iterator())


@program
def cardinalities_of_choices(tf):
    few, endless = tf.data.Dataset.range(3), tf.data.Dataset.range(3).repeat()
    choices = [[few, few], [endless, few], [endless, few.filter(lambda x: x > 1)]]
    return [
        int(tf.data.Dataset.sample_from_datasets(datasets, [0.5, 0.5], stop_on_empty_dataset=stops).cardinality())
        for datasets in choices
        for stops in (False, True)
    ]


# --- nests and Python functions -------------------------------------------------------------------------------------


@program
def parts_of_composite_tensors(tf):
    ragged, sparse = tf.ragged.constant([[[1], [2, 3]], []]), tf.sparse.from_dense([[1, 0]])
    slices = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]), dense_shape=tf.constant([2]))
    flat = tf.nest.flatten({"a": ragged, "b": sparse, "c": [slices, 1]}, expand_composites=True)
    doubled = tf.nest.map_structure(
        lambda x: x * 2 if x.dtype != tf.int64 else x, tf.ragged.constant([[1], [2, 3]]), expand_composites=True
    )
    packed = tf.nest.pack_sequence_as(
        {"a": doubled, "b": 1}, [tf.constant([5, 6, 7]), tf.constant([0, 1, 3], tf.int64), 4], expand_composites=True
    )
    return flat, doubled.to_list(), packed["a"].to_list(), packed["b"]


@program
def structures_that_differ(tf):
    ragged, sparse = tf.ragged.constant([[1]]), tf.sparse.from_dense([[1]])
    pairs = [
        *((Point(1, 2), {"a": 1, "b": 2}), (Point(1, 2), Pair(1, 2)), (Point(1, 2), (1, 2)), ([1, 2], (1, 2))),
        *(([1, [2]], [1, 2]), ({"a": 1}, {"b": 1}), ({"a": 1}, {"a": 1, "b": 2}), ((1, 2), (1, 2, 3)), (1, [1])),
        *((ragged, sparse), (collections.OrderedDict(a=1), {"a": 1}), (np.ones(2), [1, 2])),
    ]
    same = tf.nest.assert_same_structure
    return [
        errors(tf, lambda pair=pair, checked=checked: same(*pair, check_types=checked))
        for pair in pairs
        for checked in (True, False)
    ]


@program
def python_functions_as_decorators(tf):
    @tf.py_function(Tout=tf.float32)
    def root(x, y):
        return tf.sqrt(x) + y

    @tf.numpy_function(Tout=tf.float32)
    def sine(x):
        return np.sinh(x) if isinstance(x, np.ndarray) else None

    return root(tf.constant(4.0), 1.0), sine(tf.constant(1.0))


@program
def recomputed_functions_know_what_they_call(tf):
    def square(x):
        return x * x

    again = tf.recompute_grad(square)
    with tf.GradientTape() as tape:
        x = tf.Variable(3.0)
        y = again(x)
    return again.__wrapped__ is square, tape.gradient(y, x)


# --- sparse tensors -------------------------------------------------------------------------------------------------


def sparse_matrix(tf):
    return tf.sparse.from_dense([[0, 1.0, 0, 2, 0], [0, 0, 0, 0, 3.0]])


@program
def sparse_times_dense(tf):
    x = sparse_matrix(tf)
    others = [2, 2.0, np.float64(2), np.arange(5.0), [1, 2, 3, 4, 5], tf.ones((2, 1)), tf.Variable(2.0)]
    products = [x * other for other in others]
    quotients = [x / other for other in (2, [1, 2, 3, 4, 5.0], np.array([[0, 1, 1, 1, 1]], "float32"))]
    return [tf.sparse.to_dense(y) for y in (*products, *quotients, tf.ones((2, 5)) * x)]


@program
def what_does_not_go_with_sparse(tf):
    x = sparse_matrix(tf)
    return errors(
        tf,
        *(lambda: x * x, lambda: x / x, lambda: x + x, lambda: x - 1.0, lambda: 2 * x, lambda: x / 0.0),
        *(lambda: x * tf.ones((3, 3)), lambda: x * tf.ones((1, 2, 5)), lambda: x * tf.constant(2)),
        *(lambda: x * tf.ones(5, tf.float64), lambda: x * None, lambda: tf.sparse.from_dense([[1]]) * 2.5),
    )


@program
def mapped_sparse_tensors(tf):
    x = tf.sparse.from_dense([[2, 0, 0], [0, 0, 0], [3, 4, 0]])
    spec = tf.SparseTensorSpec(None, tf.float32)

    def unit(n):
        return tf.sparse.from_dense(tf.eye(n))

    return (
        tf.map_fn(tf.sparse.reduce_sum, x, fn_output_signature=tf.int32),
        tf.map_fn(lambda r: r[0] + tf.sparse.reduce_sum(r[1]), (tf.range(3), x), fn_output_signature=tf.int32),
        tf.sparse.to_dense(tf.map_fn(unit, tf.constant([2, 3]), fn_output_signature=spec)),
        tf.sparse.to_dense(tf.map_fn(lambda r: r * 2, x, fn_output_signature=tf.SparseTensorSpec([3], tf.int32))),
    )


@program
def a_sparse_tensor_has_a_type(tf):
    tf.debugging.assert_type(sparse_matrix(tf), tf.float32)
    return sparse_matrix(tf).values


@program
def a_sum_of_all_is_a_sparse_scalar(tf):
    return tf.sparse.reduce_sum(sparse_matrix(tf)), tf.sparse.reorder(
        tf.SparseTensor(np.zeros((1, 0), "int64"), [6.0], [])
    ).values


# --- single functions -----------------------------------------------------------------------------------------------


@program
def systems_solved_by_factors_of_many_matrices(tf):
    x = np.random.default_rng(0).normal(size=(3, 2, 2)).astype("float32") + 3 * np.eye(2, dtype="float32")
    factors, permutation = tf.linalg.lu(x)
    return (
        tf.linalg.lu_solve(factors, permutation, tf.eye(2)),
        tf.linalg.lu_solve(factors[0], permutation[0], tf.ones((3, 2, 1))),
        tf.linalg.lu_matrix_inverse(factors, permutation),
    )


@program
def joined_rows_of_strings(tf):
    words = tf.constant([["this", "is"], ["a", "test"], ["x", "y"]])
    return (
        tf.strings.unsorted_segment_join(words, [0, 1, 0], 2, separator=":"),
        tf.strings.unsorted_segment_join(words, [0, 0, 0], 2),
        tf.strings.unsorted_segment_join(words, [[0, 1], [1, 0], [2, 2]], 4, separator=":"),
        errors(
            tf,
            lambda: tf.strings.unsorted_segment_join(words, [0, 1], 2),
            lambda: tf.strings.unsorted_segment_join(words, [0, 1, 5], 2),
            lambda: tf.strings.unsorted_segment_join(words, [0, -1, 1], 2),
        ),
    )


@program
def hashes_of_strings(tf):
    texts = ["Hello", "TensorFlow", "2.x", "", "exactly8", "longer than eight bytes, and with more", "éü"]
    return tf.strings.to_hash_bucket(texts, 1000), tf.strings.to_hash_bucket([texts[:2]], 3)


@program
def lists_of_numbers_of_two_dtypes(tf):
    return tf.concat([[1.0], [1]], 0), errors(
        tf,
        lambda: tf.concat([[1], [1.5]], 0),
        lambda: tf.add_n([1, 1.0]),
        lambda: tf.stack([1, 1.0]),
    )


@program
def errors_of_files(tf):
    gfile = tf.io.gfile
    with open("here", "w") as file:
        file.write("abc")
    return errors(
        tf,
        *(lambda: gfile.GFile(".").read(), lambda: gfile.GFile(".", "w").write("a")),
        *(lambda: gfile.listdir("here"), lambda: gfile.rmtree("nothing"), lambda: gfile.mkdir(".")),
        *(lambda: gfile.GFile("no/file", "w").write("a"), lambda: gfile.GFile("nothing").size()),
        *(lambda: gfile.GFile("here", "a").read(), lambda: gfile.GFile("here").write("a")),
        *(lambda: gfile.rename("nothing", "new"), lambda: gfile.copy("here", "here")),
    ), gfile.glob({"her*"})


@program
def the_greatest_elements_in_no_order(tf):
    rows = np.random.default_rng(0).permutation(300).reshape(3, 100) % 40
    found = [tf.math.top_k(rows, k, sorted=False) for k in (1, 2, 3, 5, 8, 30, 99, 100)]
    return [list(x) for x in found], type(found[0]).__name__


@program
def arrays_as_messages(tf):
    messages = [
        tf.make_tensor_proto(values, **settings)
        for values, settings in (
            *(([1, 2], {}), ([[1.5]], {"dtype": tf.float64}), (np.arange(6), {"shape": [2, 3]}), (["a", "b"], {})),
            *((7, {"shape": [2, 2], "allow_broadcast": True}), (True, {}), ([1, 2, 3], {"shape": [2, 2]})),
        )
    ]
    read = [tf.make_ndarray(message) for message in messages]
    again = tf.io.parse_tensor(messages[1].SerializeToString(), tf.float64)
    wrong = errors(
        tf,
        lambda: tf.make_tensor_proto([1, 2], shape=[3], verify_shape=True),
        lambda: tf.make_tensor_proto([1, 2, 3, 4, 5], shape=[2, 2]),
    )
    return [(x.dtype.kind, x.shape, x.tolist()) for x in read], again, wrong


@program
def objects_that_become_tensors(tf):
    class Money:
        def __init__(self, amount):
            self.amount = amount

    def never(value, dtype=None, name=None, as_ref=False):
        return NotImplemented

    def convert(value, dtype=None, name=None, as_ref=False):
        return tf.constant([value.amount], dtype or tf.float32)

    tf.register_tensor_conversion_function(Money, convert)
    tf.register_tensor_conversion_function(Money, never, priority=1)
    with tf.GradientTape() as tape:
        x = tf.Variable([2.0])
        y = tf.multiply(x, Money(3))
    wrong = errors(
        tf,
        lambda: tf.register_tensor_conversion_function(int, convert),
        lambda: tf.register_tensor_conversion_function(Money, 3),
        lambda: tf.register_tensor_conversion_function(Money(1), convert),
    )
    found = tf.convert_to_tensor(Money(2)), tf.add(Money(2), 1.0), tf.convert_to_tensor(Money(2), tf.int32)
    return found, tape.gradient(y, x), tf.stack([Money(1), Money(2)]), wrong


@program
def specs_of_data_sets(tf):
    data = tf.data.Dataset.range(3)
    spec = tf.data.DatasetSpec.from_value(data)
    other = tf.data.DatasetSpec(tf.TensorSpec([], tf.int64))
    return repr(spec), spec == other, spec.is_compatible_with(data), repr(spec.element_spec)


# --- queues ---------------------------------------------------------------------------------------------------------


@program
def a_queue_in_order(tf):
    queue = tf.queue.FIFOQueue(10, [tf.float32, tf.int32], shapes=[(), (2,)])
    queue.enqueue((1.0, [1, 2]))
    queue.enqueue_many(([2.0, 3.0, 4.0], [[3, 4], [5, 6], [7, 8]]))
    found = queue.size(), queue.dequeue(), queue.dequeue_many(2), queue.size(), queue.is_closed()
    queue.close()
    rest = queue.dequeue_up_to(3)
    return (
        found,
        rest,
        queue.is_closed(),
        queue.shapes == [[], [2]],
        errors(
            tf,
            *(queue.dequeue, lambda: queue.dequeue_many(1), lambda: queue.enqueue((1.0, [1, 2]))),
            lambda: tf.queue.FIFOQueue(3, [tf.float32], shapes=[(), ()]),
            lambda: tf.queue.FIFOQueue(3, tf.float32, shapes=[()]).enqueue([[1.0, 2.0]]),
            lambda: tf.queue.FIFOQueue(3, tf.float32).dequeue_many(2),
            lambda: tf.queue.FIFOQueue(3, tf.float32).enqueue({"a": 1.0}),
            lambda: tf.queue.FIFOQueue.from_list(0, []),
        ),
    )


@program
def queues_with_names(tf):
    named = tf.queue.FIFOQueue(3, [tf.int32, tf.string], names=["a", "b"])
    named.enqueue({"b": "x", "a": 1})
    single = tf.queue.FIFOQueue(-1, tf.int32)
    single.enqueue(5)
    second = tf.queue.FIFOQueue(-1, tf.int32)
    second.enqueue(6)
    chosen = tf.queue.FIFOQueue.from_list(1, [single, second])
    return named.dequeue(), chosen.dequeue()


# --- small names ----------------------------------------------------------------------------------------------------


@program
def stateless_shuffles(tf):
    shuffle = tf.random.experimental.stateless_shuffle
    return shuffle(tf.range(10), [8, 9]), shuffle(tf.reshape(tf.range(6), [3, 2]), [1, 2])


@program
def gradients_of_gamma_values(tf):
    alpha, beta = tf.Variable([0.3, 1.0, 2.5, 30.0]), tf.Variable([1.0, 2.0, 0.5, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.random.stateless_gamma([3, 4], [1, 2], alpha, beta)
        z = tf.random.gamma([2], alpha, seed=1)
        p, q = tf.math.igamma(alpha, [0.2, 1.0, 3.0, 28.0]), tf.math.igammac(alpha, [0.2, 1.0, 3.0, 28.0])
    return [
        tape.gradient(y, [alpha, beta]),
        [tf.round(1e3 * tape.gradient(x, alpha)) for x in (p, q)],
        z.shape == (2, 4),
    ]


@program
def glimpses(tf):
    images = np.arange(40, dtype="float32").reshape(2, 4, 5, 1)
    offsets = [[[0, 0], [1, 1]], [[0.5, -0.5], [0.25, -1]], [[2, 3], [-1, 1.7]]]
    settings = [
        (size, positions, c, n)
        for size in ((2, 2), (3, 2))
        for positions in offsets
        for c in (True, False)
        for n in (0, 1)
    ]
    extract = tf.image.extract_glimpse
    found = [extract(images, size, tf.constant(o, tf.float32), c, bool(n), "zero") for size, o, c, n in settings]
    return found, errors(
        tf, lambda: extract(images, (2, 2), [[0.0, 0]]), lambda: extract(images[0], (2, 2), [[0.0, 0]])
    )


@program
def labels_and_blocks(tf):
    unique = tf.nn.ctc_unique_labels(tf.constant([[3, 3, 1, 0], [2, 1, 2, 5]]))
    paddings = tf.required_space_to_batch_paddings
    return unique, paddings([5, 6, 7], [2, 4, 3]), paddings([5, 6], [2, 4], [[1, 0], [0, 3]])


@program
def functions_in_stages_begin_anew(tf):
    tf.random.set_seed(1)
    draw = tf.function(lambda x: tf.random.uniform([]))
    data = tf.data.Dataset.range(3).map(lambda i: (draw(i), tf.random.uniform([]), draw(i)))
    found = [list(data), [draw(1) for _ in range(3)], list(data), list(data.batch(2).repeat(2))]
    nested = tf.data.Dataset.range(2).flat_map(lambda i: tf.data.Dataset.range(2).map(draw))
    return found, list(nested), list(nested), [int(i) for i in tf.data.Dataset.range(4).filter(lambda i: draw(i) > 0.6)]


@program
def where_graphs_would_be_made(tf):
    seen = []

    def note(what, value=None):
        seen.append((what, tf.executing_eagerly(), tf.inside_function()))
        return value

    @tf.function
    def f(x):
        note("function")
        with tf.init_scope():
            note("init scope")
        return tf.py_function(lambda x: note("py_function", x), [x], tf.float32)

    note("outside")
    f(tf.constant(1.0))
    list(tf.data.Dataset.range(1).map(lambda x: note("map", x)))
    return sorted(set(seen)), tf.numpy_function(np.sinh, [1.0], tf.float64), tf.get_static_value(tf.Variable(3)) is None
