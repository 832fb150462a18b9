"""`tf` functions that take a SparseTensor, by hand."""

import numpy as np
import pytest

from minikeras.compat.namespaces import namespace_shim

tf = namespace_shim("tensorflow")


@pytest.fixture
def x():
    return tf.SparseTensor([[0, 1], [2, 0]], [1.0, -4.0], [3, 2])


def test_elementwise_functions_keep_the_places(x):
    for function, values in ((tf.abs, [1, 4]), (tf.square, [1, 16]), (tf.math.negative, [-1, 4]), (tf.sign, [1, -1])):
        y = function(x)
        assert isinstance(y, tf.SparseTensor)
        np.testing.assert_array_equal(y.indices, x.indices)
        np.testing.assert_array_equal(y.values, values)
    whole = tf.cast(x, tf.int64)
    assert whole.dtype == tf.int64
    assert whole.values.numpy().tolist() == [1, -4]


def test_shapes(x):
    assert tf.shape(x).numpy().tolist() == [3, 2]
    assert tf.shape(x, tf.int64).dtype == tf.int64
    assert (int(tf.size(x)), int(tf.rank(x))) == (6, 2)


def test_other_functions_refuse_them(x):
    for function in (tf.exp, tf.reduce_sum, tf.transpose):
        with pytest.raises((TypeError, ValueError)):
            function(x)


def test_distances_of_casts():
    said, meant = tf.sparse.from_dense([[1, 2, 3]]), tf.sparse.from_dense([[1, 3, 0]])
    distances = tf.edit_distance(tf.cast(said, tf.int64), tf.cast(meant, tf.int64), normalize=False)
    np.testing.assert_array_equal(distances, [1.0])


def test_ctc_losses_of_sparse_labels():
    logits = np.log(np.random.default_rng(0).dirichlet(np.ones(4), (5, 2))).astype("float32")  # (time, batch, classes)
    labels = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0, 2, 1], [2, 2])
    lengths = tf.constant([5, 4])
    dense = tf.nn.ctc_loss([[0, 2], [1, 0]], logits, [2, 1], lengths, blank_index=3)
    np.testing.assert_allclose(tf.nn.ctc_loss(labels, logits, None, lengths, blank_index=-1), dense, rtol=1e-6)
    np.testing.assert_allclose(tf.compat.v1.nn.ctc_loss(labels, logits, lengths), dense, rtol=1e-6)
    with pytest.raises(ValueError, match="blank_index"):
        tf.nn.ctc_loss(labels, logits, None, lengths)
