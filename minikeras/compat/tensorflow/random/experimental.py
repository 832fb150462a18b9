"""`tf.random.experimental`: older names of what `tf.random` has."""

from minikeras.compat.tensorflow.random.generator import (
    Algorithm,
    Generator,
    create_rng_state,
    get_global_generator,
    set_global_generator,
)
from minikeras.compat.tensorflow.random.stateless import fold_in as stateless_fold_in
from minikeras.compat.tensorflow.random.stateless import split as stateless_split
from minikeras.compat.tensorflow.random.stateless import stateless_shuffle

__all__ = [
    "Algorithm",
    "Generator",
    "create_rng_state",
    "get_global_generator",
    "set_global_generator",
    "stateless_fold_in",
    "stateless_shuffle",
    "stateless_split",
]
