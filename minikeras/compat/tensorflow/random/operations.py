"""`tf.random.normal`, `uniform`, `shuffle` …: TensorFlow's parameters over `minikeras/random/operations.py`.

`seed` is the operation's own seed (see `minikeras/random/operation_seeds.py`); `name` has no effect.
"""

__replay__ = "computes"

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow.symbolic import static_lengths, symbolic
from minikeras.dtypes import standardize_dtype
from minikeras.random import operations


def _symbolic_numbers(shape, *arguments, dtype="float32", **keywords):
    """The symbolic result for a symbolic shape such as `(tf.shape(x)[0], 8)`, or for symbolic limits."""
    return KerasTensor(static_lengths(shape), standardize_dtype(arguments[2] if len(arguments) > 2 else dtype))


@symbolic(output_spec=_symbolic_numbers)
def normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, name=None):
    """mean + stddev · z, z of the density exp(−z²/2) / √(2π). Gradients flow to `mean` and `stddev`."""
    return operations.normal(shape, mean, stddev, dtype, seed)


@symbolic(output_spec=_symbolic_numbers)
def truncated_normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, name=None):
    """mean + stddev · z with |z| < 2: values further out are redrawn."""
    return operations.truncated_normal(shape, mean, stddev, dtype, seed)


@symbolic(output_spec=_symbolic_numbers)
def uniform(shape, minval=0, maxval=None, dtype="float32", seed=None, name=None):
    """Values uniform in [minval, maxval); for floats `maxval` None means 1, integers need both bounds."""
    return operations.uniform(shape, minval, maxval, dtype, seed)


def shuffle(value, seed=None, name=None):
    """The slices of `value` along its first axis, in random order. Gradients flow to `value`."""
    return operations.shuffle(value, seed)


def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """(batch, num_samples) class indices, int64 if `dtype` is None, drawn with probabilities softmax(logits)."""
    return operations.categorical(logits, num_samples, dtype, seed)


def gamma(shape, alpha, beta=None, dtype="float32", seed=None, name=None):
    """Gamma values of the density x^(α−1) · exp(−βx) · β^α / Γ(α), `shape` of them for each alpha. No gradients."""
    return operations.gamma(shape, alpha, beta, dtype, seed)


def poisson(shape, lam, dtype="float32", seed=None, name=None):
    """Numbers of events where `lam` are expected, `shape` of them for each."""
    return operations.poisson(shape, lam, dtype, seed)
