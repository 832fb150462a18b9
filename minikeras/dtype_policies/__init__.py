"""Dtype policies: in which dtype a layer keeps its variables, and in which it computes."""

__replay__ = "computes"

from minikeras.config import dtype_policy, set_dtype_policy
from minikeras.dtype_policies.dtype_policy import (
    DTypePolicy,
    FloatDTypePolicy,
    deserialize,
    get,
    serialize,
)
from minikeras.missing_names import explain_missing_names

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "deserialize",
    "dtype_policy",
    "get",
    "serialize",
    "set_dtype_policy",
]

__getattr__ = explain_missing_names(__name__, __all__)
