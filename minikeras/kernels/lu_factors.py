"""P L U factors of square matrices, by Gaussian elimination with partial pivoting.

Two forms: the reference in NumPy, and for float32 a job with a task for each matrix.
"""

import numpy as np

from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import fits_jobs, floats, indices, task_kernel

FEW = 1 << 8  # elements: 16×16 take 0.3 ms by NumPy, 0.02 by the job, 64×64 1.2 and 0.06


def lu_factor(lu, rows):
    """Replace matrices by L (without its diagonal of ones) and U, and permute `rows` as theirs are.

    lu: (matrices, n, n), rows: int32 (matrices, n). The pivot is the first of the largest elements.
    """
    if lu.size >= FEW and fits_jobs(lu):
        run_prepared(lu_factor_jobs, (lu, rows))
    else:
        lu_factor_reference(lu, rows)


def lu_factor_reference(lu, rows):
    """See `lu_factor`."""
    which = np.arange(len(lu))
    for i in range(lu.shape[-1]):
        pivot = i + np.abs(lu[:, i:, i]).argmax(axis=1)
        for array in (lu, rows):
            array[which, i], array[which, pivot] = array[which, pivot], array[which, i].copy()
        with np.errstate(all="ignore"):
            lu[:, i + 1 :, i] /= lu[:, i, i, None]
            lu[:, i + 1 :, i + 1 :] -= lu[:, i + 1 :, i, None] * lu[:, None, i, i + 1 :]


def lu_factor_jobs(lu, rows):
    """The job of `lu_factor`."""
    return [factor_matrix.job(len(lu), lu, rows)]


@task_kernel
def factor_matrix(task, lu: floats(3), rows: indices(2)):
    """One matrix."""
    matrix, order = lu[task], rows[task]
    n = len(order)
    for i in range(n):
        pivot = i
        for k in range(i + 1, n):
            if abs(matrix[k, i]) > abs(matrix[pivot, i]):
                pivot = k
        if pivot != i:
            order[i], order[pivot] = order[pivot], order[i]
            for j in range(n):
                matrix[i, j], matrix[pivot, j] = matrix[pivot, j], matrix[i, j]
        source = matrix[i, i + 1 : n]
        for k in range(i + 1, n):
            factor = matrix[k, i] / matrix[i, i]
            matrix[k, i] = factor
            target = matrix[k, i + 1 : n]
            for j in range(len(source)):
                target[j] -= factor * source[j]
