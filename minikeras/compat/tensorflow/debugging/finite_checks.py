"""Checks for NaN and infinity: of one array, or of everything that is computed from now on."""

__replay__ = "engine"

import numpy as np

from minikeras.autodiff.indexed_slices import dense
from minikeras.autodiff.observers import Observer, start, stop
from minikeras.autodiff.tensor import as_array
from minikeras.autodiff.value_ranges import not_finite
from minikeras.base.errors import InvalidArgumentError


class FiniteChecks(Observer):
    """Checks the results of every operation, and every gradient."""

    uses_ops = False

    def op_called(self, op, inputs, outputs):
        """Raise if an output is not finite."""
        for place, y in enumerate(outputs):
            self._check(y.array, "output", place, f'operation "{type(op).__name__}"', inputs)

    def gradient_ended(self, call, dys, dxs):
        """Raise if a gradient is not finite."""
        for place, dx in enumerate(dxs or ()):
            if dx is not None:
                self._check(as_array(dense(dx)), "gradient", place, f'operation "{type(call.op).__name__}"', dys)

    def _check(self, array, what, place, name, inputs):
        found = not_finite(array)
        if found:
            shapes = [tuple(np.shape(x)) for x in inputs]
            raise InvalidArgumentError(
                None,
                None,
                f"Detected {found} in {what} {place} of {name}, of shape {array.shape}; its inputs have the shapes "
                f"{shapes}. (`disable_check_numerics` ends these checks.)",
            )


_checks = FiniteChecks()


def enable_check_numerics():
    """Make every operation and gradient of this thread raise an error if its result contains NaN or infinity.

    It is an InvalidArgumentError that names the operation. Every step runs op by op.
    """
    disable_check_numerics()
    start(_checks, eagerly=True)


def disable_check_numerics():
    """End the checks that `enable_check_numerics` began."""
    stop(_checks)
