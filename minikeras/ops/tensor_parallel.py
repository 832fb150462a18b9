"""Ops between ranks that hold parts of one layer's weights (`keras.distribution.ModelParallel`).

The ranks compute on the same batch, so tensors that are whole on all (inputs, outputs, their gradients) are equal.
With n ranks, of which rank r has part r:

    CopyToParts      y = x on every rank                     dx = Σ over ranks of their dy
    GatherParts      y = the ranks' x, joined along an axis  dx = this rank's part of dy
    OwnPart          y = this rank's part of x               dx = the ranks' dy, joined
    SumParts         y = Σ over ranks of their x             dx = dy

A product with a kernel that is split along its output axis is  GatherParts(CopyToParts(x) @ part),  one along its input
axis  SumParts(OwnPart(x) @ part).  Source: Shoeybi et al., "Megatron-LM" (2019), section 3.
"""

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.collectives.strategy import current_strategy


class CopyToParts(Op):
    """y = x;   dx = Σ over ranks of dy."""

    def forward(self, x):
        return np.array(x)

    def backward(self, call, dy):
        return (SumParts().of(dy),)

    def output_shape(self, x):
        return x


class SumParts(Op):
    """y = Σ over ranks of x;   dx = dy."""

    def forward(self, x):
        return _sum(x)

    def backward(self, call, dy):
        return (CopyToParts().of(dy),)

    def output_shape(self, x):
        return x


class GatherParts(Op):
    """y = the ranks' x, joined along `axis`;   dx = this rank's part of dy."""

    def __init__(self, axis):
        self.axis = axis

    def forward(self, x):
        return _join(x, self.axis)

    def backward(self, call, dy):
        return (OwnPart(self.axis).of(dy),)

    def output_shape(self, x):
        return (*x[: self.axis], x[self.axis] * _group().size, *x[self.axis + 1 :])


class OwnPart(Op):
    """y = this rank's part of x along `axis`;   dx = the ranks' dy, joined."""

    def __init__(self, axis):
        self.axis = axis

    def forward(self, x):
        return _own(x, self.axis)

    def backward(self, call, dy):
        return (GatherParts(self.axis).of(dy),)

    def output_shape(self, x):
        return (*x[: self.axis], x[self.axis] // _group().size, *x[self.axis + 1 :])


def _group():
    return current_strategy().model_group


def _sum(x):
    return _group().all_sum([np.ascontiguousarray(x)])[0]


def _join(x, axis):
    return np.concatenate(_group().all_gather(x), axis)


def _own(x, axis):
    group = _group()
    length = x.shape[axis] // group.size
    index = [slice(None)] * x.ndim
    index[axis] = slice(group.rank * length, (group.rank + 1) * length)
    return np.ascontiguousarray(x[tuple(index)])
