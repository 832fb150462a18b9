"""Loops and conditions: what their functions receive, in which order, and how they end."""

import itertools

import numpy as np
import pytest

from minikeras import ops
from minikeras.autodiff import KerasTensor, Tensor
from minikeras.compat.tensorflow import folding


def test_cond_runs_one_branch_only():
    def never():
        raise AssertionError("the other branch ran")

    assert ops.cond(True, lambda: 1, never) == 1
    assert ops.cond(ops.convert_to_tensor(0.0) > 1, never, lambda: (2, 3)) == (2, 3)


def test_symbolic_cond_wants_branches_of_one_form():
    pred = KerasTensor((), "bool")
    assert ops.cond(pred, lambda: ops.ones((2,)), lambda: ops.zeros((2,))).shape == (2,)
    with pytest.raises(ValueError, match="same kind"):
        ops.cond(pred, lambda: ops.ones((2,)), lambda: ops.ones((3,)))


@pytest.mark.parametrize("index, expected", [(-3, "a"), (0, "a"), (1, "b"), (9, "b")])
def test_switch_clips_its_index(index, expected):
    assert ops.switch(index, [lambda: "a", lambda: "b"]) == expected


def test_while_loop_stops_by_condition_or_count():
    def double(i, x):
        return i + 1, x * 2

    i, x = ops.while_loop(lambda i, x: i < 5, double, (0, 1))
    assert (int(i), int(x)) == (5, 32)
    i, x = ops.while_loop(lambda i, x: i < 5, double, (0, 1), maximum_iterations=2)
    assert (int(i), int(x)) == (2, 4)
    assert int(ops.while_loop(lambda i: i < 5, lambda i: i + 2, 0)) == 6


def test_while_loop_wants_as_many_values_back():
    with pytest.raises(ValueError, match="as many values"):
        ops.while_loop(lambda i, j: i < 3, lambda i, j: (i + 1,), (0, 0))


def test_fori_loop_gives_integers_as_index():  # as eager TensorFlow, where they go with tensors of any dtype
    seen = []
    assert int(ops.fori_loop(2, 5, lambda i, x: seen.append(i) or x + i, np.int64(0))) == 9
    assert seen == [2, 3, 4]
    assert {type(i) for i in seen} == {int}


def test_scan_in_both_directions():
    def add(carry, x):
        return carry + x, carry + x

    last, sums = ops.scan(add, 0, np.array([1, 2, 3]))
    assert (int(last), sums.numpy().tolist()) == (6, [1, 3, 6])
    last, sums = ops.scan(add, 0, np.array([1, 2, 3]), reverse=True)
    assert (int(last), sums.numpy().tolist()) == (6, [6, 5, 3])


def test_scan_over_nests_and_without_outputs():
    last, ys = ops.scan(lambda c, x: (c + x["a"] * x["b"], None), 0, {"a": np.array([1, 2]), "b": np.array([3, 4])})
    assert int(last) == 11
    assert ys.numpy().tolist() == [0, 0]  # as in Keras on TensorFlow, where a step without an output gives 0
    _, ys = ops.scan(lambda c, _: (c + 1, {"c": c}), 0, length=3)
    assert ys["c"].numpy().tolist() == [0, 1, 2]


def test_scan_of_nothing():
    last, ys = ops.scan(lambda c, x: (c, c), np.ones(2, "float32"), np.zeros((0, 3)))
    assert last.numpy().tolist() == [1, 1]
    assert ys.shape == (0, 2)


@pytest.mark.parametrize("n", range(9))
@pytest.mark.parametrize("reverse", [False, True])
def test_associative_scan_of_every_length(n, reverse):
    """Strings of letters, joined: associative, but not commutative. They are written as numbers with their lengths."""
    x = np.arange(1, n + 1, dtype="int64")

    def join(a, b):
        left, right = (b, a) if reverse else (a, b)
        return left[0] * right[1] + right[0], left[1] * right[1]

    digits, _ = ops.associative_scan(join, (x, np.full(n, 10)), reverse=reverse)
    letters = [str(k) for k in x]
    prefixes = ["".join(letters[i:] if reverse else letters[: i + 1]) for i in range(n)]
    assert digits.numpy().tolist() == [int(word) for word in prefixes]


def test_map_stacks_nested_results():
    y = ops.map(lambda x: {"sum": x[0] + x[1], "first": x[0]}, (np.arange(3), np.arange(3)))
    assert y["sum"].numpy().tolist() == [0, 2, 4]
    assert y["first"].numpy().tolist() == [0, 1, 2]


def test_loops_on_symbols_give_shapes():
    assert ops.map(lambda x: ops.sum(x), KerasTensor((None, 4))).shape == (None,)
    carry, ys = ops.scan(lambda c, x: (c + x, x[0]), KerasTensor((4,)), KerasTensor((7, 4)))
    assert (carry.shape, ys.shape) == ((4,), (7,))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("initializer", [None, 10.0])
def test_folds_are_pythons(reverse, initializer):
    x = [2.0, 3.0, 5.0]
    ordered = x[::-1] if reverse else x
    expected = list(itertools.accumulate(ordered, lambda a, b: 2 * a - b, initial=initializer))
    expected = expected if initializer is None else expected[1:]
    start = None if initializer is None else Tensor(np.array(initializer))
    found = folding.scan(lambda a, b: 2 * a - b, Tensor(np.array(x)), start, reverse).array.tolist()
    assert found == (expected[::-1] if reverse else expected)
    assert folding.fold(lambda a, b: 2 * a - b, Tensor(np.array(x)), start, reverse).array == expected[-1]


def test_nests_are_folded_and_mapped_together():
    pair = {"a": Tensor(np.array([1, 2, 3])), "b": Tensor(np.array([[4], [5], [6]]))}
    rows = folding.map_slices(lambda row: (row["a"] + row["b"], row["a"]), pair)
    total, last = folding.stacked(rows)
    assert (total.array.tolist(), last.array.tolist()) == ([[5], [7], [9]], [1, 2, 3])
    with pytest.raises(ValueError, match="same length"):
        folding.fold(lambda a, b: a, {"a": pair["a"], "b": pair["b"][:2]})
