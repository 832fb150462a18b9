"""Winograd's transforms along one axis, with eight points. See `transforms.py`.

A 1D tile of eight inputs gives m outputs of a window of r elements, m + r = 9: F(4, 5) needs 8 products, the definition
20. Cancellation with eight points is as on a 2D tile with six, since the matrices are applied once instead of twice.
"""

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.convolution.transforms import evaluation, interpolation
from minikeras.kernels.registry import native

STRIP_POINTS = (0, 1, -1, 2, -2, 1 / 2, -1 / 2)  # and ∞
STRIP = len(STRIP_POINTS) + 1
"""Numbers of a strip."""
COUNTS = range(3, 7)
"""The supported window sizes and numbers of outputs."""


def _with_roots(points):
    """The coefficients of Π (x − p), those of low powers first, zero-padded to a 1D tile."""
    coefficients = np.poly(points)[::-1]
    return (*coefficients.tolist(), *[0.0] * (STRIP - len(coefficients)))


STRIP_INPUT = (
    *(_with_roots([other for other in STRIP_POINTS if other != point]) for point in STRIP_POINTS),
    _with_roots(STRIP_POINTS),
)
"""Bᵀ: row i has the coefficients of Π (x − p) over the points p other than the i-th; the last row over all."""
STRIP_EVALUATION = {count: evaluation(count, STRIP_POINTS) for count in COUNTS}
STRIP_INTERPOLATION = {count: interpolation(count, STRIP_POINTS) for count in COUNTS}

_ROOM = "minikeras.kernels.machine.winograd_strips"


# Sources and targets are addresses; steps count elements, `groups` 16 channels each. `zeros`: the address of 16 zeros.


@native(f"{_ROOM}:input_strip")
def input_strip(source, source_step, target, target_step, groups, zeros, left, right):
    """Bᵀ · eight elements of each channel; those before `left` and from `right` on are zeros and not read."""
    _set(target, target_step, groups, STRIP_INPUT, _strip(source, source_step, STRIP, groups, left, right))


@native(f"{_ROOM}:evaluate_strip")
def evaluate_strip(count, source, source_step, target, target_step, groups, zeros, right):
    """G · `count` elements of each channel; those from `right` on are zeros and not read."""
    values = _strip(source, source_step, count, groups, 0, right)
    _set(target, target_step, groups, STRIP_EVALUATION[count], values)


@native(f"{_ROOM}:interpolate_strip")
def interpolate_strip(count, source, source_step, target, target_step, groups, bias, right, floor):
    """max(floor, Aᵀ · eight products + bias): those of `count` outputs before `right` are written."""
    values = _strip(source, source_step, STRIP, groups, 0, STRIP)
    values = np.array(STRIP_INTERPOLATION[count], np.float32) @ values + view(bias, (16 * groups,), (1,))
    values = np.maximum(values, floor)[:right]
    view(target, values.shape, (target_step, 1))[...] = values


def _strip(source, step, size, groups, left, right):
    strip = np.zeros((size, 16 * groups), np.float32)
    inside = strip[left : max(left, right)]
    inside[...] = view(source + 4 * left * step, inside.shape, (step, 1))
    return strip


def _set(target, step, groups, matrix, strip):
    view(target, (STRIP, 16 * groups), (step, 1))[...] = np.array(matrix, np.float32) @ strip
