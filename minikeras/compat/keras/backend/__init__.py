"""`keras.backend`, the `K` of older scripts: minikeras's settings and names, and the functions of Keras 2.

`tf.keras.backend` still has most of those functions in Keras 3, as thin names over TensorFlow; here they are thin
names over `minikeras.ops`. So they take symbolic tensors too, which Keras 3 refuses. What Keras 3 removed raises an
AttributeError that recommends what to use (`removed.py`).
"""

__replay__ = "computes"

from minikeras import backend as _settings
from minikeras.backend import *  # noqa: F403
from minikeras.compat.keras.backend import (
    activation,
    control_flow,
    convolution,
    creation,
    crossentropy,
    ctc,
    elementwise,
    products,
    random_numbers,
    reductions,
    resizing,
    shapes,
)
from minikeras.compat.keras.backend.activation import *  # noqa: F403
from minikeras.compat.keras.backend.control_flow import *  # noqa: F403
from minikeras.compat.keras.backend.convolution import *  # noqa: F403
from minikeras.compat.keras.backend.creation import *  # noqa: F403
from minikeras.compat.keras.backend.crossentropy import *  # noqa: F403
from minikeras.compat.keras.backend.ctc import *  # noqa: F403
from minikeras.compat.keras.backend.elementwise import *  # noqa: F403
from minikeras.compat.keras.backend.products import *  # noqa: F403
from minikeras.compat.keras.backend.random_numbers import *  # noqa: F403
from minikeras.compat.keras.backend.reductions import *  # noqa: F403
from minikeras.compat.keras.backend.removed import missing_function
from minikeras.compat.keras.backend.resizing import *  # noqa: F403
from minikeras.compat.keras.backend.shapes import *  # noqa: F403
from minikeras.ops.recurrence import rnn

_FAMILIES = (
    _settings,
    activation,
    control_flow,
    convolution,
    creation,
    crossentropy,
    ctc,
    elementwise,
    products,
    random_numbers,
    reductions,
    resizing,
    shapes,
)
__all__ = [*(name for family in _FAMILIES for name in family.__all__), "rnn"]


def __getattr__(name):
    raise missing_function(name, __all__)
