"""Constraints: projections of weights to allowed values after every optimizer step."""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.constraints.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from minikeras.constraints.identifiers import deserialize, get, register_exports, serialize

max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm  # Keras's aliases

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

__getattr__ = explain_missing_names(__name__, __all__)

register_exports({name: globals()[name] for name in __all__})
