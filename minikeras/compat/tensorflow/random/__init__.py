"""`tf.random`. Read `minikeras/random/operation_seeds.py` first: where the seeds come from.

| file | content |
| --- | --- |
| `operations.py` | `normal`, `uniform`, `shuffle`, …: by the global seed |
| `stateless.py` | `stateless_normal`, …: determined by a seed argument |
| `generator.py` | `Generator`: a sequence as an object |
| `candidate_samplers.py` | classes for noise-contrastive losses |
| `training.py` | makes steps of `fit` the functions that they are in TensorFlow |
"""

from minikeras.compat.tensorflow.random import experimental
from minikeras.compat.tensorflow.random.candidate_samplers import (
    all_candidate_sampler,
    fixed_unigram_candidate_sampler,
    log_uniform_candidate_sampler,
    uniform_candidate_sampler,
)
from minikeras.compat.tensorflow.random.generator import (
    Algorithm,
    Generator,
    create_rng_state,
    get_global_generator,
    set_global_generator,
)
from minikeras.compat.tensorflow.random.operations import (
    categorical,
    gamma,
    normal,
    poisson,
    set_seed,
    shuffle,
    truncated_normal,
    uniform,
)
from minikeras.compat.tensorflow.random.stateless import (
    fold_in,
    split,
    stateless_binomial,
    stateless_categorical,
    stateless_gamma,
    stateless_normal,
    stateless_poisson,
    stateless_truncated_normal,
    stateless_uniform,
)

__all__ = [
    "Algorithm",
    "Generator",
    "all_candidate_sampler",
    "categorical",
    "create_rng_state",
    "experimental",
    "fixed_unigram_candidate_sampler",
    "fold_in",
    "gamma",
    "get_global_generator",
    "log_uniform_candidate_sampler",
    "normal",
    "poisson",
    "set_global_generator",
    "set_seed",
    "shuffle",
    "split",
    "stateless_binomial",
    "stateless_categorical",
    "stateless_gamma",
    "stateless_normal",
    "stateless_poisson",
    "stateless_truncated_normal",
    "stateless_uniform",
    "truncated_normal",
    "uniform",
    "uniform_candidate_sampler",
]
