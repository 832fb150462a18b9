"""Keras's `keras.random` namespace: random tensors, equal to those of tf.keras for the same seed.

Every function takes `seed`:

- an integer: the same values at every call;
- a `SeedGenerator`: other values at every call, the same sequence in every run;
- None: a `SeedGenerator` that all of them share. `keras.utils.set_random_seed` makes its sequence repeatable too.
"""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.random.continuous import beta, gamma, normal, truncated_normal, uniform
from minikeras.random.discrete import binomial, categorical, randint
from minikeras.random.dropout import dropout
from minikeras.random.seed_generator import SeedGenerator
from minikeras.random.shuffle import shuffle

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]

__getattr__ = explain_missing_names(__name__, __all__)
