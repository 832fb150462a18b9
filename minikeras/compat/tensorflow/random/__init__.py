"""`tf.random`. Read `seeding.py` first: where numbers come from."""

from minikeras.compat.tensorflow.random.operations import (
    categorical,
    gamma,
    normal,
    shuffle,
    truncated_normal,
    uniform,
)
from minikeras.compat.tensorflow.random.seeding import set_seed

__all__ = ["categorical", "gamma", "normal", "set_seed", "shuffle", "truncated_normal", "uniform"]
