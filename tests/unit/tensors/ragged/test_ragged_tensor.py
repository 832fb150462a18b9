"""Ragged tensors against nested Python lists: every way to make one, rows, columns, filling, operators, gradients."""

import numpy as np
import pytest

from minikeras import GradientTape, Tensor, ops
from minikeras.base.errors import InvalidArgumentError
from minikeras.tensors import ragged
from minikeras.tensors.ragged import RaggedTensor

ROWS = [[3, 1], [], [5, 9, 2], [6]]
VALUES = [3, 1, 5, 9, 2, 6]
FORMS = {
    "constant": lambda: ragged.constant(ROWS),
    "row_splits": lambda: RaggedTensor.from_row_splits(VALUES, [0, 2, 2, 5, 6]),
    "row_lengths": lambda: RaggedTensor.from_row_lengths(VALUES, [2, 0, 3, 1]),
    "row_starts": lambda: RaggedTensor.from_row_starts(VALUES, [0, 2, 2, 5]),
    "row_limits": lambda: RaggedTensor.from_row_limits(VALUES, [2, 2, 5, 6]),
    "value_rowids": lambda: RaggedTensor.from_value_rowids(VALUES, [0, 0, 2, 2, 2, 3]),
    "lengths of a tensor": lambda: RaggedTensor.from_tensor(
        [[3, 1, 0], [0, 0, 0], [5, 9, 2], [6, 0, 0]], lengths=[2, 0, 3, 1]
    ),
    "padding of a tensor": lambda: RaggedTensor.from_tensor([[3, 1, 0], [0, 0, 0], [5, 9, 2], [6, 0, 0]], padding=0),
    "rows": lambda: ragged.stack([np.array(row, "int32") for row in ROWS]),
    "of_rows": lambda: RaggedTensor.of_rows([Tensor(np.array(row, "int32")) for row in ROWS]),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_has_the_same_rows(name):
    x = FORMS[name]()
    assert x.to_list() == ROWS
    assert [row.array.tolist() for row in x] == ROWS
    assert x.shape == (4, None)
    assert x.dtype == "int32"
    assert x.row_splits.array.tolist() == [0, 2, 2, 5, 6]
    assert x.row_lengths().array.tolist() == [len(row) for row in ROWS]
    assert x.value_rowids().array.tolist() == [i for i, row in enumerate(ROWS) for _ in row]


def filled(rows, width, height, default):
    padded = [(row + [default] * width)[:width] for row in rows[:height]]
    return padded + [[default] * width for _ in range(height - len(padded))]


@pytest.mark.parametrize("height", [None, 2, 4, 6])
@pytest.mark.parametrize("width", [None, 0, 1, 2, 3, 5])
@pytest.mark.parametrize("default", [0, -1])
def test_to_tensor_fills_and_cuts(height, width, default):
    expected = filled(ROWS, 3 if width is None else width, 4 if height is None else height, default)
    y = ragged.constant(ROWS).to_tensor(default, shape=[height, width])
    assert y.array.tolist() == expected
    assert y.dtype == "int32"


def test_strings_are_filled_with_empty_ones():
    assert ragged.constant([["a"], ["b", "c"]]).to_tensor().array.tolist() == [[b"a", b""], [b"b", b"c"]]


@pytest.mark.parametrize("key", [slice(1, 3), slice(None, None, -1), slice(None, None, 2), slice(5, None)], ids=str)
def test_rows_and_columns_are_sliced_as_lists_are(key):
    x = ragged.constant(ROWS)
    assert x[key].to_list() == ROWS[key]
    assert x[:, key].to_list() == [row[key] for row in ROWS]


def test_two_ragged_axes():
    nested = [[[1, 2], []], [], [[3]]]
    x = ragged.constant(nested)
    assert x.ragged_rank == 2
    assert x.to_list() == nested
    assert x.to_tensor().array.tolist() == [[[1, 2], [0, 0]], [[0, 0], [0, 0]], [[3, 0], [0, 0]]]
    assert x.merge_dims(0, 1).to_list() == [[1, 2], [], [3]]
    assert x.merge_dims(1, 2).to_list() == [[1, 2], [], [3]]
    assert x.bounding_shape().array.tolist() == [3, 2, 2]


def test_operators_work_on_the_values_in_their_rows():
    x = ragged.constant(ROWS)
    assert (x * 2 + 1).to_list() == [[2 * n + 1 for n in row] for row in ROWS]
    assert (10 - x).to_list() == [[10 - n for n in row] for row in ROWS]
    assert (x + x).to_list() == [[2 * n for n in row] for row in ROWS]
    assert (x > 3).to_list() == [[n > 3 for n in row] for row in ROWS]
    assert ragged.map_flat_values(ops.square, x).to_list() == [[n * n for n in row] for row in ROWS]
    with pytest.raises(InvalidArgumentError, match="rows of the same lengths"):
        x + ragged.constant([[1], [2], [3], [4, 5, 6]])


def test_gradients_flow_through_rows():
    values = Tensor(np.arange(6, dtype="float32"))
    with GradientTape() as tape:
        tape.watch(values)
        total = ops.sum(RaggedTensor.from_row_lengths(values, [2, 0, 3, 1]).to_tensor(shape=[None, 2]) * 3.0)
    assert tape.gradient(total, values).array.tolist() == [3, 3, 3, 3, 0, 3]  # the third of row 2 is cut off


@pytest.mark.parametrize("splits", [[], [1, 2], [0, 3, 2, 6], [0, 5], [0, 7]], ids=str)
def test_splits_that_do_not_divide_the_values_are_an_error(splits):
    with pytest.raises(InvalidArgumentError, match="row_splits"):
        RaggedTensor.from_row_splits(VALUES, splits)


def test_masks_ranges_and_segments():
    assert ragged.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]]).to_list() == [[1], [3, 4]]
    assert ragged.range([0, 5], [3, 5]).to_list() == [[0, 1, 2], []]
    assert ragged.row_splits_to_segment_ids([0, 2, 2, 3]).array.tolist() == [0, 0, 2]
    assert ragged.segment_ids_to_row_splits([0, 0, 2], num_segments=4).array.tolist() == [0, 2, 2, 3, 3]


