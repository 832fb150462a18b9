"""Sparse tensors rearranged and added up, against the dense ones."""

import numpy as np

from minikeras import ops
from minikeras.compat.tensorflow.sparse_values.arithmetic import add, reduce
from minikeras.compat.tensorflow.sparse_values.arrangement import concatenate, part, reshape, transpose
from minikeras.tensors.sparse import from_dense, to_dense

A = np.array([[0.0, 1.0, 0.0], [2.0, 0.0, -3.0]])
B = np.array([[0.0, 4.0, 5.0], [0.0, 0.0, 3.0]])


def dense(x):
    return to_dense(x).array


def test_as_the_dense_ones():
    a, b = from_dense(A), from_dense(B)
    assert np.array_equal(dense(add(a, b)), A + B)
    assert np.array_equal(dense(concatenate(1, [a, b])), np.concatenate([A, B], 1))
    assert np.array_equal(dense(part(a, [0, 1], [2, 2])), A[:, 1:])
    assert np.array_equal(dense(reshape(a, [3, -1])), A.reshape(3, 2))
    assert np.array_equal(dense(transpose(a)), A.T)
    assert np.array_equal(reduce(ops.segment_sum, a, 0).array, A.sum(0))
    assert float(reduce(ops.segment_sum, a)) == A.sum()
