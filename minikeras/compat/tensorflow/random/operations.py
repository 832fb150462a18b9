"""`tf.random.normal`, `uniform`, `shuffle` …: TensorFlow's parameters over `minikeras/random/operations.py`.

`seed` is the operation's own seed (see `minikeras/random/operation_seeds.py`); `name` has no effect. `set_seed` sets
the global seed.
"""

__replay__ = "computes"

from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow.named import named
from minikeras.compat.tensorflow.symbolic import static_lengths, symbolic
from minikeras.random import operations
from minikeras.random.global_seed import set_global_seed


def _symbolic_numbers(shape, *arguments, dtype="float32", **keywords):
    """The symbolic result for a symbolic shape such as `(tf.shape(x)[0], 8)`, or for symbolic limits."""
    return KerasTensor(static_lengths(shape), standardize_dtype(arguments[2] if len(arguments) > 2 else dtype))


normal = symbolic(output_spec=_symbolic_numbers)(named(operations.normal))
truncated_normal = symbolic(output_spec=_symbolic_numbers)(named(operations.truncated_normal))
uniform = symbolic(output_spec=_symbolic_numbers)(named(operations.uniform))
shuffle = named(operations.shuffle)
categorical = named(operations.categorical)
gamma = named(operations.gamma)
poisson = named(operations.poisson)


def set_seed(seed):
    """Set the global seed. Python's and NumPy's generators, and so Keras's initial weights, do not depend on it.

    (Keras draws the seeds of initializers from Python's `random`; `tf.keras.utils.set_random_seed` seeds that too.)

    Args:
        seed: integer, or None for values that differ from run to run.
    """
    set_global_seed(None if seed is None else int(seed))
