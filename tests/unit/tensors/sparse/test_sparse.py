"""Sparse tensors, sets and distances against dense arrays, Python's sets and a recursive definition."""

from functools import cache

import numpy as np
import pytest

import minikeras as keras
from minikeras import Tensor
from minikeras.compat.tensorflow.arrays.edit_distance import edit_distance
from minikeras.compat.tensorflow.sparse_values import sets
from minikeras.data import train_validation_split
from minikeras.data.pipeline import Dataset
from minikeras.data.sparse_rows import SparseRows, sparse_rows
from minikeras.tensors import sparse
from minikeras.tensors.sparse import SparseTensor
from minikeras.tensors.sparse.sparse_tensor import of_rows

FLOAT32 = 1e-6  # sums in another order
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


def test_sparse_and_dense_layers_agree_with_gradients():
    layer = keras.layers.Dense(2, "tanh")
    layer.build((None, 3))
    results = []
    for x in (sparse.from_dense(DENSE), Tensor(DENSE)):
        with keras.GradientTape() as tape:
            loss = keras.ops.sum(layer(x) ** 2)
        results.append([loss, *tape.gradient(loss, layer.trainable_variables)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a.array, b.array, rtol=FLOAT32, atol=FLOAT32)


def test_rows_of_sparse_data_are_cut_as_dense_batches():
    x = SparseTensor([[2, 1], [0, 0], [2, 1]], np.array([1.0, 2.0, 3.0], "float32"), (3, 2))
    rows = sparse_rows(x)
    np.testing.assert_array_equal(rows[:], [[2, 0], [0, 0], [0, 4]])  # a repeated place is added up
    np.testing.assert_array_equal(rows[np.array([2, 0])], [[0, 4], [2, 0]])


def test_a_model_trains_on_sparse_and_dense_data_alike():
    losses = []
    for x in (sparse.from_dense(DENSE), DENSE):
        inputs = keras.Input((3,), sparse=True)
        model = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(inputs))
        model.compile("sgd", "mse")
        losses.append(model.fit(x, np.ones((3, 1)), batch_size=2, epochs=2, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=FLOAT32)


def test_a_model_that_makes_sparse_tensors_sees_each_batch():
    inputs = keras.Input((2,), dtype="int32")
    outputs = keras.layers.Dense(1, kernel_initializer="ones")(keras.layers.CategoryEncoding(4, sparse=True)(inputs))
    model = keras.Model(inputs, outputs)
    for numbers in ([[0, 1]], [[2, 2]], [[3, 0]], [[1, 1]]):
        assert model.predict(np.array(numbers), verbose=0).item() == len(set(numbers[0]))


def test_sparse_tensors_of_pipelines():
    dataset = Dataset.from_tensor_slices(sparse.from_dense(DENSE)).batch(2)
    batches = list(dataset)
    assert [batch.shape for batch in batches] == [(2, 3), (1, 3)]
    np.testing.assert_array_equal(np.concatenate([batch.as_dense().array for batch in batches]), DENSE)


def test_ops_without_a_rule_say_how_to_go_on():
    with pytest.raises(ValueError, match=r"takes no sparse tensors.*sparse=False"):
        keras.ops.relu(sparse.from_dense(DENSE))


def test_dense_values_are_not_made_sparse_or_ragged():
    for word in ("sparse", "ragged"):
        for x in ([1.0], Tensor(DENSE)):
            with pytest.raises(ValueError, match=f"no dense value {word}"):
                keras.ops.convert_to_tensor(x, **{word: True})
    x = sparse.from_dense(DENSE)
    assert keras.ops.convert_to_tensor(x, sparse=True) is x


def test_a_graph_may_make_its_sparse_input_dense():
    inputs = keras.Input((3,), sparse=True)
    model = keras.Model(inputs, keras.ops.convert_to_tensor(inputs, "float64", sparse=False) + 1)
    again = keras.Model.from_config(model.get_config())
    for graph in (model, again):
        y = graph(sparse.from_dense(DENSE))
        assert y.dtype == "float64"
        np.testing.assert_array_equal(y.array, DENSE + 1)


def test_a_validation_split_keeps_sparse_data_sparse():
    x = sparse.from_dense(np.arange(30, dtype="float32").reshape(10, 3))
    train, validation = train_validation_split((x, np.arange(10), None), 0.3)
    assert isinstance(train[0], SparseRows)
    np.testing.assert_array_equal(train[0][:], x.as_dense().array[:7])
    np.testing.assert_array_equal(validation[0][[2, 0]], x.as_dense().array[[9, 7]])
