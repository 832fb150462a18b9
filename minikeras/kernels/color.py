"""Red, green, blue as hue, saturation and value, and back. All are in [0, 1], channels last.

    v = max(r, g, b),  s = (v − min) / v,  h = (g − b) / 6(v − min) where r is the largest; where g or b is, the other
    two colours, and 1/3 or 2/3 is added. A full turn is 1.
    r = v · (1 − s + s · clip(|6h − 3| − 1)), g and b likewise with 2 − |6h − 2| and 2 − |6h − 4|.

Greys have hue 0, black has saturation 0. (A. R. Smith, "Color gamut transform pairs", 1978.) For float32 there
are jobs.
"""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import inlined_subroutine
from minikeras.kernels.tasks import fits_jobs, floats, task_kernel

PIXELS = 1 << 12  # per task
ZERO, ONE, TWO, THREE, FOUR, SIX = (np.float32(number) for number in (0, 1, 2, 3, 4, 6))
THIRD, TWO_THIRDS = np.float32(2 / 6), np.float32(4 / 6)


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


# --- the jobs ---------------------------------------------------------------------------------------------------------


def to_hsv_jobs(x, y):
    """The job that sets y to the colours x, (…, 3), in hue, saturation and value."""
    return [to_hsv_pixels.job(_tasks(x), x.reshape(-1, 3), y.reshape(-1, 3))]


def from_hsv_jobs(x, y):
    """The job that sets y to the colours x, (…, 3), in red, green and blue."""
    return [from_hsv_pixels.job(_tasks(x), x.reshape(-1, 3), y.reshape(-1, 3))]


def _tasks(x):
    return -(-(x.size // 3) // PIXELS)


@task_kernel
def to_hsv_pixels(task, x: floats(2), y: floats(2)):
    """Of one task."""
    for i in range(task * PIXELS, min(len(x), (task + 1) * PIXELS)):
        red, green, blue = x[i, 0], x[i, 1], x[i, 2]
        value = max(red, max(green, blue))
        spread = value - min(red, min(green, blue))
        hue = ZERO
        if spread > ZERO:
            sixth = ONE / (SIX * spread)
            if red == value:
                hue = sixth * (green - blue)
            elif green == value:
                hue = sixth * (blue - red) + THIRD
            else:
                hue = sixth * (red - green) + TWO_THIRDS
        y[i, 0] = hue + ONE if hue < ZERO else hue
        y[i, 1] = spread / value if value > ZERO else ZERO
        y[i, 2] = value


@task_kernel
def from_hsv_pixels(task, x: floats(2), y: floats(2)):
    """Of one task."""
    for i in range(task * PIXELS, min(len(x), (task + 1) * PIXELS)):
        hue, saturation, value = SIX * x[i, 0], x[i, 1], x[i, 2]
        grey = ONE - saturation
        y[i, 0] = (grey + saturation * clipped(distance(hue, THREE) - ONE)) * value
        y[i, 1] = (grey + saturation * clipped(TWO - distance(hue, TWO))) * value
        y[i, 2] = (grey + saturation * clipped(TWO - distance(hue, FOUR))) * value


@inlined_subroutine
def distance(a, b):
    """|a − b|."""
    return a - b if a > b else b - a


@inlined_subroutine
def clipped(x):
    """x in [0, 1]."""
    return ZERO if x < ZERO else (ONE if x > ONE else x)
