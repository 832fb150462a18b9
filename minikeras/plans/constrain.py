"""Constraints on weights, as jobs after an update if they declare such (see `constraints/constraint.py`)."""

from minikeras import replay
from minikeras.constraints import Constraint


def can_constrain(variable):
    """Whether jobs can apply a Variable's constraint, or it has none."""
    return constraint_jobs(variable, variable.array) is not None


def constraint_jobs(variable, array):
    """The jobs that apply a Variable's constraint to its array; None if there are none that can."""
    constraint = variable.constraint
    if constraint is None or not array.size:
        return []
    if not isinstance(constraint, Constraint):
        return None
    where = next(base for base in type(constraint).__mro__ if "jobs" in vars(base))
    return None if replay.overridden(type(constraint), where) else constraint.jobs(array)


def constraints_of(variables):
    """What must be unchanged for the jobs to be valid."""
    return [(type(v.constraint), dict(vars(v.constraint)) if v.constraint is not None else None) for v in variables]
