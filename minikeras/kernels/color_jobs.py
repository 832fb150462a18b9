"""Float32 colours to hue, saturation and value, and back, as jobs; `color.py` has the definitions."""

import numpy as np

from minikeras.kernels.registry import inlined_subroutine
from minikeras.kernels.tasks import floats, task_kernel

PIXELS = 1 << 12  # per task
ZERO, ONE, TWO, THREE, FOUR, SIX = (np.float32(number) for number in (0, 1, 2, 3, 4, 6))
THIRD, TWO_THIRDS = np.float32(2 / 6), np.float32(4 / 6)


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
