"""Describe an array in one line: dtype, shape, smallest and largest value, NaN and infinity."""

import numpy as np


def value_range(array):
    """For example "float32 (32, 10), 0 … 3.1, mean 0.4" or "float32 (2,), 1 … 2, 1 NaN"."""
    array = np.asarray(array)
    kind = f"{array.dtype} {array.shape}"
    if array.dtype.kind not in "fiub" or not array.size:
        return kind
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    words = [kind]
    if finite.size:
        low, high = finite.min(), finite.max()
        mean = finite.mean(dtype=np.float64)
        words.append(short(low) if low == high else f"{short(low)} … {short(high)}, mean {short(mean)}")
    if finite.size < array.size:
        infinite = int(np.isinf(array).sum())
        words += [f"{n} {word}" for n, word in ((array.size - finite.size - infinite, "NaN"), (infinite, "Inf")) if n]
    return ", ".join(words)


def short(number):
    """A number in at most four digits."""
    return f"{float(number):.4g}"


def not_finite(array):
    """What an array of floats holds besides finite values: "NaN", "Inf", "Inf and NaN", or "" for nothing."""
    if array.dtype.kind not in "fcV" or np.isfinite(array).all():
        return ""
    words = [word for word, test in (("Inf", np.isinf), ("NaN", np.isnan)) if test(array).any()]
    return " and ".join(words)


def is_bad(array):
    """Whether an array of floats (or a number) holds NaN or infinity."""
    return array is not None and bool(not_finite(np.asarray(array)))


def has_nan(array):
    """Whether an array of floats (or a number) holds NaN."""
    array = np.asarray(array)
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


def largest(array):
    """The largest finite absolute value; 0 if there is none."""
    array = np.asarray(array)
    if array.dtype.kind not in "fiub" or not array.size:
        return 0.0
    values = np.abs(array.astype(np.float64))
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else 0.0
