"""Ragged tensors joined, reduced, broadcast and read, against the same in plain lists."""

import numpy as np
import pytest

from minikeras import GradientTape, ops
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.formats.protobuf.example import Example, Feature, Features, FloatList, Int64List
from minikeras.tensors import ragged
from minikeras.tensors.lookup.crossing import cross, cross_hashed
from minikeras.tensors.ragged import RaggedTensor, arrangement, stack_dynamic_partitions
from minikeras.tensors.ragged.broadcasting import coordinates, elementwise
from minikeras.tensors.ragged.reductions import reduce

ROWS = [[3.0, 1.0], [], [5.0, 9.0, 2.0]]
DEEP = [[[1.0, 2.0], [3.0]], [[4.0]], []]


def x():
    return ragged.constant(ROWS)


def y():
    return ragged.constant(DEEP)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "var", "std"])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, (0, 1), (1, 2), (0, 1, 2)])
def test_reductions_are_those_of_the_elements_that_share_the_other_coordinates(name, axis):
    """Over values with a uniform last axis: rows of pairs."""
    pairs = np.random.default_rng(1).uniform(0.5, 2, (6, 2))
    rows = [[0, 1], [2], [3, 4, 5]]
    given = RaggedTensor.from_row_lengths(Tensor(pairs), [len(row) for row in rows])
    axes = (0, 1, 2) if axis is None else np.atleast_1d(axis)
    groups = {}
    for i, row in enumerate(rows):
        for j, place in enumerate(row):
            for k in range(2):
                key = tuple(index for a, index in enumerate((i, j, k)) if a not in axes)
                groups.setdefault(key, []).append(pairs[place, k])
    found = reduce(name, given, axis)
    found = found.to_list() if hasattr(found, "to_list") else np.asarray(found).tolist()
    for key, elements in groups.items():
        part = found
        for index in key:
            part = part[index]
        np.testing.assert_allclose(part, getattr(np, name)(elements), rtol=1e-6, atol=1e-7)


def test_coordinates_are_those_of_the_values():
    assert np.stack(coordinates(y()), axis=1).tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]


def test_a_column_is_repeated_along_the_rows():
    column = np.array([[10.0], [20.0], [30.0]], "float32")
    assert (x() + column).to_list() == [[13, 11], [], [35, 39, 32]]
    assert elementwise(ops.subtract, column, x()).to_list() == [[7, 9], [], [25, 21, 28]]
    with pytest.raises(InvalidArgumentError, match="rows of the same lengths"):
        x() + np.ones((3, 2), "float32")


def test_gradients_of_a_repeated_column_are_added_up():
    column = Tensor(np.ones((3, 1), "float32"))
    with GradientTape() as tape:
        tape.watch(column)
        total = reduce("sum", elementwise(ops.multiply, x(), column))
    assert tape.gradient(total, column).array.ravel().tolist() == [sum(row) for row in ROWS]


def test_reductions_along_each_axis():
    assert reduce("sum", x(), 0).array.tolist() == [8, 10, 2]
    assert reduce("sum", x(), 1).array.tolist() == [4, 0, 16]
    assert reduce("max", x(), 1, keepdims=True).array[[0, 2]].tolist() == [[3], [9]]
    np.testing.assert_allclose(reduce("mean", x(), 1).array[[0, 2]], [2, 16 / 3], rtol=1e-6)  # float32's rounding
    assert reduce("sum", y(), 0).to_list() == [[5, 2], [3]]
    assert reduce("sum", y(), 1).to_list() == [[4, 2], [4], []]
    assert reduce("sum", y(), 2).to_list() == [[3, 3], [4], []]
    assert reduce("any", ragged.constant([[True], [False, False]]), 1).array.tolist() == [True, False]


def test_joined_and_turned_round():
    assert arrangement.concatenate([x(), x()], 1).to_list() == [row + row for row in ROWS]
    assert arrangement.concatenate([y(), y()], 2).to_list() == [[row + row for row in rows] for rows in DEEP]
    assert arrangement.tile(x(), [2, 1]).to_list() == ROWS + ROWS
    assert arrangement.reverse(x(), [0, 1]).to_list() == [row[::-1] for row in ROWS[::-1]]
    assert arrangement.squeeze(arrangement.expand_dims(x(), 1), 1).to_list() == ROWS
    assert arrangement.stack([x(), x()], 0).to_list() == [ROWS, ROWS]


def test_read_at_indices():
    assert arrangement.gather(x(), [2, 0]).to_list() == [ROWS[2], ROWS[0]]
    assert arrangement.gather_nd(y(), [[0, 1], [1, 0]]).to_list() == [[3], [4]]
    assert arrangement.where(x() > 4).array.tolist() == [[2, 0], [2, 1]]
    assert arrangement.boolean_mask(x(), x() > 2).to_list() == [[3], [], [5, 9]]
    with pytest.raises(InvalidArgumentError, match="below"):
        arrangement.gather(x(), [3])


def test_partitions_and_crossings():
    assert stack_dynamic_partitions([1, 2, 3], [1, 0, 1], 3).to_list() == [[2], [1, 3], []]
    words, numbers = ragged.constant([["a", "b"], ["c"]]), ragged.constant([[1], [2, 3]])
    assert cross([words, numbers]).to_list() == [[b"a_X_1", b"b_X_1"], [b"c_X_2", b"c_X_3"]]
    assert [len(row) for row in cross_hashed([words, numbers], 10).to_list()] == [2, 2]
    with pytest.raises(ValueError, match="same number of rows"):
        cross([words, ragged.constant([[1]])])


def test_sparse_tensors_and_back():
    sparse = x().to_sparse()
    assert sparse.shape == (3, 3)
    assert RaggedTensor.from_sparse(sparse).to_list() == ROWS
    with pytest.raises(InvalidArgumentError, match="right-ragged"):
        RaggedTensor.from_sparse(type(sparse)([[0, 1]], [1.0], [1, 2]))


def test_messages_print_as_protobuf_does():
    feature = {"a": Feature(int64_list=Int64List([1, 2])), "b": Feature(float_list=FloatList([0.1]))}
    lines = str(Example(Features(feature))).splitlines()
    assert lines[:5] == ["features {", "  feature {", '    key: "a"', "    value {", "      int64_list {"]
    assert "        value: 0.1" in lines
