"""`tf.linalg`: each function is defined in the file of its family."""

__replay__ = "computes"

from minikeras.compat.tensorflow.arrays.creation import eye
from minikeras.compat.tensorflow.linalg import banded, decompositions, linear_operators, matrices, products
from minikeras.compat.tensorflow.linalg.banded import *  # noqa: F403
from minikeras.compat.tensorflow.linalg.decompositions import *  # noqa: F403
from minikeras.compat.tensorflow.linalg.linear_operators import *  # noqa: F403
from minikeras.compat.tensorflow.linalg.matrices import *  # noqa: F403
from minikeras.compat.tensorflow.linalg.products import *  # noqa: F403
from minikeras.compat.tensorflow.nn.normalization import l2_normalize

_FAMILIES = (banded, decompositions, linear_operators, matrices, products)
__all__ = [
    *(name for family in _FAMILIES for name in family.__all__),
    "eye",
    "l2_normalize",
]
