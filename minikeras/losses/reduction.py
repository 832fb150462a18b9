"""From one loss per sample to one number: weights, masks and the reductions.

    "sum"                        Σ wᵢ·lossᵢ
    "sum_over_batch_size"        Σ wᵢ·lossᵢ / number of losses        (also called "mean")
    "mean_with_sample_weight"    Σ wᵢ·lossᵢ / Σ wᵢ
    "none" or None               the losses wᵢ·lossᵢ themselves

Note that the second does not divide by the weights: weights of 2 everywhere double the loss.
"""

import numpy as np

from minikeras import ops
from minikeras.base.suggestions import did_you_mean
from minikeras.collectives.share import current_share
from minikeras.losses.labels import squeeze_or_expand_to_same_rank
from minikeras.ops.collective import sum_over_ranks

REDUCTIONS = ("sum", "sum_over_batch_size", "mean", "mean_with_sample_weight", "none", None)
DIVIDES_BY_COUNT = ("sum_over_batch_size", "mean")


def standardize_reduction(reduction):
    """Return `reduction` if it is one of `REDUCTIONS`.

    Raises:
        ValueError: it is not.
    """
    if reduction not in REDUCTIONS:
        hint = did_you_mean(reduction, [name for name in REDUCTIONS if name])
        raise ValueError(
            f"Invalid value for argument `reduction`: it must be one of {REDUCTIONS}. "
            f"Received: reduction={reduction}.{hint}"
        )
    return reduction


def reduce_weighted_values(values, sample_weight=None, mask=None, reduction="sum_over_batch_size", dtype=None):
    """The losses `values`, weighted, masked and reduced.

    Args:
        values: losses, a Tensor of shape (batch, …).
        sample_weight: one factor per sample, per timestep, or one for all; it broadcasts against `values`.
        mask: booleans, False where a value is ignored.
        reduction: one of `REDUCTIONS`.
        dtype: that of the result.
    """
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is None and mask is None:
        return reduce_values(values, None, reduction)
    weights = None if sample_weight is None else ops.convert_to_tensor(sample_weight, dtype=values.dtype)
    if mask is not None:
        weights = apply_mask(weights, mask, values.dtype, reduction)
    values, weights = squeeze_or_expand_to_same_rank(values, weights)
    return reduce_values(_weighted(values, weights), weights, reduction)


def reduce_values(values, weights, reduction):
    """The sum or mean of weighted losses; 0 if there are none, but an empty vector stays one, as in Keras."""
    shape = values.shape
    if reduction in ("none", None) or shape in ((), (0,)):
        return values
    if 0 in shape:
        return ops.sum(values)
    if reduction in DIVIDES_BY_COUNT or (reduction == "mean_with_sample_weight" and weights is None):
        return ops.mean(values)
    total = ops.sum(values)
    share = current_share()
    if share is not None and share.rows:  # the rank's result will count share.weight, which a sum must not
        total = total * (share.total / share.rows)
    return total if reduction == "sum" else ops.divide_no_nan(total, sum_over_ranks(ops.sum(weights)))


def apply_mask(weights, mask, dtype, reduction):
    """Weights that are 0 where `mask` is False.

    Before a division by the number of losses, the mask is scaled up by n / (n kept), so that the result is the mean
    over the losses that count.
    """
    mask = ops.convert_to_tensor(mask, dtype=dtype)
    if reduction in DIVIDES_BY_COUNT:
        count, share = float(np.prod(mask.shape)), current_share()
        if share is not None:
            count *= share.total / share.computed
        mask = mask * ops.divide_no_nan(count, sum_over_ranks(ops.sum(mask)))
    if weights is None:
        return mask
    mask, weights = squeeze_or_expand_to_same_rank(mask, weights)
    return _weighted(weights, mask)


def both_masks(first, second):
    """The conjunction of two masks, either of which may be None, which masks nothing."""
    if first is None or second is None:
        return second if first is None else first
    return ops.logical_and(first, second)


def _weighted(values, weights):
    try:
        return values * weights
    except ValueError:
        raise ValueError(
            "`sample_weight` must broadcast against the losses, of which there is one per sample (and per timestep). "
            f"Received: sample_weight of shape {tuple(weights.shape)} for losses of shape {tuple(values.shape)}."
        ) from None
