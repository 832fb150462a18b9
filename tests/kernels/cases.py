"""Arguments on which every kernel is compared with its reference: name → case, for `test_oracle.py`.

A case makes arguments in float64 from a random generator; the test casts the float arrays. `small` cases also run as
plain Python, with the JIT disabled. Kernels of `minikeras.kernels.random` have their own test.
"""

import numpy as np

from tests.kernels.update_rules import COMPILED

# Error allowed in units of the dtype's epsilon, relative to the largest value of the array compared.
EXACT = 0  # the same IEEE operations in the same order
SUMMED = 64  # sums of up to a few thousand terms in another order
APPROXIMATED = 16  # our exp or erf, right to 1.5 units in the last place, against the library's, right to 2.5


class Case:
    """`make(rng)` → the arguments; `tolerance` in epsilons; `small` when it is quick in plain Python."""

    def __init__(self, make, tolerance, small=True):
        self.make, self.tolerance, self.small = make, tolerance, small


def _normal(*shapes, scale=1.0):
    return lambda rng: tuple(rng.normal(size=shape) * scale for shape in shapes)


def _rows_added(rows, width, count):
    def make(rng):
        return rng.normal(size=(rows, width)), rng.integers(-rows, rows, size=count), rng.normal(size=(count, width))

    return Case(make, SUMMED)


def _optimizer(rule):
    """variable, gradient and slots from 0 to 1, the first from 1 to 2, then scalars from 0.1 to 0.5."""

    def make(size):
        def arguments(rng):
            arrays = [rng.normal(size=size), rng.normal(size=size), *(rng.random(size) for _ in range(rule.slots))]
            if rule.slots:
                arrays[2] += 1  # above the square of the second slot: the difference is a variance
            return (*arrays, *map(np.float64, rng.uniform(0.1, 0.5, len(rule.scalars))))

        return Case(arguments, EXACT)

    return [make(size) for size in (0, 1, 7, 1000)]


def _message(size):
    return Case(lambda rng: (rng.integers(0, 256, size).astype(np.uint8),), EXACT)


CASES = {
    "crc32c": [_message(size) for size in (0, 9, 3000)],
    "add_rows": [_rows_added(5, 3, 20), _rows_added(5, 1, 0), _rows_added(100, 16, 64)],
    "erf_float64": [Case(_normal(shape, scale=3), APPROXIMATED) for shape in ((0,), (5,), (3, 4), (2, 3, 50))],
    **{rule.kernel.name: _optimizer(rule) for rule in COMPILED},
}
