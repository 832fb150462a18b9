"""Functions of the tf namespace: results known by hand, dtypes, and errors."""

import numpy as np
import pytest

from minikeras import GradientTape, Tensor, Variable
from minikeras.autodiff import IndexedSlices
from minikeras.compat import tensorflow as tf

X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]], "float32")

RESULTS = {  # name: (call, what it gives)
    "constant fills a shape": (lambda: tf.constant(3, shape=(2, 2)), [[3, 3], [3, 3]]),
    "range": (lambda: tf.range(2, 8, 3), [2, 5]),
    "one_hot out of range": (lambda: tf.one_hot([1, 5], 3), [[0, 1, 0], [0, 0, 0]]),
    "one_hot with values": (lambda: tf.one_hot([1], 3, 9, 4), [[4, 9, 4]]),
    "sequence_mask": (lambda: tf.sequence_mask([1, 2], 3, "int32"), [[1, 0, 0], [1, 1, 0]]),
    "reverse_sequence": (lambda: tf.reverse_sequence([[1, 2, 3]], [2], 1), [[2, 1, 3]]),
    "split with a rest": (lambda: tf.split([1, 2, 3], [1, -1])[1], [2, 3]),
    "gather in batches": (lambda: tf.gather([[1, 2], [3, 4]], [[1], [0]], batch_dims=1), [[2], [3]]),
    "gather_nd": (lambda: tf.gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]]), [2, 3]),
    "boolean_mask": (lambda: tf.boolean_mask([1, 2, 3], [True, False, True]), [1, 3]),
    "where": (lambda: tf.where([False, True, True]), [[1], [2]]),
    "scatter adds": (lambda: tf.scatter_nd([[0], [2], [0]], [1, 2, 3], [3]), [4, 0, 2]),
    "tensor_scatter_nd_sub": (lambda: tf.tensor_scatter_nd_sub([5, 5], [[1]], [2]), [5, 3]),
    "stitch": (lambda: tf.dynamic_stitch([[2, 0], [1]], [[30, 10], [20]]), [10, 20, 30]),
    "sort downwards": (lambda: tf.sort([1, 3, 2], direction="DESCENDING"), [3, 2, 1]),
    "argsort downwards keeps ties": (lambda: tf.argsort([1, 2, 2], direction="DESCENDING", stable=True), [1, 2, 0]),
    "unique": (lambda: tf.unique([3, 1, 3]).y, [3, 1]),
    "searchsorted in rows": (lambda: tf.searchsorted([[1, 3], [1, 3]], [[2], [9]]), [[1], [2]]),
    "argmax over the first axis": (lambda: tf.argmax(X), [1, 1, 0]),
    "pad": (lambda: tf.pad([1, 2], [[1, 0]], constant_values=7), [7, 1, 2]),
    "clip": (lambda: tf.clip_by_value([1, 5, 9], 2, 6), [2, 5, 6]),
    "cumsum": (lambda: tf.cumsum([1, 2, 3], exclusive=True, reverse=True), [5, 3, 0]),
    "mean of integers is cut": (lambda: tf.reduce_mean([-1, -2, -4]), -2),
    "max of nothing": (lambda: tf.reduce_max(tf.zeros((0,))), -np.inf),
    "integers divide to float64": (lambda: tf.divide(1, 3), 1 / 3),
    "truncatediv": (lambda: tf.truncatediv([-7, 7], [2, -2]), [-3, -3]),
    "floordiv": (lambda: tf.math.floordiv(-7, 2), -4),
    "multiply_no_nan": (lambda: tf.math.multiply_no_nan([np.inf, 2.0], [0.0, 3.0]), [0, 6]),
    "polyval": (lambda: tf.math.polyval([1.0, 0.0, -1.0], 3.0), 8),
    "segment_mean": (lambda: tf.math.segment_mean([1.0, 3.0, 5.0], [0, 0, 2]), [2, 0, 5]),
    "unsorted_segment_sum": (lambda: tf.math.unsorted_segment_sum([1, 2, 3], [1, -1, 1], 2), [0, 4]),
    "confusion_matrix": (lambda: tf.math.confusion_matrix([0, 1], [1, 1]), [[0, 1], [0, 1]]),
    "bincount": (lambda: tf.math.bincount([1, 1, 3]), [0, 2, 0, 1]),
    "histogram": (lambda: tf.histogram_fixed_width([0.0, 1.0, 9.0], [0.0, 2.0], 2), [1, 2]),
    "lgamma": (lambda: tf.exp(tf.math.lgamma([5.0])), [24]),
    "relu": (lambda: tf.nn.relu([-1.0, 2.0]), [0, 2]),
    "bias_add": (lambda: tf.nn.bias_add([[1.0, 2.0]], [10.0, 20.0]), [[11, 22]]),
    "max_pool": (lambda: tf.nn.max_pool1d([[[1.0], [3.0], [2.0]]], 2, 1, "VALID"), [[[3], [3]]]),
    "space_to_batch": (lambda: tf.space_to_batch([[1, 2, 3, 4]], [2], [[0, 0]]), [[1, 3], [2, 4]]),
    "diag": (lambda: tf.linalg.diag([1, 2], k=1), [[0, 1, 0], [0, 0, 2], [0, 0, 0]]),
    "band_part": (lambda: tf.linalg.band_part([[1, 2], [3, 4]], 0, -1), [[1, 2], [0, 4]]),
    "set_diag": (lambda: tf.linalg.set_diag([[1, 2], [3, 4]], [8, 9]), [[8, 2], [3, 9]]),
    "frame": (lambda: tf.signal.frame([1, 2, 3, 4, 5], 3, 2), [[1, 2, 3], [3, 4, 5]]),
    "fft": (lambda: tf.abs(tf.signal.fft([1.0, 1.0])), [2, 0]),
    "bitwise": (lambda: tf.bitwise.left_shift(3, 2), 12),
    "union of sets": (lambda: tf.sparse.to_dense(tf.sets.union([[1, 2]], [[2, 3]])), [[1, 2, 3]]),
    "broadcast to the same length": (lambda: tf.broadcast_to([[1], [2]], [-1, 2]), [[1, 1], [2, 2]]),
}


