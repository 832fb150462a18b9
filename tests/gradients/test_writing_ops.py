"""Gradients of scatter, slices, segments, and of loops through them."""

import numpy as np
import pytest

from minikeras import ops
from tests.gradients.harness import Row, away_from_zero, check_first_order, check_second_order, distinct

TWICE = np.array([[0, 1], [2, 3], [0, 1]])
ONCE = np.array([[0, 1], [2, 3]])
IDS = np.array([0, 2, 0, -1, 1, 2])


def updates(reduction, indices=TWICE):
    return lambda x, u: ops.scatter_update(x, indices, u, reduction)


def segments(name):
    return lambda x: getattr(ops, name)(x, IDS, 3)


ROWS = [
    Row("scatter", lambda v: ops.scatter(TWICE, v, (3, 4)), ((3,),)),
    Row("scatter of rows", lambda v: ops.scatter([[1], [1]], v, (3, 4)), ((2, 4),)),
    Row("scatter_update", updates(None, ONCE), ((3, 4), (2,))),
    Row("scatter_update of rows", updates(None, np.array([[2], [0]])), ((3, 4), (2, 4))),
    Row("scatter_update add", updates("add"), ((3, 4), (3,))),
    Row("scatter_update mul", updates("mul"), ((3, 4), (3,))),
    Row(
        "scatter_update max",
        lambda x: ops.scatter_update(ops.reshape(x[:12], (3, 4)), TWICE, x[12:], "max"),
        (distinct((15,)),),
    ),
    Row(
        "scatter_update min",
        lambda x: ops.scatter_update(ops.reshape(x[:12], (3, 4)), TWICE, x[12:], "min"),
        (distinct((15,)),),
    ),
    Row("slice", lambda x: ops.slice(x, (1, 0), (2, -1)), ((3, 4),)),
    Row("slice_update", lambda x, u: ops.slice_update(x, (1, 1), u), ((3, 4), (1, 2))),
    Row("slice_update over the edge", lambda x, u: ops.slice_update(x, (2, -1), u), ((3, 4), (2, 2))),
    Row("segment_sum", segments("segment_sum"), ((6, 2),)),
    Row("segment_max", segments("segment_max"), (distinct((6, 2)),)),
    Row("segment_min", segments("segment_min"), (distinct((6, 2)),)),
    Row("segment_prod", segments("segment_prod"), (away_from_zero((6, 2)),)),
    Row("scan", lambda c, x: ops.scan(lambda c, x: (c * x, c + x), c, x), ((2,), (4, 2))),
    Row("scan in reverse", lambda c, x: ops.scan(lambda c, x: (c * x, c + x), c, x, reverse=True), ((2,), (4, 2))),
    Row("associative_scan", lambda x: ops.associative_scan(lambda a, b: a * b, x, axis=1), ((2, 5),)),
    Row("while_loop", lambda x: ops.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * x), (0, x))[1], ((2,),)),
    Row("fori_loop", lambda x: ops.fori_loop(0, 3, lambda i, y: y * x, x), ((2,),)),
    Row("map", lambda x: ops.map(lambda row: row * row[0], x), ((3, 2),)),
    Row("rearrange", lambda x: ops.rearrange(x, "a (b c) -> (c a) b", b=2), ((3, 4),)),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row):
    check_first_order(row)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_second_order(row):
    check_second_order(row)
