"""`tf.nn`: each function is defined in the file of its family."""

__replay__ = "computes"

from minikeras.compat.tensorflow.arrays.ordering import approx_max_k, top_k
from minikeras.compat.tensorflow.math.counting import in_top_k
from minikeras.compat.tensorflow.math.elementwise import sigmoid, tanh
from minikeras.compat.tensorflow.math.reductions import zero_fraction
from minikeras.compat.tensorflow.nn import (
    activations,
    convolutions,
    decoders,
    experimental,
    layer_functions,
    losses,
    normalization,
    pooling,
    sampled_losses,
    sparse_lookups,
)
from minikeras.compat.tensorflow.nn.activations import *  # noqa: F403
from minikeras.compat.tensorflow.nn.convolutions import *  # noqa: F403
from minikeras.compat.tensorflow.nn.decoders import *  # noqa: F403
from minikeras.compat.tensorflow.nn.layer_functions import *  # noqa: F403
from minikeras.compat.tensorflow.nn.losses import *  # noqa: F403
from minikeras.compat.tensorflow.nn.normalization import *  # noqa: F403
from minikeras.compat.tensorflow.nn.pooling import *  # noqa: F403
from minikeras.compat.tensorflow.nn.sampled_losses import *  # noqa: F403
from minikeras.compat.tensorflow.nn.sparse_lookups import *  # noqa: F403
from minikeras.compat.tensorflow.random.candidate_samplers import (
    all_candidate_sampler,
    compute_accidental_hits,
    fixed_unigram_candidate_sampler,
)

_FAMILIES = (
    activations,
    convolutions,
    decoders,
    layer_functions,
    losses,
    normalization,
    pooling,
    sampled_losses,
    sparse_lookups,
)
__all__ = [
    "all_candidate_sampler",
    "approx_max_k",
    "compute_accidental_hits",
    "fixed_unigram_candidate_sampler",
    *(name for family in _FAMILIES for name in family.__all__),
    "experimental",
    "in_top_k",
    "sigmoid",
    "tanh",
    "top_k",
    "zero_fraction",
]
