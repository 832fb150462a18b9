"""Reductions over any axes as jobs: the axes are brought together by a copy, if they are not neighbours."""

import math

import numpy as np

from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.kernels.elementwise_jobs import divide_by_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.reduction_jobs import all_jobs, any_jobs, maximum_jobs, minimum_jobs, sum_jobs
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.ops.reduction import All, Any, Max, Mean, Min
from minikeras.plans.instructions import Compute
from minikeras.plans.lower import Lowering, lowers

JOBS = {Sum: sum_jobs, Mean: sum_jobs, Max: maximum_jobs, Min: minimum_jobs, Any: any_jobs, All: all_jobs}


@lowers((Compute, Min), (Compute, Any), (Compute, All))
def reduced(compute, slots):
    """Sum, mean, maximum, minimum, any or all over some axes, or over all of them."""
    (x,), (y,), op = compute.reads, compute.writes, compute.op
    make_jobs = next((jobs for cls, jobs in JOBS.items() if isinstance(op, cls)), None)
    dtype = np.dtype(bool if make_jobs in (any_jobs, all_jobs) else np.float32)
    if make_jobs is None or slots[x].dtype != dtype or slots[y].dtype != dtype or 0 in slots[x].shape:
        return None
    if getattr(op, "initial", None) is not None:
        return None
    order, shape = _together(slots[x].shape, normalize_axes(op.axis, len(slots[x].shape)))

    def jobs(arrays):
        made, source = [], arrays[x].transpose(order)
        if order != sorted(order):
            copy = aligned(source.shape, dtype)
            made, source = copy_jobs(source, copy), copy
        result = arrays[y].reshape(shape[0], shape[2])
        made = [*made, *make_jobs(_as_numbers(source.reshape(shape)), _as_numbers(result))]
        if isinstance(op, Mean):
            made += divide_by_jobs(result.reshape(-1), float(shape[1]), result.reshape(-1))
        return made

    return Lowering(jobs, (x,), (y,))


def _together(shape, axes):
    """(an order of axes in which the reduced ones are neighbours, (outer, reduced, inner))"""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    if not axes or list(axes) == list(range(axes[0], axes[-1] + 1)):
        first = axes[0] if axes else len(shape)
        order = [*range(len(shape))]
        inner = math.prod(shape[first + len(axes) :])
    else:
        first, order, inner = len(kept), [*kept, *axes], 1
    outer = math.prod(shape[axis] for axis in order[:first])
    return order, (outer, math.prod(shape[axis] for axis in axes), inner)


def _as_numbers(array):
    return array.view(np.uint8) if array.dtype == np.bool_ else array
