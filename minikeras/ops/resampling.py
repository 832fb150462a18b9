"""`Resample`: an axis of another length, every output a weighted mean of inputs near its position; and the weights.

Pixel i covers the interval from i to i + 1. The centre of output i of n, at i + 1/2, is at (i + 1/2) · m / n of an
input of length m.
"""

from functools import lru_cache

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.kernels.resampling import resample, resample_gradient

INTERPOLATIONS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic", "area")  # Keras's; TensorFlow has two more


class Resample(Op):
    """y[…, i, …] = Σ_k weights[i, k] · x[…, indices[i, k], …] along `axis`;   dx = the transposed sum.

    Args:
        axis: which axis to resample.
        indices, weights: (outputs, inputs per output), int64 and float32.
    """

    keeps = ()

    def __init__(self, axis, indices, weights):
        self.axis = axis
        self.indices = indices
        self.weights = weights

    def forward(self, x):
        return resample(x, self.axis, self.indices, self.weights)

    def backward(self, call, dy):
        return (ResampleGrad(self, call.input_shapes[0][self.axis]).of(dy),)

    def output_shape(self, shape):
        return (*shape[: self.axis], len(self.indices), *shape[self.axis + 1 :])


class Interpolation(Resample):
    """A `Resample` by a method of interpolation: its weights follow from the two lengths.

    Args:
        axis: which axis to resample.
        method, antialias: as `weights_of` takes them.
        length, outputs: of the axis, before and after.
    """

    def __init__(self, axis, method, antialias, length, outputs):
        self.axis = axis
        self.method = method
        self.antialias = antialias
        self.length = length
        self.outputs = outputs

    @property
    def indices(self):
        """(outputs, inputs per output)"""
        return _fixed_weights(self.method, self.antialias, self.length, self.outputs)[0]

    @property
    def weights(self):
        """(outputs, inputs per output)"""
        return _fixed_weights(self.method, self.antialias, self.length, self.outputs)[1]


class ResampleGrad(Op):
    """dx[…, indices[i, k], …] += weights[i, k] · dy[…, i, …]: the gradient of a `Resample`, and linear too."""

    keeps = ()

    def __init__(self, resample, length):
        self.resample = resample
        self.length = length

    def forward(self, dy):
        sums = self.resample
        return resample_gradient(dy, sums.axis, sums.indices, sums.weights, self.length)

    def backward(self, call, ddx):
        return (self.resample.of(ddx),)


# --- the inputs of each output and their weights: functions of two lengths to (indices, weights) ---
# float32 throughout, as in TensorFlow: next to a pixel's edge rounding decides which pixel it is.


def centres(length, outputs):
    """Where in the input each output's centre lies."""
    return (np.arange(outputs, dtype=np.float32) + np.float32(0.5)) * np.float32(length / outputs)


def nearest(length, outputs):
    """The pixel that the centre falls into."""
    indices = np.minimum(np.floor(centres(length, outputs)).astype(int), length - 1)
    return indices[:, None], np.ones((outputs, 1), np.float32)


def bilinear(length, outputs):
    """The two pixels whose centres are nearest, weighted by nearness; at the edge the last pixel alone."""
    place = centres(length, outputs) - np.float32(0.5)
    lower = np.floor(place)
    indices = np.stack([np.maximum(lower, 0), np.minimum(np.ceil(place), length - 1)], axis=1).astype(int)
    return indices, np.stack([1 - (place - lower), place - lower], axis=1)


def keys_cubic(x):
    """Keys's cubic with a = −1/2: 1.5|x|³ − 2.5|x|² + 1, then −0.5|x|³ + 2.5|x|² − 4|x| + 2 from 1 to 2."""
    x = np.abs(x)
    near, far = ((1.5 * x - 2.5) * x) * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def bicubic(length, outputs):
    """The four nearest pixels by Keys's cubic, without those beyond the edge, the rest scaled up.

    TensorFlow tabulates the cubic at 1024 steps between two pixels, so the distance is rounded to those.
    """
    place = centres(length, outputs) - np.float32(0.5)
    lower = np.floor(place)
    step = np.rint((place - lower) * 1024) / 1024
    indices = lower[:, None].astype(int) + np.arange(-1, 3)
    weights = keys_cubic(step[:, None] - np.arange(-1, 3))
    weights = np.where((indices >= 0) & (indices < length), weights, 0)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return np.clip(indices, 0, length - 1), weights.astype(np.float32)


