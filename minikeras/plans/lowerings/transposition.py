"""Transpositions of images to channels last or channels first, as jobs."""

from minikeras.autodiff.shapes import Transpose
from minikeras.kernels.transposition import as_stack, transposition_jobs
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers
from minikeras.plans.simplify import reordered


@lowers((Compute, Transpose), (Gradient, Transpose))
def transposition(instruction, slots):
    """Every matrix of a stack transposed. Other orders of axes, and single matrices, stay views."""
    source, target, axes = reordered(instruction, slots)
    stack = as_stack(slots[source].shape, axes) if len(axes) >= 4 else None
    if stack is None or not all_float32(slots, (source, target)):
        return None

    def jobs(arrays):
        count, rows, columns = stack
        return transposition_jobs(arrays[source].reshape(stack), arrays[target].reshape(count, columns, rows))

    return Lowering(jobs, (source,), (target,))
