"""Dtype policies: the dtypes of a layer's variables and of its computations, and how it is quantized."""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.config import dtype_policy, set_dtype_policy
from minikeras.dtype_policies.dtype_policy import DTypePolicy, FloatDTypePolicy
from minikeras.dtype_policies.dtype_policy_map import DTypePolicyMap
from minikeras.dtype_policies.grouped_dtype_policies import AWQDTypePolicy, GPTQDTypePolicy, Int4DTypePolicy
from minikeras.dtype_policies.identifiers import deserialize, get, serialize
from minikeras.dtype_policies.quantized_dtype_policy import QuantizedDTypePolicy, QuantizedFloat8DTypePolicy

__all__ = [
    "AWQDTypePolicy",
    "DTypePolicy",
    "DTypePolicyMap",
    "FloatDTypePolicy",
    "GPTQDTypePolicy",
    "Int4DTypePolicy",
    "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy",
    "deserialize",
    "dtype_policy",
    "get",
    "serialize",
    "set_dtype_policy",
]

__getattr__ = explain_missing_names(__name__, __all__)
