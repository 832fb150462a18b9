"""`tf.math`: each function is defined in the file of its family."""

__replay__ = "computes"

from minikeras.compat.tensorflow.arrays.ordering import approx_max_k, argmax, argmin, top_k
from minikeras.compat.tensorflow.math import (
    arithmetic,
    bessel_functions,
    comparison,
    counting,
    elementwise,
    gamma_functions,
    reductions,
    segments,
)
from minikeras.compat.tensorflow.math.arithmetic import *  # noqa: F403
from minikeras.compat.tensorflow.math.bessel_functions import *  # noqa: F403
from minikeras.compat.tensorflow.math.comparison import *  # noqa: F403
from minikeras.compat.tensorflow.math.counting import *  # noqa: F403
from minikeras.compat.tensorflow.math.elementwise import *  # noqa: F403
from minikeras.compat.tensorflow.math.gamma_functions import *  # noqa: F403
from minikeras.compat.tensorflow.math.reductions import *  # noqa: F403
from minikeras.compat.tensorflow.math.segments import *  # noqa: F403
from minikeras.compat.tensorflow.nn.activations import log_softmax, softmax, softplus, softsign
from minikeras.compat.tensorflow.nn.normalization import l2_normalize

_FAMILIES = (
    arithmetic, bessel_functions, comparison, counting, elementwise, gamma_functions, reductions, segments
)  # fmt: skip
__all__ = [
    *(name for family in _FAMILIES for name in family.__all__),
    "argmax",
    "argmin",
    "l2_normalize",
    "log_softmax",
    "softmax",
    "softplus",
    "softsign",
    "approx_max_k",
    "top_k",
]