def test_ops_take_elementwise_functions_and_name_others():
    x = ragged.constant([[1.0, -2.0], [3.0]])
    assert ops.absolute(x).to_list() == [[1, 2], [3]]
    assert ops.convert_to_tensor(x) is x
    np.testing.assert_array_equal(ops.convert_to_tensor(x, ragged=False).array, [[1, -2], [3, 0]])
    assert ops.add(x, 1.0).to_list() == [[2, -1], [4]]
    assert ops.take(np.arange(4), ragged.constant([[1], [3, 0]])).to_list() == [[1], [3, 0]]
    np.testing.assert_array_equal(ops.max(x, axis=1), [1, 3])
    with pytest.raises(ValueError, match=r"Transpose takes no ragged tensors.*to_tensor"):
        ops.transpose(x)
    with pytest.raises(InvalidArgumentError, match="rows of the same lengths"):
        ops.add(x, ragged.constant([[1.0], [2.0]]))


def test_extrema_of_shorter_rows_and_of_empty_ones():
    x = ragged.constant([[-5, -6], [], [-3]])
    lowest, highest = np.iinfo(np.int32).min, np.iinfo(np.int32).max
    assert ops.max(x, axis=1).numpy().tolist() == [-5, lowest, -3]
    assert ops.min(x, axis=1).numpy().tolist() == [-6, highest, -3]
    assert ops.max(x, axis=0).numpy().tolist() == [-3, -6]
    assert ops.max(x, axis=(0, 1), keepdims=True).shape == (1, 1)
