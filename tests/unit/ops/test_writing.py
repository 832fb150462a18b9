"""Scatter, slices, segments: which positions are written, and which are refused."""

import numpy as np
import pytest

from minikeras import ops

X = np.arange(6.0, dtype="float32").reshape(2, 3)


def test_scatter_adds_at_the_same_place():
    assert ops.scatter([[0], [0], [2]], [1, 2, 3], (4,)).numpy().tolist() == [3, 0, 3, 0]


@pytest.mark.parametrize("reduction, expected", [(None, 2.0), ("add", 10.0), ("max", 5.0), ("min", 2.0), ("mul", 30.0)])
def test_scatter_update_twice_at_one_place(reduction, expected):
    """3 meets 5, then 2."""
    y = ops.scatter_update(X, [[1, 0], [1, 0]], [5.0, 2.0], reduction)
    assert float(y[1, 0]) == expected
    assert X[1, 0] == 3, "the input was written to"


def test_slice_and_slice_update_are_inverse():
    block = ops.slice(X, (0, 1), (2, -1))
    np.testing.assert_array_equal(block, X[:, 1:])
    np.testing.assert_array_equal(ops.slice_update(X, (0, 1), block), X)


def test_slice_update_moves_back_a_block_that_reaches_over_the_edge():
    y = ops.slice_update(X, (5, -1), [[9.0, 9.0]])
    assert y.numpy().tolist() == [[0, 1, 2], [9, 9, 5]]


SEGMENTS = [
    ("segment_sum", [4.0, 6.0, 0.0]),
    ("segment_prod", [3.0, 6.0, 1.0]),
    ("segment_max", [3.0, 6.0, np.finfo("float32").min]),
    ("segment_min", [1.0, 6.0, np.finfo("float32").max]),
]


@pytest.mark.parametrize("name, expected", SEGMENTS)
def test_segments_leave_out_negative_numbers(name, expected):
    y = getattr(ops, name)(np.array([1, 6, 3, 5], "float32"), [0, 1, 0, -1], 3)
    np.testing.assert_array_equal(y, np.array(expected, "float32"))


MISTAKES = [
    (IndexError, r"indices\[1\] = \[4\]", lambda: ops.scatter([[0], [4]], [1, 2], (4,))),
    (IndexError, r"\[-1, 0\]", lambda: ops.scatter_update(X, [[-1, 0]], [1.0])),
    (ValueError, "'mean'", lambda: ops.scatter_update(X, [[0, 0]], [1.0], reduction="mean")),
    (ValueError, "axis 0", lambda: ops.slice(X, (1, 0), (2, 1))),
    (ValueError, "below `num_segments`", lambda: ops.segment_sum([1.0], [3], 3)),
    (ValueError, "vector", lambda: ops.segment_sum([[1.0]], [[0]], 3)),
]


@pytest.mark.parametrize("kind, message, mistake", MISTAKES)
def test_mistakes_are_named(kind, message, mistake):
    with pytest.raises(kind, match=message):
        mistake()


def test_rearrange_names_what_does_not_fit():
    images = np.zeros((2, 4, 6, 3))
    assert ops.rearrange(images, "b (h p) (w q) c -> b h w (p q c)", p=2, q=2).shape == (2, 2, 3, 12)
    for pattern, message in (
        ("b h -> h b", "every axis"),
        ("b h w c -> b h w", "same names"),
        ("b (h p) w c -> b h p w c", "all but one"),
        ("b h w c", "names -> names"),
    ):
        with pytest.raises(ValueError, match=message):
            ops.rearrange(images, pattern)


def test_one_hot_of_no_class_is_zero():
    assert ops.one_hot([1, -1, 3], 3).numpy().tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert ops.multi_hot([[0, 2], [1, 1]], 3).numpy().tolist() == [[1, 0, 1], [0, 1, 0]]