@pytest.mark.parametrize("name", RESULTS)
def test_known_results(name):
    call, expected = RESULTS[name]
    np.testing.assert_allclose(np.asarray(call()), expected, rtol=1e-6)


DTYPES = {
    "Python floats": (lambda: tf.constant(1.5), "float32"),
    "Python integers": (lambda: tf.constant([1, 2]), "int32"),
    "great integers": (lambda: tf.constant(2**40), "int64"),
    "arrays keep theirs": (lambda: tf.constant(np.array([1.5])), "float64"),
    "NumPy floats in a list": (lambda: tf.constant([np.float64(1)]), "float64"),
    "a number takes the tensor's": (lambda: tf.add(np.float64(1.5), tf.constant(1.0)), "float32"),
    "the first of two": (lambda: tf.add(np.array([1.0]), 2), "float64"),
    "argmax": (lambda: tf.argmax([1, 2]), "int64"),
    "shape": (lambda: tf.shape([1, 2]), "int32"),
    "small integers stay small": (lambda: tf.reduce_sum(tf.constant([1, 2], tf.int8)), "int8"),
    "a list with a tensor in it": (lambda: tf.convert_to_tensor([tf.constant(1.0, tf.float64), 2]), "float64"),
    "range of floats": (lambda: tf.range(3.0), "float32"),
    "linspace of integers": (lambda: tf.linspace(0, 1, 3), "float64"),
    "text": (lambda: tf.constant("a"), "string"),
}


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes(name):
    call, dtype = DTYPES[name]
    assert call().dtype == dtype


