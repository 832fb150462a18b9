"""Sparse tensors, sets and distances against dense arrays, Python's sets and a recursive definition."""

from functools import cache

import numpy as np
import pytest

from minikeras import Tensor, sparse
from minikeras.sparse import SparseTensor, sets
from minikeras.sparse.edit_distance import edit_distance
from minikeras.sparse.sparse_tensor import of_rows

DENSE = np.array([[0, 2, 0], [0, 0, 0], [4, 0, 6]], "float32")


def test_there_and_back():
    x = sparse.from_dense(DENSE)
    assert x.indices.array.tolist() == [[0, 1], [2, 0], [2, 2]]
    assert x.values.array.tolist() == [2, 4, 6]
    assert x.shape == (3, 3)
    np.testing.assert_array_equal(sparse.to_dense(x).array, DENSE)
    np.testing.assert_array_equal(sparse.to_dense(x, 9.0).array, np.where(DENSE == 0, 9, DENSE))


def test_strings_have_an_empty_background():
    x = sparse.from_dense([["a", ""], ["", "b"]])
    assert sparse.to_dense(x).array.tolist() == [[b"a", b""], [b"", b"b"]]


def test_unordered_places_are_an_error_until_reordered():
    x = SparseTensor([[1, 0], [0, 1]], [3.0, 4.0], [2, 2])
    with pytest.raises(ValueError, match="out of order"):
        sparse.to_dense(x)
    assert sparse.to_dense(sparse.reorder(x)).array.tolist() == [[0, 4], [3, 0]]
    with pytest.raises(ValueError, match="as many as"):
        SparseTensor([[0, 0]], [1.0, 2.0], [1, 1])


@pytest.mark.parametrize("adjoint_a, adjoint_b", [(False, False), (True, False), (True, True)])
def test_products(adjoint_a, adjoint_b):
    b = np.arange(9, dtype="float32").reshape(3, 3)
    expected = (DENSE.T if adjoint_a else DENSE) @ (b.T if adjoint_b else b)
    np.testing.assert_array_equal(sparse.matmul(sparse.from_dense(DENSE), b, adjoint_a, adjoint_b).array, expected)


def test_rows_of_unequal_lengths():
    x = of_rows([Tensor(np.array([1, 2])), np.array([], int), np.array([3])])
    assert sparse.to_dense(x, -1).array.tolist() == [[1, 2], [-1, -1], [3, -1]]
    assert of_rows([]).shape == (0, 0)


@pytest.mark.parametrize("name, operator", [("intersection", "and"), ("union", "or"), ("difference", "sub")])
def test_sets_are_pythons(name, operator):
    a, b = [[1, 2, 3], [4, 4, 5]], [[3, 9, 1], [7, 8, 9]]
    found = getattr(sets, name)(np.array(a), np.array(b))
    rows = sparse.to_dense(found, -1).array.tolist()
    expected = [sorted(getattr(set(x), f"__{operator}__")(set(y))) for x, y in zip(a, b, strict=True)]
    assert [[x for x in row if x != -1] for row in rows] == expected
    assert sets.size(found).array.tolist() == [len(row) for row in expected]


@cache
def distance(a, b):
    """By the definition: the best of deleting, inserting and replacing the first letter."""
    if not a or not b:
        return len(a) + len(b)
    return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0]))


@pytest.mark.parametrize("guess, truth", [("kitten", "sitting"), ("", "ab"), ("abc", ""), ("flaw", "lawn"), ("", "")])
def test_edit_distances(guess, truth):
    words = [of_rows([np.array([letter.encode() for letter in word], object)]) for word in (guess, truth)]
    assert edit_distance(*words, normalize=False).array.tolist() == [distance(guess, truth)]
    expected = distance(guess, truth) / len(truth) if truth else (np.inf if guess else 0.0)
    np.testing.assert_allclose(edit_distance(*words).array, [expected])
