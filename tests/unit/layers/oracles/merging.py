"""Layers of several inputs."""

import numpy as np

from tests.unit.layers.oracles.case import Case


def add(*inputs):
    """Their sum, shorter shapes repeated."""
    return sum(inputs)


def concatenate(*inputs, axis=-1):
    """One after the other along an axis."""
    positions = np.cumsum([0, *(x.shape[axis] for x in inputs)])
    moved = [np.moveaxis(x, axis, 0) for x in inputs]
    result = np.zeros((positions[-1], *moved[0].shape[1:]))
    for start, x in zip(positions[:-1], moved, strict=True):
        result[start : start + len(x)] = x
    return np.moveaxis(result, 0, axis)


def average(*inputs):
    """Their sum, divided by their number."""
    return add(*inputs) / len(inputs)


def multiply(*inputs):
    """Their product, shorter shapes repeated."""
    result = 1.0
    for x in inputs:
        result = result * x
    return result


def extreme(chosen):
    """At each place the value that `chosen` picks."""

    def definition(*inputs):
        inputs = np.broadcast_arrays(*inputs)
        result = np.zeros(inputs[0].shape)
        for place in np.ndindex(result.shape):
            result[place] = chosen(x[place] for x in inputs)
        return result

    return definition


def subtract(x1, x2):
    """The first without the second."""
    return x1 + -1.0 * x2


def dot(x1, x2, axes, normalize=False):
    """Sample by sample, every vector along an axis of one input with every vector along an axis of the other."""
    first, second = (axes, axes) if isinstance(axes, int) else axes
    rows, columns = np.moveaxis(x1, first, -1), np.moveaxis(x2, second, -1)
    result = np.zeros((len(x1), *rows.shape[1:-1], *columns.shape[1:-1]))
    for n in range(len(x1)):
        for i in np.ndindex(rows.shape[1:-1]):
            for j in np.ndindex(columns.shape[1:-1]):
                a, b = rows[(n, *i)], columns[(n, *j)]
                length = np.sqrt(a @ a) * np.sqrt(b @ b) if normalize else 1.0
                result[(n, *i, *j)] = (a @ b) / length
    return result.reshape(len(x1), 1) if result.ndim == 1 else result


def shortcut(x, residual, scale):
    """The first, and a share of the second."""
    return x + scale * residual


FUNCTIONS = {
    "Add": add, "Average": average, "Maximum": extreme(max), "Minimum": extreme(min), "Multiply": multiply,
}  # fmt: skip

CASES = [
    *[Case(name, {}, ((4, 5), (4, 5), (4, 5)), definition) for name, definition in FUNCTIONS.items()],
    *[Case(name, {}, ((4, 5, 3), (4, 1, 3)), definition) for name, definition in FUNCTIONS.items()],
    Case("Subtract", {}, ((4, 5), (4, 5)), subtract),
    Case("Subtract", {}, ((4, 5, 3), (4, 1, 3)), subtract),
    Case("CustomScaleLayer", {"scale": 0.3}, ((4, 5, 3), (4, 5, 3)), shortcut),
    Case("Dot", {"axes": 1}, ((4, 5), (4, 5)), dot),
    Case("Dot", {"axes": (2, -2), "normalize": True}, ((2, 5, 3), (2, 4, 3, 2)), dot),
    Case("Concatenate", {}, ((4, 5), (4, 2)), concatenate),
    Case("Concatenate", {"axis": 1}, ((4, 5, 3), (4, 2, 3), (4, 1, 3)), concatenate),
    Case("Concatenate", {"axis": -2}, ((2, 5, 3, 2), (2, 5, 1, 2)), concatenate),
]
