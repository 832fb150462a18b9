"""Reordered axes as jobs: each matrix of a stack transposed tile by tile, other orders copied line by line."""

from minikeras.autodiff.shapes import Transpose
from minikeras.kernels.transposition import as_stack, transposition_jobs
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers
from minikeras.plans.lowerings.moving import transposed
from minikeras.plans.simplify import reordered


@lowers((Compute, Transpose), (Gradient, Transpose))
def transposition(instruction, buffers):
    """The elements in another order of axes."""
    source, target, axes = reordered(instruction, buffers)
    stack = as_stack(buffers[source].shape, axes) if len(axes) >= 4 else None
    if stack is None or not all_float32(buffers, (source, target)):
        return transposed(buffers, source, target, axes)

    def jobs(arrays):
        count, rows, columns = stack
        return transposition_jobs(arrays[source].reshape(stack), arrays[target].reshape(count, columns, rows))

    return Lowering(jobs, (source,), (target,))
