"""`keras.mixed_precision`: the precision in which layers compute."""

from minikeras.config import dtype_policy, set_dtype_policy
from minikeras.dtype_policies import DTypePolicy
from minikeras.optimizers import LossScaleOptimizer

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy
