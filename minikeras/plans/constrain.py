"""Which constraints on weights an update can see to by jobs."""

import math

from minikeras import constraints
from minikeras.autodiff.shapes import normalize_axes
from minikeras.config import epsilon
from minikeras.kernels.constraint_jobs import non_negative_jobs, norm_jobs

BOUNDS = {  # class: function of a constraint -> (least norm, greatest norm, rate)
    constraints.MaxNorm: lambda constraint: (0.0, constraint.max_value, 1.0),
    constraints.UnitNorm: lambda constraint: (1.0, 1.0, 1.0),
    constraints.MinMaxNorm: lambda constraint: (constraint.min_value, constraint.max_value, constraint.rate),
}


def can_constrain(variable):
    """Whether jobs can apply a Variable's constraint: it has none, one on each weight, or on norms over first axes."""
    kind = type(variable.constraint)
    if variable.constraint is None or kind is constraints.NonNeg:
        return True
    return kind in BOUNDS and _first_axes(variable) is not None


def constraint_jobs(variable, array):
    """The jobs that apply a Variable's constraint to its array."""
    constraint = variable.constraint
    if constraint is None or not array.size:
        return []
    if type(constraint) is constraints.NonNeg:
        return non_negative_jobs(array.reshape(-1))
    rows = math.prod(array.shape[: _first_axes(variable)])
    return norm_jobs(array.reshape(rows, -1), *map(float, BOUNDS[type(constraint)](constraint)), epsilon())


def constraints_of(variables):
    """What must be the same for jobs to stay right."""
    return [(type(v.constraint), dict(vars(v.constraint)) if v.constraint is not None else None) for v in variables]


def _first_axes(variable):
    """How many axes a constraint's vectors lie along, if these are the first; else None."""
    axes = normalize_axes(variable.constraint.axis, len(variable.shape))
    return len(axes) if axes == tuple(range(len(axes))) else None
