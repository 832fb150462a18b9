"""Measures how far two numbers or arrays are from each other, relative to their size."""

import numpy as np

SMALLEST = 1e-30  # two arrays that hold only zeros and denormals do not differ


def of_numbers(a, b, scale=0.0):
    """|a − b| / max(|a|, |b|, scale). NaN on both sides is agreement; on one side the deviation is infinite."""
    if np.isnan(a) or np.isnan(b):
        return 0.0 if np.isnan(a) and np.isnan(b) else np.inf
    if a == b:
        return 0.0
    if np.isinf(a) or np.isinf(b):
        return np.inf
    return abs(a - b) / max(abs(a), abs(b), scale, SMALLEST)


def of_arrays(a, b):
    """‖a − b‖ / max(‖a‖, ‖b‖), l2 norms over all elements; infinite for other shapes or NaN on one side only."""
    return _relative(a, b, lambda x: np.sqrt(np.square(np.abs(x)).sum()))


def largest_of_arrays(a, b):
    """max |a − b| / max(|a|, |b|) over all elements: the one worst element, in units of the largest one."""
    return _relative(a, b, lambda x: np.abs(x).max(initial=0.0))


def _relative(a, b, size):
    if a is None or b is None or a.shape != b.shape:
        return np.inf
    a, b = (np.asarray(x, dtype=np.complex128 if x.dtype.kind == "c" else np.float64) for x in (a, b))
    nan = np.isnan(a)
    if (nan != np.isnan(b)).any():
        return np.inf
    a, b = a[~nan], b[~nan]
    if np.array_equal(a, b):
        return 0.0
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    return float(size(a - b) / max(size(a), size(b), SMALLEST))


def of_digests(a, b):
    """The deviation of two arrays from their digests [norm, projections…] (see `observer/arrays.py`)."""
    a, b = np.asarray(a), np.asarray(b)
    if np.isnan(a).any() or np.isnan(b).any():
        return 0.0 if np.isnan(a).any() and np.isnan(b).any() else np.inf
    difference = np.sqrt(np.square(a[1:] - b[1:]).mean())
    return float(difference / max(a[0], b[0], SMALLEST))
