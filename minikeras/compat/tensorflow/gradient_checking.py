"""Gradients checked against finite differences."""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor

DELTA = 2.0**-10


def compute_gradient(function, arguments, delta=None):
    """Jacobians of a function by a tape, and by central differences (f(x + δ) − f(x − δ)) / 2δ.

    Args:
        function: takes as many Tensors as there are arguments, returns one.
        arguments: list of Tensors.
        delta: δ; 2⁻¹⁰ if None.

    Returns:
        Two tuples with a matrix for each argument: (elements of the result, elements of the argument).
    """
    with GradientTape(persistent=True) as tape:
        for x in arguments:
            tape.watch(x)
        y = function(*arguments)
    by_tape, by_differences = [], []
    for i, x in enumerate(arguments):
        jacobian = tape.jacobian(y, x, unconnected_gradients="zero")
        by_tape.append(jacobian.numpy().reshape(y.array.size, x.array.size))
        by_differences.append(_differences(function, arguments, i, DELTA if delta is None else delta, y.array))
    return tuple(by_tape), tuple(by_differences)


def _differences(function, arguments, place, delta, y):
    x = arguments[place].array
    columns = np.zeros((y.size, x.size), y.dtype)
    for k in range(x.size):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved.reshape(-1)[k] += sign * delta
            ends.append(function(*arguments[:place], Tensor(moved), *arguments[place + 1 :]).array.ravel())
        columns[:, k] = (ends[0] - ends[1]) / (2 * delta)
    return columns
