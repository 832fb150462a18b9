"""The `tf` namespace: TensorFlow's names over minikeras's own tensors and ops; there is no second engine behind them.

`tf.Tensor` is `minikeras.Tensor`. A function here turns TensorFlow's arguments into a call of `minikeras.ops`, so gradients,
symbolic tensors (`KerasTensor`) and dtypes behave as everywhere in minikeras. What each room holds:

| name | room |
| --- | --- |
| `tf.float32`, `tf.TensorShape`, `tf.TensorSpec` | `dtypes.py`, `tensor_shape.py` |
| `tf.constant`, `tf.cast`, `tf.shape` | `tensors.py` |
| `tf.reshape`, `tf.concat`, `tf.gather`, … | `arrays/`, one idea a file |
| `tf.math`, `tf.nn`, `tf.linalg`, `tf.signal`, `tf.bitwise`, `tf.sets` | the package or module of that name |

Every family file has an `__all__`; here its names are imported one by one, so that a reader finds where a name comes from.
"""

__version__ = "2.21.0"

# ── tensors and functions of tensors ────────────────────────────────────────────────────────────────────────────────

# ── variables, tapes, functions, control flow, random numbers, errors, configuration ────────────────────────────────

# ── data, input and output, strings ─────────────────────────────────────────────────────────────────────────────────

from minikeras.compat.tensorflow import data
# ── images, keras ───────────────────────────────────────────────────────────────────────────────────────────────────
from minikeras.compat import keras
from minikeras.compat.tensorflow import config, image, random
from minikeras.compat.tensorflow.function import function
from minikeras.compat.tensorflow.gradient_tape import (
    AggregationMethod,
    GradientTape,
    UnconnectedGradients,
    custom_gradient,
    grad_pass_through,
    gradients,
    hessians,
    no_gradient,
    recompute_grad,
    stop_gradient,
)
from minikeras.compat.tensorflow.indexed_slices import IndexedSlices
from minikeras.compat.tensorflow.scopes import (
    control_dependencies,
    device,
    executing_eagerly,
    init_scope,
    inside_function,
    name_scope,
)
from minikeras.compat.tensorflow.variables import Variable, VariableAggregation, VariableSynchronization
