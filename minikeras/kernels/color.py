"""Red, green, blue as hue, saturation and value, and back. All are in [0, 1], channels last.

    v = max(r, g, b),  s = (v − min) / v,  h = (g − b) / 6(v − min) where r is the largest; where g or b is, the other
    two colours, and 1/3 or 2/3 is added. A full turn is 1.
    r = v · (1 − s + s · clip(|6h − 3| − 1)), g and b likewise with 2 − |6h − 2| and 2 − |6h − 4|.

Greys have hue 0, black has saturation 0. (A. R. Smith, "Color gamut transform pairs", 1978.) The jobs are those of
`color_jobs.py`, for float32.
"""

import numpy as np

from minikeras.kernels.color_jobs import from_hsv_jobs, to_hsv_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import fits_jobs


def to_hsv(x):
    """(…, 3) in red, green, blue as hue, saturation, value."""
    return _converted(x, to_hsv_jobs, to_hsv_reference)


def from_hsv(x):
    """(…, 3) in hue, saturation, value as red, green, blue."""
    return _converted(x, from_hsv_jobs, from_hsv_reference)


def _converted(x, jobs, reference):
    if not fits_jobs(x):
        return reference(x)
    y = aligned(x.shape, x.dtype)
    run_prepared(jobs, (x, y))
    return y


def to_hsv_reference(x):
    """See `to_hsv`."""
    red, green, blue = (x[..., i] for i in range(3))
    value = x.max(axis=-1)
    spread = value - x.min(axis=-1)
    saturation = np.where(value > 0, spread / np.where(value > 0, value, 1), 0)
    sixth = 1 / (6 * np.where(spread > 0, spread, 1))
    if_green, if_blue = sixth * (blue - red) + 2 / 6, sixth * (red - green) + 4 / 6
    hue = np.where(red == value, sixth * (green - blue), np.where(green == value, if_green, if_blue))
    hue = np.where(spread > 0, hue, 0)
    return np.stack([np.where(hue < 0, hue + 1, hue), saturation, value], axis=-1).astype(x.dtype, copy=False)


def from_hsv_reference(x):
    """See `from_hsv`."""
    hue, saturation, value = (x[..., i] for i in range(3))
    hue = 6 * hue
    pure = (np.abs(hue - 3) - 1, 2 - np.abs(hue - 2), 2 - np.abs(hue - 4))
    colours = [((1 - saturation) + saturation * np.clip(colour, 0, 1)) * value for colour in pure]
    return np.stack(colours, axis=-1).astype(x.dtype, copy=False)
