"""`tf.random.normal`, `uniform`, `shuffle` …: random numbers by global and operation seeds.

How an operation finds its seeds: `minikeras/random/operation_seeds.py`.
"""

__replay__ = "computes"

import math

import numpy as np

from minikeras import ops
from minikeras.autodiff.effects import draws_numbers, effect
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.compat.tensorflow.conversion import tensor as convert_to_tensor
from minikeras.compat.tensorflow.symbolic import static_lengths, symbolic
from minikeras.dtypes import is_float, standardize_dtype
from minikeras.kernels.random import categorical as categorical_kernel
from minikeras.kernels.random import gamma as gamma_kernel
from minikeras.kernels.random import normal as normal_kernel
from minikeras.kernels.random import permutation as permutation_kernel
from minikeras.kernels.random import poisson as poisson_kernel
from minikeras.kernels.random import uniform as uniform_kernel
from minikeras.kernels.random.philox import block_count
from minikeras.random.drawing import is_inferred, standardize_shape
from minikeras.random.operation_seeds import sequence_of


def _symbolic_numbers(shape, *arguments, dtype="float32", **keywords):
    """What comes of a symbolic shape such as `(tf.shape(x)[0], 8)`, or of symbolic limits."""
    return KerasTensor(static_lengths(shape), standardize_dtype(arguments[2] if len(arguments) > 2 else dtype))


@symbolic(output_spec=_symbolic_numbers)
def normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, name=None):
    """mean + stddev · z, z of the density exp(−z²/2) / √(2π). Gradients flow to `mean` and `stddev`.

    Args:
        shape: list, tuple or tensor of lengths.
        mean, stddev: numbers or tensors that broadcast to `shape`.
        dtype: a float dtype.
        seed: the operation's own seed (see `minikeras/random/operation_seeds.py`).
        name: without effect.
    """
    z = _draw("normal", normal_kernel.normal, shape, required_float(dtype), seed)
    return moved(z, stddev, mean)


@symbolic(output_spec=_symbolic_numbers)
def truncated_normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, name=None):
    """mean + stddev · z with |z| < 2: numbers further out are drawn again. The arguments are those of `normal`."""
    z = _draw("truncated", normal_kernel.truncated_normal, shape, required_float(dtype), seed)
    return moved(z, stddev, mean)


@symbolic(output_spec=_symbolic_numbers)
def uniform(shape, minval=0, maxval=None, dtype="float32", seed=None, name=None):
    """Numbers uniform in [minval, maxval).

    Args:
        shape: list, tuple or tensor of lengths.
        minval, maxval: for floats numbers or tensors that broadcast to `shape`, `maxval` None meaning 1; for integers
            numbers, both needed.
        dtype: a float dtype, int32 or int64.
        seed: the operation's own seed (see `minikeras/random/operation_seeds.py`).
        name: without effect.

    Raises:
        ValueError: integers without `maxval`.
    """
    dtype = standardize_dtype(dtype)
    if dtype in ("int32", "int64"):
        if maxval is None:
            raise ValueError(f"Must specify maxval for integer dtype {dtype}")
        bounds = int(as_array(minval)), int(as_array(maxval))
        return _draw("uniform_int", uniform_kernel.uniform_integers, shape, dtype, seed, *bounds)
    u = _draw("uniform", uniform_kernel.uniform, shape, required_float(dtype), seed)
    minval = convert_to_tensor(minval, dtype=dtype)
    return moved(u, convert_to_tensor(1 if maxval is None else maxval, dtype=dtype) - minval, minval)


def shuffle(value, seed=None, name=None):
    """The slices of `value` along its first axis, in random order. Gradients flow to `value`."""
    value = convert_to_tensor(value)
    if isinstance(value, KerasTensor):
        return KerasTensor(value.shape, value.dtype)
    size = value.shape[0] if value.ndim else 1
    if size < 2:
        return value
    generator = sequence_of("shuffle", value.dtype, seed).use_blocks(block_count(size - 1))
    return ops.take(value, permutation_kernel.shuffled_range(*generator, size), axis=0)


