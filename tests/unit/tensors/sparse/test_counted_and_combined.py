"""Counts, one-hot vectors and combined rows as sparse tensors, against loops over the elements."""

import numpy as np
import pytest

from minikeras import Tensor
from minikeras.compat.tensorflow.sparse_values.arithmetic import add
from minikeras.compat.tensorflow.sparse_values.combining import combined_rows, valid_ids
from minikeras.tensors.sparse import encoding, from_dense, to_dense

RNG = np.random.default_rng(6)
TOKENS = np.array([[0, 2, 2], [4, 2, 1]])
WEIGHTS = RNG.uniform(1, 2, TOKENS.shape)


def dense(x):
    return to_dense(x).array


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_one_hot_leaves_out_what_is_no_class(axis):
    tokens = np.array([[0, 2, -1], [4, 2, 1]])
    expected = np.moveaxis([[[token == c for c in range(3)] for token in row] for row in tokens], -1, axis)
    np.testing.assert_array_equal(dense(encoding.one_hot(tokens, 3, axis)), expected)


def test_multi_hot():
    expected = np.zeros((2, 5))
    for row, tokens in enumerate(TOKENS):
        expected[row, tokens] = 1
    np.testing.assert_array_equal(dense(encoding.multi_hot(TOKENS, 5)), expected)


def counted(rows, weights, depth, limit=None):
    total = np.zeros((len(rows), depth))
    for row, (tokens, values) in enumerate(zip(rows, weights, strict=True)):
        for token, value in zip(tokens, values, strict=True):
            if limit is None or token < limit:
                total[row, token] += value
    return total


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_counts(weights):
    each = np.ones(TOKENS.shape) if weights is None else weights
    np.testing.assert_allclose(dense(encoding.counts(TOKENS, 5, False, "float64", weights)), counted(TOKENS, each, 5))
    below = dense(encoding.counts(TOKENS, 3, False, "float64", weights))
    np.testing.assert_allclose(below, counted(TOKENS, each, 3, 3))
    np.testing.assert_array_equal(dense(encoding.counts(TOKENS, 5, True, "float64")), counted(TOKENS, each, 5) > 0)
    np.testing.assert_allclose(dense(encoding.bincount(TOKENS, weights, 7)), counted(TOKENS, each, 7))


def test_a_count_of_sparse_values_leaves_out_the_missing_ones():
    counts = dense(encoding.bincount(from_dense(TOKENS), from_dense(np.where(TOKENS, WEIGHTS, 0))))
    present = [[token for token in row if token] for row in TOKENS]
    weights = [[w for token, w in zip(*rows, strict=True) if token] for rows in zip(TOKENS, WEIGHTS, strict=True)]
    np.testing.assert_allclose(counts, counted(present, weights, 5))


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
@pytest.mark.parametrize("weighted", [True, False])
def test_combined_rows(combiner, weighted):
    rows, segments, w = RNG.normal(size=(5, 3)), np.array([0, 0, 1, 2, 2]), RNG.uniform(1, 2, 5)
    w = w if weighted else np.ones(5)
    expected = np.zeros((3, 3))
    for s in range(3):
        mine = segments == s
        total = (rows[mine] * w[mine, None]).sum(0)
        expected[s] = total / {"sum": 1, "mean": w[mine].sum(), "sqrtn": (w[mine] ** 2).sum() ** 0.5}[combiner]
    found = combined_rows(Tensor(rows), segments, Tensor(w) if weighted else None, combiner)
    np.testing.assert_allclose(found, expected)


def test_ids_that_count():
    ids, weights = Tensor(np.array([0, -1, 3, 2])), Tensor(np.array([1.0, 1.0, 0.0, -2.0]))
    assert valid_ids(ids, None).tolist() == [True, False, True, True]
    assert valid_ids(ids, weights).tolist() == [True, False, False, False]


def test_small_sums_are_left_out_small_elements_stay():
    a, b = np.array([[1.0, 0.1, 0.0, 3.0]]), np.array([[-0.8, 0.0, 0.2, -1.0]])
    total = add(from_dense(a), from_dense(b), threshold=0.5)
    assert total.indices.array[:, 1].tolist() == [1, 2, 3]
    np.testing.assert_allclose(total.values, [0.1, 0.2, 2.0])
