"""Jobs for arithmetic. Each function takes its operands, vectors or numbers, and then the vector of the result."""

from minikeras.autodiff.elementwise_lowering import ByJobs, of_vectors
from minikeras.kernels.elementwise_jobs import (
    add_jobs,
    divide_by_jobs,
    divide_chunks,
    divisor_gradient_chunks,
    multiply_chunks,
    negative_chunks,
    scale_jobs,
    subtract_chunks,
)


def sum_jobs(a, b, y):
    """y = a + b."""
    if type(b) is float:
        return scale_jobs(a, 1.0, b, y)
    return scale_jobs(b, 1.0, a, y) if type(a) is float else add_jobs(a, b, y)


def difference_jobs(a, b, y):
    """y = a − b."""
    if type(b) is float:
        return scale_jobs(a, 1.0, -b, y)
    return scale_jobs(b, -1.0, a, y) if type(a) is float else subtract_chunks.jobs(a, b, y)


def product_jobs(a, b, y):
    """y = a · b."""
    if type(b) is float:
        return scale_jobs(a, b, 0.0, y)
    return scale_jobs(b, a, 0.0, y) if type(a) is float else multiply_chunks.jobs(a, b, y)


def quotient_jobs(a, b, y):
    """y = a / b."""
    return divide_by_jobs(a, b, y) if type(b) is float else of_vectors(divide_chunks.jobs)(a, b, y)


SUM = ByJobs(sum_jobs)
DIFFERENCE = ByJobs(difference_jobs, None, negative_chunks.jobs)  # the first gradient is not needed, or dy itself
PRODUCT = ByJobs(
    product_jobs, lambda dy, a, b, da: product_jobs(dy, b, da), lambda dy, a, b, db: product_jobs(dy, a, db)
)
QUOTIENT = ByJobs(
    quotient_jobs, lambda dy, a, b, da: quotient_jobs(dy, b, da), of_vectors(divisor_gradient_chunks.jobs)
)
