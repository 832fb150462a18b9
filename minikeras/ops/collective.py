"""Sums over the ranks that share a step, as ops, for results other than means over a rank's own rows."""

import numpy as np

from minikeras.autodiff.effects import effect
from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor
from minikeras.collectives.share import current_share, state


def sum_over_ranks(x):
    """Σ over ranks of x, without a gradient; x itself where one process trains. A rank without rows adds nothing."""
    share = current_share()
    return x if share is None else Tensor(effect(_sum, x, share))


def _sum(x, share):
    return state.group.all_sum([x.array], 1.0 if share.rows else 0.0)[0]


class MeanOverRanks(Op):
    """y = Σ over ranks of weight · x, where weight = rows of the rank / rows of the batch;   dx = the same of dy.

    By the rule of `collectives/share.py` a rank's gradient will count its weight. The derivative of the whole loss by
    this rank's x is weight · Σ over ranks of their weights · dy, so without the first factor it is this.
    """

    def __init__(self, weight):
        self.weight = weight

    def forward(self, x):
        return state.group.all_sum([x], self.weight)[0]

    def backward(self, call, dy):
        return (MeanOverRanks(self.weight).of(dy),)

    def output_shape(self, x):
        return x


def mean_over_ranks(x):
    """The mean over all rows of the batch, if x is that over the rank's rows; x itself where one process trains."""
    share = current_share()
    return x if share is None else MeanOverRanks(np.float32(share.weight).item())(x)
