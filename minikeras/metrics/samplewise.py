"""Reduction of values of any shape to one value and one weight per sample, shared by all mean metrics."""

import numpy as np

from minikeras.autodiff.tensor import as_array, cast_array
from minikeras.losses.labels import squeeze_or_expand_to_same_rank


def samplewise(values, sample_weight, mask, dtype, reduce):
    """Values weighted and reduced to one per sample, and one weight per sample (None if there are none).

    Args:
        values: array or Tensor of shape (batch, …).
        sample_weight: None, or weights of shape (), (batch,) or (batch, …).
        mask: None, or booleans that are combined with the weights. Without weights it has no effect, as in Keras.
        dtype: of the results.
        reduce: `np.mean` or `np.sum`, over all axes but the first.
    """
    values = cast_array(values, dtype, "`values`")
    if sample_weight is None:
        return _over_axes_from(1, values, reduce), None
    weights = cast_array(sample_weight, dtype, "`sample_weight`")
    if not (values.ndim or weights.ndim or mask is not None):  # the mean loss of a batch, and its size
        values, weights = values[()], weights[()]  # scalars multiply in a quarter of the time of 0-d arrays
        return values * weights, weights
    if mask is not None:
        weights = masked_weights(weights, mask)
    values, weights = squeeze_or_expand_to_same_rank(values, weights)
    values = _over_axes_from(weights.ndim, values, reduce)
    if weights.shape != values.shape:
        weights = broadcast_weights(weights, values.shape)
    return _over_axes_from(1, values * weights, reduce), _over_axes_from(1, weights, reduce)


def masked_weights(weights, mask):
    """Weights (1 if None) that are 0 where `mask` is False."""
    mask = as_array(mask)
    if weights is None:
        return mask.astype("float32")
    weights = as_array(weights)
    mask, weights = squeeze_or_expand_to_same_rank(mask, weights)
    try:
        return weights * mask.astype(weights.dtype)
    except ValueError:
        raise ValueError(
            "`sample_weight` must broadcast against the mask of the predictions. "
            f"Received: sample_weight of shape {weights.shape}, mask of shape {mask.shape}."
        ) from None


def _over_axes_from(first, array, reduce):
    return reduce(array, axis=tuple(range(first, array.ndim))) if array.ndim > first else array


def broadcast_weights(weights, shape):
    """Weights broadcast to the shape of the values.

    Raises:
        ValueError: they do not broadcast to it.
    """
    try:
        return np.broadcast_to(weights, shape)
    except ValueError:
        raise ValueError(
            "`sample_weight` must be one weight per sample, or of a shape that broadcasts to the metric's values. "
            f"Received: sample_weight of shape {weights.shape} for values of shape {shape}."
        ) from None
