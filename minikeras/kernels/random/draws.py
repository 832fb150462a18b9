"""One number after the other from a random sequence: what a rejection method needs, whose demand is not known before.

A block of a sequence gives two float64 numbers, uniform or normal. The second is handed out first, the other is kept
until a number of that kind is wanted again; so the order of the wishes decides which block serves what. TensorFlow's
order.

A rejection method holds three things between draws: the block to take next, a spare uniform and a spare normal number.
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
    """(u, block, spare): a number uniform in [0, 1), the block to take next, and the spare number or `NONE_LEFT`."""
    if not math.isnan(spare):
        return spare, block, NONE_LEFT
    w0, w1, w2, w3 = philox_block(key, stream, block)
    return unit_float64(w2, w3), block + np.uint64(1), unit_float64(w0, w1)


@subroutine
def next_normal(key, stream, block, spare):
    """(z, block, spare): a normal number, the block to take next, and the spare number or `NONE_LEFT`."""
    if not math.isnan(spare):
        return spare, block, NONE_LEFT
    w0, w1, w2, w3 = philox_block(key, stream, block)
    first, second = box_muller_float64(w0, w1, w2, w3)
    return second, block + np.uint64(1), first
