"""`Statistics`: summarizes an array by a few numbers and a histogram."""

from dataclasses import dataclass

import numpy as np

BINS = 24
MANY = 1 << 16
"""Above so many elements, the histogram counts evenly spaced ones: for a million it would take 20 ms."""

FIRST_ROWS = 256


@dataclass
class Statistics:
    """Statistics of all elements of an array; min, max, mean and std are over the finite ones.

    Attributes:
        norm: √Σx².
        zeros, nans, infinities: how many elements.
        dead: how many positions along the last axis are 0 for all rows; None for arrays with fewer than two axes.
        histogram: counts in `BINS` equal parts of [min, max].
    """

    min: float = 0.0
    max: float = 0.0
    mean: float = 0.0
    std: float = 0.0
    norm: float = 0.0
    zeros: int = 0
    nans: int = 0
    infinities: int = 0
    dead: int | None = None
    histogram: tuple = ()


def statistics(array):
    """The `Statistics` of an array of numbers or booleans; None for others and for empty arrays."""
    if array.dtype.kind not in "fiub" or array.size == 0:
        return None
    x = array if array.dtype.kind == "f" and array.dtype.itemsize >= 4 else array.astype(np.float64)
    counts = {"zeros": int(x.size - np.count_nonzero(x)), "nans": 0, "infinities": 0, "dead": _dead(x)}
    x = x.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(x.sum(dtype=np.float64)) / x.size
    if not np.isfinite(mean):
        finite = np.isfinite(x)
        counts["nans"] = int(np.isnan(x).sum())
        counts["infinities"] = int(x.size - counts["nans"] - finite.sum())
        x = x[finite]
        if not x.size:
            return Statistics(**counts)
        mean = float(x.mean(dtype=np.float64))
    low, high = float(x.min()), float(x.max())
    with np.errstate(over="ignore"):
        from_mean = np.subtract(x, mean, dtype=np.float64)  # one pass and one copy less than `x.std()`
        variance = float(np.square(from_mean, out=from_mean).sum()) / x.size
    return Statistics(
        min=low,
        max=high,
        mean=mean,
        std=float(np.sqrt(variance)),
        norm=float(np.sqrt(x.size * (variance + mean * mean))),
        histogram=_histogram(x, low, high),
        **counts,
    )


def _dead(x):
    """How many positions along the last axis are 0 for all rows; for most, the first rows show that they are not."""
    if x.ndim < 2:
        return None
    rows = x.reshape(-1, x.shape[-1])
    positions = np.flatnonzero(~rows[:FIRST_ROWS].any(axis=0))
    return int(positions.size - rows[:, positions].any(axis=0).sum()) if positions.size else 0


def _histogram(x, low, high):
    flat = x[:: -(-x.size // MANY)].astype(np.float64)
    if not high > low or not np.isfinite(float(high) - float(low)):
        return (flat.size, *[0] * (BINS - 1))
    positions = np.minimum((flat - low) * (BINS / (high - low)), BINS - 1).astype(np.intp)  # of 32 bits in a browser
    return tuple(np.bincount(np.maximum(positions, 0), minlength=BINS).tolist())
