"""Gradients of the ops behind Python's operators and of indexing."""

import numpy as np
import pytest

from minikeras.autodiff import basic_ops
from minikeras.autodiff.rematerialization import remat
from tests.gradients.harness import Row, away_from_zero, check_first_order, check_second_order, positive

ROWS = [
    Row("x1 + x2", lambda a, b: a + b, ((2, 3), (2, 3))),
    Row("x1 + x2 broadcast both ways", lambda a, b: a + b, ((2, 1), (1, 3))),
    Row("x1 + x2 of no elements", lambda a, b: a + b, ((0, 3), (1, 3))),
    Row("x1 - x2", lambda a, b: a - b, ((2, 3), (3,))),
    Row("x1 * x2", lambda a, b: a * b, ((2, 3), (2, 1))),
    Row("x * x", lambda a: a * a, ((2, 3),)),
    Row("2.5 * x", lambda a: 2.5 * a, ((2, 3),)),
    Row("x1 / x2", lambda a, b: a / b, ((2, 3), away_from_zero((3,)))),
    Row("2 / x", lambda a: 2 / a, (away_from_zero((3,)),)),
    Row("x1 ** x2", lambda a, b: a**b, (positive((2, 3)), (3,))),
    Row("x ** 3", lambda a: a**3, ((2, 3),)),
    Row("x ** 2", lambda a: a**2, ((2, 3),)),
    Row("2 ** x", lambda a: 2**a, ((2, 3),)),
    Row("x1 % x2", lambda a, b: a % b, (positive((2, 3)), positive((2, 3)))),
    Row("-x", lambda a: -a, ((2, 3),)),
    Row("abs(x)", lambda a: abs(a), (away_from_zero((2, 3)),)),
    Row("x1 @ x2", lambda a, b: a @ b, ((2, 3), (3, 4))),
    Row("x1 @ x2 of stacks", lambda a, b: a @ b, ((5, 2, 3), (5, 3, 4))),
    Row("x1 @ x2 of a stack and a matrix", lambda a, b: a @ b, ((5, 2, 3), (3, 4))),
    Row("x1 @ x2 of broadcast stacks", lambda a, b: a @ b, ((5, 1, 2, 3), (2, 3, 4))),
    Row("x1 @ x2 of vectors", lambda a, b: a @ b, ((3,), (3,))),
    Row("x1 @ x2 of a vector and a stack", lambda a, b: a @ b, ((3,), (5, 3, 4))),
    Row("x1 @ x2 of a stack and a vector", lambda a, b: a @ b, ((5, 2, 3), (3,))),
    Row("x1 @ x2 over no elements", lambda a, b: a @ b, ((2, 0), (0, 4))),
    Row("x[1]", lambda a: a[1], ((3, 4),)),
    Row("x[..., ::-2, None]", lambda a: a[..., ::-2, None], ((3, 4),)),
    Row("x[[0, 0, 2]]", lambda a: a[[0, 0, 2]], ((3, 4),)),
    Row("x[mask]", lambda a: a[np.array([True, False, True])], ((3, 4),)),
    Row("x[:, [1, 1], 0]", lambda a: a[:, [1, 1], 0], ((3, 4, 2),)),
    Row("Sum()", lambda a: basic_ops.Sum()(a), ((3, 4),)),
    Row("Reshape", lambda a: basic_ops.Reshape((2, -1))(a), ((3, 4),)),
    Row("BroadcastTo", lambda a: basic_ops.BroadcastTo((2, 3, 4))(a), ((3, 1),)),
    Row("Squeeze", lambda a: basic_ops.Squeeze(1)(a), ((3, 1, 4),)),
    Row("Transpose", lambda a: basic_ops.Transpose((1, 2, 0))(a), ((3, 1, 4),)),
    Row("Where", lambda a, b: basic_ops.Where()(np.array([True, False, True]), a, b), ((2, 3), (3,))),
    Row("Cast", lambda a: basic_ops.Cast("float64")(a), ((2, 3),)),
    Row("remat", lambda a, b: remat(lambda x: x * a + x**3)(b), ((2, 3), (2, 3))),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row):
    check_first_order(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.order > 1], ids=str)
def test_second_order(row):
    check_second_order(row)