def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """(batch, num_samples) class numbers, drawn with probabilities softmax(logits).

    Args:
        logits: (batch, classes), logarithms of the probabilities up to a constant of the row.
        num_samples: how many to draw for each row.
        dtype: int32 or int64; int64 if None.
        seed: the operation's own seed (see `minikeras/random/operation_seeds.py`).
        name: without effect.

    Raises:
        ValueError: `logits` does not have two axes.
    """
    logits = convert_to_tensor(logits)
    dtype = standardize_dtype(dtype or "int64")
    if len(logits.shape) != 2:
        raise ValueError(f"logits must be a matrix (batch, classes). Received: logits.shape={tuple(logits.shape)}")
    num_samples = int(num_samples)
    if isinstance(logits, KerasTensor):
        return KerasTensor((logits.shape[0], num_samples), dtype)
    outputs = logits.shape[0] * -(-num_samples // 4) * 4 * 2  # a float64 takes two words
    generator = sequence_of("categorical", f"{logits.dtype}, {dtype}", seed).use(outputs)
    return Tensor(categorical_kernel.categorical(generator, logits.array, num_samples).astype(dtype, copy=False))


def gamma(shape, alpha, beta=None, dtype="float32", seed=None, name=None):
    """Gamma numbers of the density x^(α−1) · exp(−βx) · β^α / Γ(α), `shape` of them for each alpha. No gradients.

    Args:
        shape: list, tuple or tensor of lengths; the result has the shape shape + (shape of alpha and beta).
        alpha, beta: concentration and rate, numbers or tensors; `beta` None means 1.
        dtype: a float dtype.
        seed: the operation's own seed (see `minikeras/random/operation_seeds.py`).
        name: without effect.
    """
    dtype = required_float(dtype)
    alpha = as_array(alpha, dtype)
    beta = np.ones((), dtype) if beta is None else as_array(beta, dtype)
    alpha = np.broadcast_to(alpha, np.broadcast_shapes(alpha.shape, beta.shape))
    shape = standardize_shape(as_lengths(shape))
    if is_inferred((shape,)):
        return KerasTensor((*shape, *alpha.shape), dtype)
    count = math.prod(shape) * alpha.size
    generator = sequence_of("gamma", dtype, seed).use(count)
    samples = gamma_kernel.standard_gamma(*generator, alpha.reshape(-1).astype(np.float64), count)
    samples = samples.astype(dtype).reshape(*shape, *alpha.shape)
    return Tensor(np.maximum(np.finfo(dtype).tiny, samples / beta))


def poisson(shape, lam, dtype="float32", seed=None, name=None):
    """Numbers of events where `lam` are expected, `shape` of them for each.

    Args:
        shape: list, tuple or tensor of lengths; the result has the shape shape + (shape of lam).
        lam: number or tensor.
        dtype: of the result, a float or integer dtype.
        seed: the operation's own seed (see `minikeras/random/operation_seeds.py`).
        name: without effect.
    """
    dtype, rates = standardize_dtype(dtype), as_array(lam)
    shape = standardize_shape(as_lengths(shape))
    if is_inferred((shape,)):
        return KerasTensor((*shape, *rates.shape), dtype)
    shape = (*shape, *rates.shape)
    generator = sequence_of("poisson", f"{rates.dtype}, {dtype}", seed).use(math.prod(shape))
    return Tensor(poisson_kernel.poisson(generator, shape, rates, dtype))


def _draw(kind, kernel, shape, dtype, seed, *parameters):
    """Tensor of `kernel(generator, shape, dtype, *parameters)`; a KerasTensor while only shapes are inferred."""
    shape = standardize_shape(as_lengths(shape))
    if is_inferred((shape,)):
        return KerasTensor(shape, dtype)
    return Tensor(effect(draw_next, sequence_of(kind, dtype, seed), kernel, shape, dtype, *parameters))


@draws_numbers
def draw_next(sequence, kernel, shape, dtype, *parameters):
    """The next numbers of a sequence, as an array."""
    return kernel(sequence.use(math.prod(shape)), shape, dtype, *parameters)


def as_lengths(shape):
    """A shape given in any form (list, TensorShape, tensor) as a tuple of lengths."""
    if isinstance(shape, (Tensor, np.ndarray)):
        return tuple(int(n) for n in np.atleast_1d(as_array(shape)))
    return shape


def moved(x, factor, offset):
    """x · factor + offset, each step rounded to x's dtype; the usual numbers 1 and 0 cost nothing."""
    if type(factor) not in (int, float) or factor != 1:
        x = x * convert_to_tensor(factor, dtype=x.dtype)
    if type(offset) not in (int, float) or offset != 0:
        x = x + convert_to_tensor(offset, dtype=x.dtype)
    return x


def required_float(dtype):
    """The name of a float dtype.

    Raises:
        ValueError: it is another.
    """
    dtype = standardize_dtype(dtype)
    if not is_float(dtype):
        raise ValueError(f"Such random numbers are of a floating-point dtype. Received: dtype={dtype}")
    return dtype
