"""The constraint that weights are not negative."""

from minikeras import ops
from minikeras.constraints.constraint import Constraint
from minikeras.kernels.constraint_jobs import non_negative_jobs


class NonNeg(Constraint):
    """w ← max(w, 0)."""

    def __call__(self, w):
        return ops.maximum(ops.convert_to_tensor(w), 0)

    def jobs(self, array):
        return non_negative_jobs(array.reshape(-1))
