"""Random numbers, equal to TensorFlow's for the same seed. Read `philox.py` first: all others draw from it.

| file | computes | TensorFlow's name |
|---|---|---|
| `philox.py` | 32-bit words by counting | the generator of all of these |
| `uniform.py` | floats and integers, uniform | `tf.random.stateless_uniform` |
| `normal.py` | normal, truncated normal | `tf.random.stateless_normal`, `stateless_truncated_normal` |
| `dropout.py`, `dropout_jobs.py` | the mask of a dropout | `tf.nn.experimental.stateless_dropout` |
| `permutation.py` | the orders of `fit` and of `keras.random.shuffle` | `tf.random.shuffle` |
| `shuffle_buffer.py` | the order of a shuffle buffer | `tf.data.Dataset.shuffle` |
| `categorical.py` | classes with given logits | `tf.random.stateless_categorical` |
| `gamma.py` | gamma | `tf.random.stateless_gamma` |
| `binomial.py` | binomial | `tf.random.stateless_binomial` |
| `poisson.py` | Poisson | `tf.random.stateless_poisson` |
| `draws.py` | single draws, for rejection methods | |
| `legacy.py` | the seeds of `tf.random.uniform` and similar | `tf.random.set_seed` |

A stateless function of `seed_pair`, two integers, always returns the same array for it.
"""

from minikeras.kernels.random.binomial import stateless_binomial
from minikeras.kernels.random.categorical import stateless_categorical
from minikeras.kernels.random.dropout import dropout_scale, keep_scaled, stateless_dropout_mask
from minikeras.kernels.random.gamma import stateless_gamma
from minikeras.kernels.random.normal import stateless_normal, stateless_truncated_normal
from minikeras.kernels.random.permutation import shuffle_batches, shuffle_permutation, stateless_permutation
from minikeras.kernels.random.poisson import stateless_poisson
from minikeras.kernels.random.uniform import stateless_uniform

__all__ = [
    "dropout_scale",
    "keep_scaled",
    "shuffle_batches",
    "shuffle_permutation",
    "stateless_binomial",
    "stateless_categorical",
    "stateless_dropout_mask",
    "stateless_gamma",
    "stateless_normal",
    "stateless_permutation",
    "stateless_poisson",
    "stateless_truncated_normal",
    "stateless_uniform",
]
