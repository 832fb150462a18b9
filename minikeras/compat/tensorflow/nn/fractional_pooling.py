"""`tf.nn.fractional_max_pool` and `fractional_avg_pool`: pooling over random regions of unequal size.

Implementation: `minikeras/ops/fractional_pooling.py` and `minikeras/random/pooling_regions.py`.
"""

from typing import NamedTuple

from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.ops.fractional_pooling import max_of_regions, mean_of_regions
from minikeras.random.pooling_regions import pooling_regions, shortened

__all__ = ["fractional_avg_pool", "fractional_max_pool"]


class FractionalMaxPool(NamedTuple):
    """The result, and where the regions begin along the rows and columns, with the end; int64."""

    output: Tensor
    row_pooling_sequence: Tensor
    col_pooling_sequence: Tensor


class FractionalAvgPool(NamedTuple):
    """As `FractionalMaxPool`."""

    output: Tensor
    row_pooling_sequence: Tensor
    col_pooling_sequence: Tensor


def fractional_max_pool(value, pooling_ratio, pseudo_random=False, overlapping=False, seed=0, name=None):
    """The largest element of each of random regions, whose sizes differ by one at most.

    Args:
        value: (batch, height, width, channels).
        pooling_ratio: how many times fewer rows and columns the result has: a number ≥ 1, or [1, rows, columns, 1].
        pseudo_random: equally spaced regions with a random offset, in place of shuffled lengths.
        overlapping: whether regions share their borders.
        seed: 0 draws from the system, with a global seed too; with another, all calls have the same regions.

    Returns:
        (output, row_pooling_sequence, col_pooling_sequence).
    """
    return FractionalMaxPool(*_pooled(max_of_regions, value, pooling_ratio, pseudo_random, overlapping, seed))


def fractional_avg_pool(value, pooling_ratio, pseudo_random=False, overlapping=False, seed=0, name=None):
    """The mean of each of random regions; arguments and results as in `fractional_max_pool`."""
    return FractionalAvgPool(*_pooled(mean_of_regions, value, pooling_ratio, pseudo_random, overlapping, seed))


def _pooled(function, value, pooling_ratio, pseudo_random, overlapping, seed):
    value = tensor(value)
    ratios = _ratios(pooling_ratio)
    lengths = tuple(value.shape)[1:3]
    cuts = pooling_regions(lengths, shortened(lengths, ratios), seed, pseudo_random)
    return function(value, *cuts, overlapping), *map(Tensor, cuts)


def _ratios(pooling_ratio):
    """The ratios of rows and columns.

    Raises:
        ValueError: one is below 1, or those of batch and channels are not 1.
    """
    if isinstance(pooling_ratio, (int, float)):
        ratios = [pooling_ratio] * 2
    elif isinstance(pooling_ratio, (list, tuple)) and pooling_ratio[0] == pooling_ratio[-1] == 1:
        ratios = {1: [1.0, 1.0], 2: pooling_ratio, 4: pooling_ratio[1:3]}.get(len(pooling_ratio))
    else:
        ratios = None
    if ratios is None or min(ratios) < 1:
        raise ValueError(
            "`pooling_ratio` must be a number of at least 1, or [1.0, rows, columns, 1.0]. Received: "
            f"pooling_ratio={pooling_ratio}"
        )
    return ratios