def area(length, outputs):
    """All pixels that the output covers, each weighted by its covered part."""
    scale = np.float32(length / outputs)
    start = np.arange(outputs, dtype=np.float32) * scale
    end = np.arange(1, outputs + 1, dtype=np.float32) * scale
    pixels = np.arange(length)
    covered = np.minimum(end[:, None], pixels + 1) - np.maximum(start[:, None], pixels)
    return over_all(np.maximum(covered, 0) / scale)


def filtered(kernel, radius, antialias):
    """All pixels within `radius`, weighted by a kernel, which `antialias` widens by the factor of a reduction."""

    def positions(length, outputs):
        inverse_scale = np.float32(1 / np.float32(outputs / length))
        width = max(inverse_scale, 1) if antialias else 1
        place = (np.arange(outputs, dtype=np.float32) + np.float32(0.5)) * inverse_scale
        distance = (np.arange(length) + 0.5 - place[:, None]) / width
        weights = np.where(np.abs(distance) <= radius, kernel(distance), 0)
        return over_all(weights / weights.sum(axis=1, keepdims=True))

    return positions


def over_all(weights):
    """(indices, weights) of a matrix with a column for every input: of each row as many as the widest one needs."""
    used = weights != 0
    first = np.where(used.any(axis=1), used.argmax(axis=1), 0)
    last = np.where(used.any(axis=1), weights.shape[1] - 1 - used[:, ::-1].argmax(axis=1), 0)
    width = int((last - first).max()) + 1
    indices = np.minimum(first, weights.shape[1] - width)[:, None] + np.arange(width)
    return indices, np.take_along_axis(weights, indices, axis=1).astype(np.float32)


def triangle(x):
    """1 − |x|, and 0 beyond 1."""
    return np.maximum(1 - np.abs(x), 0)


def lanczos(radius):
    """sinc(x) · sinc(x / radius), with sinc(x) = sin(πx) / πx."""
    return lambda x: np.sinc(x) * np.sinc(x / radius)


def gaussian(x):
    """exp(−2 x²): a Gaussian with standard deviation 1/2, cut off at three of them."""
    return np.where(np.abs(x) < 1.5, np.exp(-2.0 * x * x), 0)


def mitchell_cubic(x):
    """7/6 |x|³ − 2 x² + 8/9, then −7/18 |x|³ + 2 x² − 10/3 |x| + 16/9 from 1 to 2.

    (Mitchell & Netravali, "Reconstruction Filters in Computer Graphics", SIGGRAPH 1988, with B = C = 1/3)
    """
    x = np.abs(x)
    near = (7 / 6 * x - 2) * x * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return np.where(x < 1, near, np.where(x < 2, far, 0))


FILTERS = {  # kernels and their radius
    "lanczos3": (lanczos(3), 3),
    "lanczos5": (lanczos(5), 5),
    "gaussian": (gaussian, 1.5),
    "mitchellcubic": (mitchell_cubic, 2),
}


def weights_of(interpolation, antialias):
    """The function of (length, outputs) for a method of interpolation."""
    if interpolation in FILTERS:
        return filtered(*FILTERS[interpolation], antialias)
    if antialias and interpolation in ("bilinear", "bicubic"):
        return filtered(triangle, 1, True) if interpolation == "bilinear" else filtered(keys_cubic, 2, True)
    return {"nearest": nearest, "bilinear": bilinear, "bicubic": bicubic, "area": area}[interpolation]


@lru_cache(maxsize=64)
def _fixed_weights(method, antialias, length, outputs):
    """Indices and weights of an `Interpolation`, not to be changed."""
    return weights_of(method, antialias)(length, outputs)
