"""Winograd's transforms along one axis, with eight points. See `transforms.py`.

A 1D tile of eight inputs gives m outputs of a window of r elements, m + r = 9: F(4, 5) needs 8 products, the definition
20. Cancellation with eight points is as on a 2D tile with six, since the matrices are applied once instead of twice.
"""

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.convolution.transforms import evaluation, interpolation
from minikeras.kernels.registry import native

TILE1D_POINTS = (0, 1, -1, 2, -2, 1 / 2, -1 / 2)  # and ∞
TILE1D = len(TILE1D_POINTS) + 1
"""Elements of a 1D tile."""
COUNTS = range(3, 7)
"""The supported window sizes and numbers of outputs."""


def _with_roots(points):
    """The coefficients of Π (x − p), those of low powers first, zero-padded to a 1D tile."""
    coefficients = np.poly(points)[::-1]
    return (*coefficients.tolist(), *[0.0] * (TILE1D - len(coefficients)))


TILE1D_INPUT = (
    *(_with_roots([other for other in TILE1D_POINTS if other != point]) for point in TILE1D_POINTS),
    _with_roots(TILE1D_POINTS),
)
"""Bᵀ: row i has the coefficients of Π (x − p) over the points p other than the i-th; the last row over all."""
TILE1D_EVALUATION = {count: evaluation(count, TILE1D_POINTS) for count in COUNTS}
TILE1D_INTERPOLATION = {count: interpolation(count, TILE1D_POINTS) for count in COUNTS}

_PACKAGE = "minikeras.kernels.machine.winograd_1d"


# Sources and targets are addresses; steps count elements, `groups` 16 channels each. `zeros`: the address of 16 zeros.


@native(f"{_PACKAGE}:input_tile1d")
def input_tile1d(source, source_step, target, target_step, groups, zeros, left, right):
    """Bᵀ · eight elements of each channel; those before `left` and from `right` on are zeros and not read."""
    _set(target, target_step, groups, TILE1D_INPUT, _tile1d(source, source_step, TILE1D, groups, left, right))


@native(f"{_PACKAGE}:evaluate_tile1d")
def evaluate_tile1d(count, source, source_step, target, target_step, groups, zeros, right):
    """G · `count` elements of each channel; those from `right` on are zeros and not read."""
    values = _tile1d(source, source_step, count, groups, 0, right)
    _set(target, target_step, groups, TILE1D_EVALUATION[count], values)


@native(f"{_PACKAGE}:interpolate_tile1d")
def interpolate_tile1d(count, source, source_step, target, target_step, groups, bias, right, floor):
    """max(floor, Aᵀ · eight products + bias): those of `count` outputs before `right` are written."""
    values = _tile1d(source, source_step, TILE1D, groups, 0, TILE1D)
    values = np.array(TILE1D_INTERPOLATION[count], np.float32) @ values + view(bias, (16 * groups,), (1,))
    values = np.maximum(values, floor)[:right]
    view(target, values.shape, (target_step, 1))[...] = values


def _tile1d(source, step, size, groups, left, right):
    tile1d = np.zeros((size, 16 * groups), np.float32)
    inside = tile1d[left : max(left, right)]
    inside[...] = view(source + 4 * left * step, inside.shape, (step, 1))
    return tile1d


def _set(target, step, groups, matrix, tile1d):
    view(target, (TILE1D, 16 * groups), (step, 1))[...] = np.array(matrix, np.float32) @ tile1d
