"""The processor's features that kernels use: the width and number of its vector registers.

LLVM detects them. `NUMBA_CPU_NAME`, `NUMBA_CPU_FEATURES` and `NUMBA_ENABLE_AVX` in the environment override them as
they do for Numba, so that both compilers choose the same instructions.
"""

import os
import platform
from functools import cache

VECTOR_LANES = 16  # float32 values in a vector of `simd.py`, on every processor


@cache
def target():
    """(name of the processor, its instruction sets in LLVM's spelling, such as "+avx2,-avx512f") to compile for."""
    from minikeras.kernels.machine.llvm import binding  # here: importing it takes 50 ms

    name, wanted = (os.environ.get(f"NUMBA_CPU_{part}") for part in ("NAME", "FEATURES"))
    if wanted is None and (name or "").lower() == "generic":
        wanted = ""
    if wanted is None:
        found = binding.get_host_cpu_features()
        if os.environ.get("NUMBA_ENABLE_AVX") == "0":
            found.update({feature: False for feature in found if feature.startswith("avx")})
        wanted = found.flatten()
    return name or binding.get_host_cpu_name(), wanted


@cache
def features():
    """The names of the instruction sets that compiled code may use, such as {"avx2", "fma"}."""
    return frozenset(name[1:] for name in target()[1].split(",") if name.startswith("+"))


def depthwise_outputs():
    """How many outputs of a depthwise convolution are summed at a time.

    Each needs an accumulator of as many registers as hold 16 lanes.
    """
    return 12 if "avx512f" in features() else 8


def block_shape():
    """(rows, vectors) of the largest block of a matrix that the registers hold in addition to the operands.

    A block needs rows · vectors accumulators, and a register for each of `vectors` columns and for one element; each
    takes as many registers as hold 16 lanes.
    """
    if "avx512f" in features():
        return 14, 2  # 32 registers of 16 lanes: 28 accumulators, 2 columns
    if platform.machine().lower() in ("arm64", "aarch64"):
        return 6, 1  # 32 registers of 4 lanes: 24 accumulators, 4 columns
    if "avx" in features():
        return 6, 1  # 16 registers of 8 lanes: 12 accumulators, 2 columns
    return 2, 1  # 16 registers of 4 lanes: 8 accumulators, 4 columns


def wide_block_shape():
    """(rows, vectors) of a block with fewer rows and more columns, which loads less for each addition.

    Each element of A is loaded once for three vectors. The share of its peak that one core of an Ice Lake reaches, with
    all operands in registers or the first-level cache: 0.99 in blocks of 5 to 9 × 48, 0.96 in 14 × 32, 0.88 in 8 × 32.
    Beyond one load per cycle, each costs time.
    """
    return (9, 3) if "avx512f" in features() else block_shape()


def has_byte_products():
    """Whether one instruction adds four products of bytes in each lane of a vector of 16 sums: x86's VPDPBUSD."""
    return {"avx512f", "avx512vnni"} <= features()


def byte_block_rows():
    """The rows of the largest block of a product of bytes, 32 columns wide, that the registers hold."""
    return 14 if has_byte_products() else 6 if "avx512f" in features() else 2


def has_checksums():
    """Whether one instruction divides eight bytes for a CRC-32C: x86's CRC32, ARM's CRC32CX."""
    return bool({"sse4.2", "crc"} & features())
