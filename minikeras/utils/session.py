"""`clear_session`: resets the counters that minikeras keeps between models."""

import gc

from minikeras.base.naming import reset_uids
from minikeras.config import forget_dtype_policy
from minikeras.random.seed_generator import forget_global_seed_generator


def clear_session(free_memory=True):
    """Restart the numbering of layer names ("dense", not "dense_7"), let unseeded random functions begin again, and
    forget the global dtype policy.

    Args:
        free_memory: also collect unused memory now.
    """
    reset_uids()
    forget_global_seed_generator()
    forget_dtype_policy()
    if free_memory:
        gc.collect()
