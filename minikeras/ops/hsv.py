"""Colours in hue, saturation and value; `kernels/color.py` has the formulas."""

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.lowering import OpLowering
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Stack
from minikeras.kernels import color
from minikeras.kernels.color import from_hsv_jobs, to_hsv_jobs


class OfPixels(OpLowering):
    """The forward pass of a conversion of float32 colours as jobs."""

    def __init__(self, jobs):
        self.jobs = jobs

    def forward(self, op, inputs, outputs):
        fits = all(array.dtype == np.float32 and 0 not in array.shape for array in (*inputs, *outputs))
        return (lambda inputs, outputs: self.jobs(*inputs, *outputs)) if fits else None


class Conversion(Op):
    """Base class of ops on colours (…, 3), channels last."""

    keeps = ("inputs",)

    def output_shape(self, shape):
        return shape

    def batch_inputs(self, shapes, output_shape):
        return (True,)


class ToHSV(Conversion):
    """(r, g, b) → (h, s, v);   with d = v − min and n the difference of colours in h = n / 6d + constant:

    dn = dh / 6d,   dd = ds / v − dh · n / 6d²,   dv += dd − ds · d / v²,   dmin = −dd.
    Equal maxima, and equal minima, share the gradient.
    """

    lowering = OfPixels(to_hsv_jobs)

    def forward(self, x):
        return color.to_hsv(x)

    def backward(self, call, dy):
        (x,) = call.inputs
        colours = [x[..., i] for i in range(3)]
        dh, ds, dv = (dy[..., i] for i in range(3))
        values = np.asarray(x)
        largest, least = values.max(axis=-1), values.min(axis=-1)
        is_red, is_green = values[..., 0] == largest, (values[..., 1] == largest) & (values[..., 0] != largest)
        is_coloured, is_bright = largest > least, largest > 0
        select = Where().of
        v = _maximum(colours)
        d = v + _maximum([-c for c in colours])
        safe_d, safe_v = select(is_coloured, d, 1.0), select(is_bright, v, 1.0)
        red, green, blue = colours
        n = select(is_red, green - blue, select(is_green, blue - red, red - green))
        dn = select(is_coloured, dh / (6.0 * safe_d), 0.0)
        dd = select(is_bright, ds / safe_v, 0.0) - dn * n / safe_d
        dv = dv + dd - select(is_bright, ds * d / (safe_v * safe_v), 0.0)
        dx = [_shared(dv, values, largest, i) - _shared(dd, values, least, i) for i in range(3)]
        for i in range(3):  # n = colours[i + 1] − colours[i + 2] where colour i is the largest
            chosen = (is_red, is_green, ~(is_red | is_green))[i]
            part = select(chosen, dn, 0.0)
            dx[(i + 1) % 3] = dx[(i + 1) % 3] + part
            dx[(i + 2) % 3] = dx[(i + 2) % 3] - part
        return (Stack(-1).of(*dx),)


def _maximum(colours):
    a, b, c = colours
    b = Where().of(np.asarray(a) > np.asarray(b), a, b)
    return Where().of(np.asarray(b) > np.asarray(c), b, c)


def _shared(gradient, values, extreme, i):
    """What colour i gets of the gradient of the largest or least colour."""
    is_extreme = values == extreme[..., None]
    return gradient * (is_extreme[..., i] / is_extreme.sum(axis=-1)).astype(values.dtype)


class FromHSV(Conversion):
    """(h, s, v) → v · (1 − s + s · p), p one number for each of red, green and blue;

    dv = Σ dy · (1 − s + s·p),   ds = Σ dy · v · (p − 1),   dh = Σ dy · v · s · dp/dh, with dp/dh = ±6 or 0.
    """

    lowering = OfPixels(from_hsv_jobs)

    def forward(self, x):
        return color.from_hsv(x)

    def backward(self, call, dy):
        (x,) = call.inputs
        h, s, v = (x[..., i] for i in range(3))
        dh = ds = dv = 0.0
        for i, (centre, sign, offset) in enumerate(((3.0, 1.0, -1.0), (2.0, -1.0, 2.0), (4.0, -1.0, 2.0))):
            side = np.where(np.asarray(h) * 6 > centre, sign, -sign).astype(h.dtype)
            p = (6.0 * h - centre) * side + offset
            inside = (np.asarray(p) >= 0) & (np.asarray(p) <= 1)
            p = Where().of(inside, p, (np.asarray(p) > 1).astype(h.dtype))
            part = dy[..., i]
            dv = dv + part * (1.0 - s + s * p)
            ds = ds + part * v * (p - 1.0)
            dh = dh + Where().of(inside, part * v * s * (6.0 * side), 0.0)
        return (Stack(-1).of(dh, ds, dv),)
