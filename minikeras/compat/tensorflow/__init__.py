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

# ── images, keras ───────────────────────────────────────────────────────────────────────────────────────────────────

from minikeras.compat import keras
from minikeras.compat.tensorflow import image
