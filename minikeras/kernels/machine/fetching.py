"""Fetches memory into the second-level cache, while other instructions compute."""

from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol


def write_fetch(builder, arguments, writes):
    """A prefetch of every 16 elements, of a cache line on most processors."""
    start, elements = arguments
    v = Vectors(builder)
    with v.loop(builder.ashr(builder.add(elements, v.integer(LANES - 1)), v.integer(4))) as line:
        v.prefetch(v.address(start, builder.shl(line, v.integer(4))), level=2, writes=writes)


fetch = Symbol("fetch", 2, 0, lambda builder, arguments: write_fetch(builder, arguments, False), __file__)
fetch_to_write = Symbol(
    "fetch_to_write", 2, 0, lambda builder, arguments: write_fetch(builder, arguments, True), __file__
)
