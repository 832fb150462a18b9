"""Ops that round float32 arrays to the values of half precision, which plans use in place of casts.

`plans/half_precision.py` explains why. No user calls them, and no tape records them.
"""

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.lowering import ByFormula
from minikeras.kernels.rounding_formulas import round_to_bfloat16_chunks, round_to_float16_chunks

HALF = {"bfloat16", "float16"}


class Rounded(Elementwise):
    """Base: y = the values of half precision that are nearest to x, as float32."""

    keeps = ()
    dtype = None

    def forward(self, x):
        with np.errstate(all="ignore"):
            return np.asarray(x, self.dtype).astype(np.float32)


class RoundedToBfloat16(Rounded):
    """y = x rounded to bfloat16."""

    dtype = "bfloat16"
    lowering = ByFormula(round_to_bfloat16_chunks)


class RoundedToFloat16(Rounded):
    """y = x rounded to float16."""

    dtype = "float16"
    lowering = ByFormula(round_to_float16_chunks)


def rounding_to(dtype):
    """The op that rounds to "bfloat16" or "float16"."""
    return RoundedToBfloat16() if dtype == "bfloat16" else RoundedToFloat16()


def casting_to(dtype):
    """The op that casts to a dtype."""
    return Cast(dtype)
