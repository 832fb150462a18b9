"""Which sources each target attends to, as booleans (batch, targets, sources)."""

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.ops.comparison import logical_and
from minikeras.ops.shaping import expand_dims


def combined_mask(targets, sources, query_mask, source_masks, attention_mask, causal=False, window=None):
    """One mask of all conditions that are given; None if there are none.

    Args:
        targets, sources: lengths.
        query_mask: (batch, targets): unmasked targets, or None.
        source_masks: masks (batch, sources) of values and keys, or None.
        attention_mask: (batch, targets, sources), or with axes of heads after the batch; or None.
        causal: whether target i attends to sources 0 … i only.
        window: if given, only to sources nearer than this.
    """
    masks = [] if attention_mask is None else [Cast("bool")(attention_mask)]
    if query_mask is not None:
        masks.append(expand_dims(Cast("bool")(query_mask), -1))
    masks += [expand_dims(Cast("bool")(mask), -2) for mask in source_masks if mask is not None]
    distance = np.arange(targets)[:, None] - np.arange(sources)[None, :]
    if causal:
        masks.append((distance >= 0)[None])
    if window is not None:
        masks.append((abs(distance) < window)[None])
    result = None
    for mask in masks:
        result = mask if result is None else logical_and(result, mask)
    return result


def with_head_axes(mask, ndim, attention_axes):
    """A mask with axes of length 1 for the heads, before those of targets and sources, up to `ndim` axes."""
    for _ in range(ndim - len(mask.shape)):
        mask = expand_dims(mask, -2 * attention_axes - 1)
    return mask
