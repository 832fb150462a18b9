"""Layers of several inputs."""

import numpy as np

from tests.unit.layers.oracles.case import Case


def add(*inputs):
    """Their sum, shorter shapes repeated."""
    return sum(inputs)


def concatenate(*inputs, axis=-1):
    """One after the other along an axis."""
    places = np.cumsum([0, *(x.shape[axis] for x in inputs)])
    moved = [np.moveaxis(x, axis, 0) for x in inputs]
    result = np.zeros((places[-1], *moved[0].shape[1:]))
    for start, x in zip(places[:-1], moved, strict=True):
        result[start : start + len(x)] = x
    return np.moveaxis(result, 0, axis)


CASES = [
    Case("Add", {}, ((4, 5), (4, 5), (4, 5)), add),
    Case("Add", {}, ((4, 5, 3), (4, 1, 3)), add),
    Case("Concatenate", {}, ((4, 5), (4, 2)), concatenate),
    Case("Concatenate", {"axis": 1}, ((4, 5, 3), (4, 2, 3), (4, 1, 3)), concatenate),
    Case("Concatenate", {"axis": -2}, ((2, 5, 3, 2), (2, 5, 1, 2)), concatenate),
]
