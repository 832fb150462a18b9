"""Single draws from a random sequence, for rejection methods, which need an unknown number of them.

A block of a sequence gives two float64 values, uniform or normal. The second is returned first, the other is kept for
the next draw of that kind; so the order of draws determines the use of blocks, as in TensorFlow.

The state of a rejection method between draws: the next block, a spare uniform and a spare normal number.
"""

import math

import numpy as np

from minikeras.kernels.random.normal import box_muller_float64, unit_float64
from minikeras.kernels.random.philox import philox_block
from minikeras.kernels.registry import subroutine

NONE_LEFT = math.nan
OUTPUTS = 1 << 10  # of a task
WORTH_COMPILING = 32  # outputs of a call


@subroutine
def next_uniform(key, stream, block, spare):
    """(u, block, spare): a uniform number in [0, 1), the next block, and the spare number or `NONE_LEFT`."""
    if not math.isnan(spare):
        return spare, block, NONE_LEFT
    w0, w1, w2, w3 = philox_block(key, stream, block)
    return unit_float64(w2, w3), block + np.uint64(1), unit_float64(w0, w1)


@subroutine
def next_normal(key, stream, block, spare):
    """(z, block, spare): a normal number, the next block, and the spare number or `NONE_LEFT`."""
    if not math.isnan(spare):
        return spare, block, NONE_LEFT
    w0, w1, w2, w3 = philox_block(key, stream, block)
    first, second = box_muller_float64(w0, w1, w2, w3)
    return second, block + np.uint64(1), first
