"""Reductions over segments: rows with the same segment ID are reduced to one row."""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.ops import segments

__all__ = [
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
]


def segment_sum(data, segment_ids, name=None):
    """Σ of the rows with the same segment ID in `segment_ids`, which must ascend."""
    return ops.segment_sum(tensor(data), tensor(segment_ids), sorted=True)


def segment_prod(data, segment_ids, name=None):
    """Π of the rows with the same segment ID in `segment_ids`, which must ascend; 1 for an absent ID."""
    return ops.segment_prod(tensor(data), tensor(segment_ids), sorted=True)


def segment_max(data, segment_ids, name=None):
    """The largest of the rows with the same segment ID; 0 for an absent ID."""
    return ops.segment_max(tensor(data), tensor(segment_ids), sorted=True)


def segment_min(data, segment_ids, name=None):
    """The smallest of the rows with the same segment ID; 0 for an absent ID."""
    return ops.segment_min(tensor(data), tensor(segment_ids), sorted=True)


def segment_mean(data, segment_ids, name=None):
    """The mean of the rows with the same segment ID; 0 for an absent ID."""
    return segments.segment_mean(tensor(data), tensor(segment_ids))


def unsorted_segment_sum(data, segment_ids, num_segments, name=None):
    """Σ of the rows (or elements) with the same ID in `segment_ids`; a row with a negative ID is skipped.

    Args:
        segment_ids: of the shape of the first axes of `data`.
        num_segments: rows of the result; those whose ID is absent are 0.
    """
    return segments.of_rows(ops.segment_sum, tensor(data), tensor(segment_ids), integers(num_segments))


def unsorted_segment_prod(data, segment_ids, num_segments, name=None):
    """Π of the rows with the same segment ID; 1 where an ID is absent."""
    return segments.of_rows(ops.segment_prod, tensor(data), tensor(segment_ids), integers(num_segments))


def unsorted_segment_max(data, segment_ids, num_segments, name=None):
    """The largest of the rows with the same segment ID; the lowest of the dtype where an ID is absent."""
    return segments.of_rows(ops.segment_max, tensor(data), tensor(segment_ids), integers(num_segments))


def unsorted_segment_min(data, segment_ids, num_segments, name=None):
    """The smallest of the rows with the same segment ID; the dtype's highest value for an absent ID."""
    return segments.of_rows(ops.segment_min, tensor(data), tensor(segment_ids), integers(num_segments))


def unsorted_segment_mean(data, segment_ids, num_segments, name=None):
    """The mean of the rows with the same segment ID; 0 where an ID is absent."""
    return segments.segment_mean(tensor(data), tensor(segment_ids), integers(num_segments))


def unsorted_segment_sqrt_n(data, segment_ids, num_segments, name=None):
    """Σ of the rows with the same segment ID, divided by the square root of their number."""
    return segments.segment_sqrt_n(tensor(data), tensor(segment_ids), integers(num_segments))
