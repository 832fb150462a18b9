"""Combines rows of a table by sparse ids: sums, means, sums divided by a norm of the weights."""

import numpy as np

from minikeras import ops

COMBINERS = ("mean", "sqrtn", "sum")


def combined_rows(rows, segments, weights, combiner):
    """y[s] = Σ wᵢ rowᵢ over the i with segments[i] = s, divided by Σ wᵢ ("mean") or √Σ wᵢ² ("sqrtn").

    Raises:
        ValueError: an unknown combiner.
    """
    if combiner not in COMBINERS:
        raise ValueError(f"`combiner` must be one of {COMBINERS}. Received: combiner={combiner!r}")
    count = int(segments[-1]) + 1 if len(segments) else 0
    weights = ops.ones((len(segments),), rows.dtype) if weights is None else ops.cast(weights, rows.dtype)
    weights = ops.reshape(weights, (-1, *[1] * (len(rows.shape) - 1)))
    total = ops.segment_sum(rows * weights, segments, count)
    if combiner == "sum":
        return total
    if combiner == "mean":
        return total / ops.segment_sum(weights, segments, count)
    return total / ops.sqrt(ops.segment_sum(weights * weights, segments, count))


def valid_ids(ids, weights):
    """A boolean array: true for ids that are not negative and have a positive weight."""
    valid = ids.array >= 0
    return valid if weights is None else np.logical_and(valid, weights.array > 0)
