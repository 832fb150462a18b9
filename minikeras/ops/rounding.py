"""Functions with steps: rounding to integers, and Heaviside's."""

import numpy as np

from minikeras.autodiff import basic_ops
from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float, promote
from minikeras.autodiff.elementwise import Binary
from minikeras.ops.elementwise import Step, as_tensors, in_wide_float


class Floor(Step):
    """y = ⌊x⌋, a float."""

    def forward(self, x):
        return np.floor(as_float(x))


def floor(x):
    """⌊x⌋, elementwise, as a float."""
    return Floor()(x)


class Ceil(Step):
    """y = ⌈x⌉, a float."""

    def forward(self, x):
        return np.ceil(as_float(x))


def ceil(x):
    """⌈x⌉, elementwise, as a float."""
    return Ceil()(x)


class Trunc(Step):
    """y = x without its fraction."""

    ufunc = np.trunc


def trunc(x):
    """x without its fraction, elementwise."""
    return Trunc()(x)


class Round(Step):
    """y = x rounded to `decimals` digits after the point, half to even."""

    def __init__(self, decimals=0):
        self.decimals = decimals

    def forward(self, x):
        return np.round(x, self.decimals)


basic_ops.Round = Round


def round(x, decimals=0):
    """x rounded to `decimals` digits after the point, half to even."""
    return Round(decimals)(x)


@composed(inputs=2)
def heaviside(x1, x2):
    """0 where x1 < 0, x2 where x1 = 0, 1 where x1 > 0."""
    x1, x2 = in_wide_float(x1, x2)
    return Where()(x1 < 0, 0.0, Where()(x1 > 0, 1.0, x2))


class Nextafter(Binary):
    """y = the float next to x1 in the direction of x2;   dx1 = dy, dx2 = 0."""

    keeps = ()

    def forward(self, x1, x2):
        return np.nextafter(*[as_float(x) for x in promote(x1, x2)])

    def gradients(self, call, dy):
        return dy, np.zeros(call.output_shapes[0], dy.dtype) if call.needs_gradient[1] else None


def nextafter(x1, x2):
    """The float next to x1 in the direction of x2, elementwise."""
    return Nextafter()(*as_tensors(x1, x2))
