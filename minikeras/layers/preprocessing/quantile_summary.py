"""Boundaries of bins with equally many values, from a summary of data that is read once, batch by batch.

A summary is a (2, n) float32 array: values in ascending order, and how many values of the data each represents.
"""

import numpy as np

EMPTY = np.zeros((2, 0), np.float32)


def summarized(values, epsilon):
    """The summary of an array: about 1/epsilon of its quantiles."""
    values = np.sort(np.ravel(values))
    step = max(values.size / (1.0 / epsilon), 1)
    quantiles = values[int(step - 1) :: int(step)]
    return np.stack([quantiles, np.full_like(quantiles, step)])


def merged(summary, other, epsilon):
    """Merge two summaries."""
    both = np.concatenate([summary, other], axis=1)
    return _compressed(both[:, np.argsort(both[0])], epsilon)


def boundaries(summary, num_bins):
    """The num_bins − 1 values that divide the data into bins of equally many values."""
    return _compressed(summary, 1.0 / num_bins)[0, :-1]


def _compressed(summary, epsilon):
    """At most 1/epsilon quantiles of a summary, interpolated linearly between its own."""
    if summary.shape[1] * epsilon < 1:
        return summary
    values, weights = summary
    totals = weights.cumsum()
    shares, wanted = totals / totals[-1], epsilon + np.arange(0.0, 1.0, epsilon)
    new_totals = np.interp(wanted, shares, totals)
    return np.stack([np.interp(wanted, shares, values), np.diff(new_totals, prepend=0)]).astype(np.float32)