ERRORS = {
    "ragged": (lambda: tf.constant([[1], [2, 3]]), ValueError, "equal lengths"),
    "None": (lambda: tf.constant(None), ValueError, "None"),
    "too great": (lambda: tf.constant(2**70), ValueError, "64 bits"),
    "floats as integers": (lambda: tf.constant([1.5], tf.int32), TypeError, "int32"),
    "elements that do not fill": (lambda: tf.constant([1, 2, 3], shape=(2, 2)), TypeError, "3 elements"),
    "another dtype wanted": (lambda: tf.convert_to_tensor(tf.constant(1), tf.float32), ValueError, r"tf\.cast"),
    "one of x and y": (lambda: tf.where([True], 1), ValueError, "both"),
    "split lengths": (lambda: tf.split([1, 2, 3], [1, 1]), ValueError, "add up"),
    "tile": (lambda: tf.tile(X, [2]), tf.errors.InvalidArgumentError, "multiples"),
    "block over the edge": (lambda: tf.slice([1, 2, 3], [2], [2]), tf.errors.InvalidArgumentError, r"size\[0\]"),
    "sort direction": (lambda: tf.sort([1], direction="UP"), ValueError, "ASCENDING"),
    "pad mode": (lambda: tf.pad(X, [[0, 0], [0, 0]], "EDGE"), ValueError, "REFLECT"),
    "unique of a matrix": (lambda: tf.unique(X), ValueError, "1D"),
    "mask of another shape": (lambda: tf.boolean_mask([1, 2, 3], [True, False]), ValueError, "incompatible"),
    "no axis for sequences": (lambda: tf.reverse_sequence(X, [1, 1]), ValueError, "seq_axis"),
    "nothing to add": (lambda: tf.add_n([]), ValueError, "one Tensor or more"),
    "matrix wanted": (lambda: tf.matmul([1.0], [1.0]), tf.errors.InvalidArgumentError, "two axes"),
    "data format": (lambda: tf.nn.max_pool2d(np.ones((1, 2, 2, 1)), 2, 2, "SAME", "WHCN"), ValueError, "NHWC"),
    "padding": (lambda: tf.nn.conv1d(np.ones((1, 4, 1)), np.ones((2, 1, 1)), 1, "FULL"), ValueError, "SAME"),
    "strides over the batch": (lambda: tf.nn.max_pool2d(np.ones((1, 2, 2, 1)), 2, [2, 1, 1, 1], "SAME"), ValueError,
                               "batch"),
    "dropout rate": (lambda: tf.nn.dropout(X, 1.0), ValueError, "rate"),
    "sparse labels": (lambda: tf.nn.sparse_softmax_cross_entropy_with_logits(X, X), ValueError, "labels.shape"),
    "labels of another shape": (lambda: tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=X), ValueError,
                                "the shape of `logits`"),
    "place that does not exist": (lambda: tf.gather_nd([1, 2], [[5]]), IndexError, "place"),
    "shape that is another": (lambda: tf.ensure_shape(X, (3, None)), tf.errors.InvalidArgumentError, "compatible"),
    "no permutation": (lambda: tf.math.invert_permutation([0, 0]), ValueError, "permutation"),
    "negative classes": (lambda: tf.math.confusion_matrix([-1], [0]), ValueError, "negative"),
    "einsum keyword": (lambda: tf.einsum("ij->ji", X, foo=1), TypeError, "foo"),
    "cosine transform type": (lambda: tf.signal.dct(X, type=5), ValueError, "type=5"),
}  # fmt: skip


def _gradient(function):
    x = Tensor(np.float32(1.5))
    with GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_is_wrong(name):
    call, error, words = ERRORS[name]
    with pytest.raises(error, match=words):
        call()


def test_what_functions_accept():
    for value in (X, X.tolist(), Tensor(X), Variable(X), [Tensor(row) for row in X]):
        np.testing.assert_array_equal(np.asarray(tf.reduce_sum(value, axis=1)), [2, 3])
    slices = IndexedSlices(np.ones((2, 3), "float32"), np.array([0, 0]), (2, 3))
    assert float(tf.reduce_sum(slices)) == 6


def test_clipping_keeps_rows_rows():
    slices = IndexedSlices(np.full((1, 2), 3.0, "float32"), np.array([1]), (4, 2))
    (clipped, nothing), norm = tf.clip_by_global_norm([slices, None], 1.0)
    assert isinstance(clipped, IndexedSlices)
    assert nothing is None
    np.testing.assert_allclose(float(norm), np.sqrt(18), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(clipped.values), 1 / np.sqrt(2), rtol=1e-6)


def test_a_constant_is_a_copy():
    array = np.ones(2, "float32")
    x = tf.constant(array)
    array[0] = 5
    assert float(x[0]) == 1


def test_gradients_flow_through_constant_and_cast():
    np.testing.assert_array_equal(np.asarray(_gradient(lambda x: tf.cast(tf.constant(x), tf.float64) * 3.0)), 3)


@pytest.mark.parametrize("name", ["numpy_function", "py_function"])
def test_an_array_that_a_python_function_fills_again_is_copied(name):
    """TensorFlow copies it or not, by its place in memory."""
    kept = np.zeros(2, "int64")

    def filled(number):
        kept[:] = number
        return kept

    elements = tf.data.Dataset.range(3).map(lambda x: getattr(tf, name)(filled, [x], tf.int64))
    assert [element.numpy().tolist() for element in list(elements)] == [[0, 0], [1, 1], [2, 2]]


def test_slices_of_variables_in_a_function():
    """They are tensors in it as elsewhere, and change with the variable."""
    v = tf.Variable(np.arange(6, dtype="float32").reshape(3, 2))

    @tf.function
    def differences():
        with GradientTape() as tape:
            y = tf.reduce_sum(tf.square(v[1:] - v[:-1]))
        return y, tape.gradient(y, v)

    for step in range(4):  # the last ones by a plan
        value, gradient = differences()
        assert float(value) == 16.0 * (step + 1) ** 2
        np.testing.assert_array_equal(gradient, (step + 1) * np.float32([[-4, -4], [0, 0], [4, 4]]))
        v.assign_add(tf.constant(np.arange(6, dtype="float32").reshape(3, 2)))
