"""`Statistics`: an array in a few numbers and a histogram."""

from dataclasses import dataclass

import numpy as np

BINS = 24
MANY = 1 << 16
"""Elements from which the histogram is made of evenly spaced ones: of a million it would take 20 ms."""


@dataclass
class Statistics:
    """Of all elements of an array; min, max, mean and std of the finite ones.

    Attributes:
        norm: √Σx².
        zeros, nans, infinities: how many elements.
        dead: how many places along the last axis are 0 for all rows; None for arrays with fewer than two axes.
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
    """The `Statistics` of an array of numbers or booleans; None of others and of empty arrays."""
    if array.dtype.kind not in "fiub" or array.size == 0:
        return None
    x = array if array.dtype.kind == "f" and array.dtype.itemsize >= 4 else array.astype(np.float64)
    dead = int((~x.any(axis=tuple(range(x.ndim - 1)))).sum()) if x.ndim > 1 else None
    finite = np.isfinite(x)
    counts = {"zeros": int(x.size - np.count_nonzero(x)), "nans": 0, "infinities": 0, "dead": dead}
    if not finite.all():
        counts["nans"] = int(np.isnan(x).sum())
        counts["infinities"] = int(np.isinf(x).sum())
        x = x[finite]
        if not x.size:
            return Statistics(**counts)
    low, high = float(x.min()), float(x.max())
    return Statistics(
        min=low,
        max=high,
        mean=float(x.mean(dtype=np.float64)),
        std=float(x.std(dtype=np.float64)),
        norm=float(np.sqrt(np.sum(np.square(x, dtype=np.float64)))),
        histogram=_histogram(x, low, high),
        **counts,
    )


def _histogram(x, low, high):
    flat = x.reshape(-1)
    flat = flat[:: -(-flat.size // MANY)].astype(np.float64)
    if not high > low or not np.isfinite(float(high) - float(low)):
        return (flat.size, *[0] * (BINS - 1))
    places = np.minimum((flat - low) * (BINS / (high - low)), BINS - 1).astype(np.intp)  # of 32 bits in a browser
    return tuple(np.bincount(np.maximum(places, 0), minlength=BINS).tolist())
