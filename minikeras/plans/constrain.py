"""Constraints on weights, as jobs after an update if they declare such (see `constraints/constraint.py`)."""

from minikeras import replay
from minikeras.autodiff.variable import constraints_of
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


def settings_of_constraints(variables):
    """What must be unchanged for the jobs to be valid."""
    return [None if c is None else (type(c), dict(vars(c))) for c in constraints_of(variables)]
