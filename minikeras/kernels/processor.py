"""What the processor offers to kernels: how wide its vector registers are and how many it has.

Read from Numba's own choice, so that `NUMBA_CPU_NAME` and `NUMBA_CPU_FEATURES` in the environment count too.
"""

import os
import platform
from functools import cache

VECTOR_LANES = 16  # float32 numbers in a vector of `simd.py`, on every processor


@cache
def features():
    """The names of the instruction sets that compiled code may use, such as {"avx2", "fma"}."""
    wanted = os.environ.get("NUMBA_CPU_FEATURES")
    if wanted is not None:
        return frozenset(name[1:] for name in wanted.split(",") if name.startswith("+"))
    if os.environ.get("NUMBA_CPU_NAME", "").lower() == "generic":
        return frozenset()
    from llvmlite import binding  # here: importing it takes 50 ms

    found = frozenset(name for name, present in binding.get_host_cpu_features().items() if present)
    if os.environ.get("NUMBA_ENABLE_AVX") == "0":
        return frozenset(name for name in found if not name.startswith("avx"))
    return found


def block_shape():
    """(rows, vectors) of the largest block of a matrix that the registers hold beside the operands.

    A block needs rows · vectors accumulators, and a register for each of `vectors` columns and for one number; times as
    many registers as it takes to hold 16 lanes.
    """
    if "avx512f" in features():
        return 14, 2  # 32 registers of 16 lanes: 28 accumulators, 2 columns
    if platform.machine().lower() in ("arm64", "aarch64"):
        return 6, 1  # 32 registers of 4 lanes: 24 accumulators, 4 columns
    if "avx" in features():
        return 6, 1  # 16 registers of 8 lanes: 12 accumulators, 2 columns
    return 2, 1  # 16 registers of 4 lanes: 8 accumulators, 4 columns
