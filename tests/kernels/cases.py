"""Arguments on which every kernel is compared with its reference: name → case, for `test_oracle.py`.

A case makes arguments in float64 from a random generator; the test casts the float arrays. `small` cases also run as
plain Python, with the JIT disabled. Kernels of `minikeras.kernels.random` have their own test.
"""

import numpy as np

from tests.kernels.update_rules import COMPILED

# Error allowed in units of the dtype's epsilon, relative to the largest value of the array compared.
EXACT = 0  # the same IEEE operations in the same order


class Case:
    """`make(rng)` → the arguments; `tolerance` in epsilons; `small` when it is quick in plain Python."""

    def __init__(self, make, tolerance, small=True):
        self.make, self.tolerance, self.small = make, tolerance, small


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


CASES = {rule.kernel.name: _optimizer(rule) for rule in COMPILED}
