"""`Workload`: something to time, defined once for both backends in terms of the given `keras` module."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

FLOAT = 4  # bytes of a float32

# float32 sums in another order, relative to the norm of the result; a convolution over 576 terms differs by 2e-6.
SAME_RESULT = 1e-4
# Losses after twenty steps: the roundings of all of them have added up.
SAME_LOSS = 1e-3


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    Attributes:
        name: the operation, with its shapes. Unique.
        family: "networks", "convolution", …
        make: function of a `Side` (see `side.py`) that prepares the work and returns the function to time;
            that takes no arguments and returns the result (nested tensors, arrays or numbers).
        operations: floating-point operations of one call; 0 where `make` tells the side, or where only bytes count.
        bytes: that must be read and written at least once, or None where not counted.
        tolerance: how far the results of the sides may be apart, relative to their norm.
        needs: names of layers without which a backend cannot do it.
        unit: "seconds" for work that is timed; "bytes" for work that returns (result, bytes) itself.
        warm_up: calls before it is timed, which trace, compile, and fill caches.
        rounds: the fewest.
    """

    name: str
    family: str
    make: Callable
    operations: float = 0.0
    bytes: float | None = None
    tolerance: float = SAME_RESULT
    needs: tuple = ()
    unit: str = "seconds"
    warm_up: int = 3
    rounds: int = 5


def normal(*shapes):
    """Standard normal float32 arrays, the same on both sides."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def bytes_of(*shapes):
    """Bytes of float32 arrays of these shapes, together."""
    return FLOAT * sum(math.prod(shape) for shape in shapes)
