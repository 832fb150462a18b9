"""Random operations like TensorFlow's, whose numbers depend on the global seed and the operation's own.

`operation_seeds.py` explains how an operation finds its seeds. (`keras.random` uses `SeedGenerator`s instead.)
"""

import math

import numpy as np

from minikeras import ops
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.effects import draws_numbers, effect
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.extension_dtypes import dtype_limits
from minikeras.kernels.random import categorical as categorical_kernel
from minikeras.kernels.random import gamma as gamma_kernel
from minikeras.kernels.random import normal as normal_kernel
from minikeras.kernels.random import permutation as permutation_kernel
from minikeras.kernels.random import poisson as poisson_kernel
from minikeras.kernels.random import uniform as uniform_kernel
from minikeras.kernels.random.philox import FEW_WORDS, block_count
from minikeras.ops.conversion import data_tensor
from minikeras.random.drawing import (
    as_lengths,
    gamma_with_parameters,
    is_inferred,
    moved,
    required_float,
    rows_of_whole,
    standardize_shape,
)
from minikeras.random.operation_seeds import sequence_of

NUMBERS = (int, float)
UNIFORM = (uniform_kernel.uniform, uniform_kernel.uniform_integers)


def normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None):
    """mean + stddev · z, z of the density exp(−z²/2) / √(2π). Gradients flow to `mean` and `stddev`.

    Args:
        shape: list, tuple or tensor of lengths.
        mean, stddev: numbers or tensors that broadcast to `shape`.
        dtype: a float dtype.
        seed: the operation's own seed (see `operation_seeds.py`).
    """
    z = _draw("normal", normal_kernel.normal, shape, required_float(dtype), seed)
    return moved(z, stddev, mean)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None):
    """mean + stddev · z with |z| < 2: values further out are drawn again. The arguments are those of `normal`."""
    z = _draw("truncated", normal_kernel.truncated_normal, shape, required_float(dtype), seed)
    return moved(z, stddev, mean)


def uniform(shape, minval=0, maxval=None, dtype="float32", seed=None):
    """Values uniform in [minval, maxval).

    Args:
        shape: list, tuple or tensor of lengths.
        minval, maxval: for floats numbers or tensors that broadcast to `shape`, `maxval` None meaning 1; for integers
            numbers, both needed.
        dtype: a float dtype, int32 or int64.
        seed: the operation's own seed (see `operation_seeds.py`).

    Raises:
        ValueError: integers without `maxval`.
    """
    dtype = standardize_dtype(dtype)
    if dtype in ("int32", "int64"):
        if maxval is None:
            raise ValueError(f"Must specify maxval for integer dtype {dtype}")
        bounds = int(as_array(minval)), int(as_array(maxval))
        return _draw("uniform_int", uniform_kernel.uniform_integers, shape, dtype, seed, *bounds)
    maxval = 1 if maxval is None else maxval
    if type(minval) in NUMBERS and type(maxval) in NUMBERS:
        return _draw("uniform", uniform_kernel.uniform, shape, required_float(dtype), seed, minval, maxval)
    u = _draw("uniform", uniform_kernel.uniform, shape, required_float(dtype), seed)
    minval = data_tensor(minval, dtype=dtype)
    return moved(u, data_tensor(maxval, dtype=dtype) - minval, minval)


def uniform_of_calls(calls, shape, minval, maxval, dtype="float32", seed=None):
    """(calls, *shape): the results of `calls` consecutive calls of `uniform`.

    Args:
        shape: a tuple, of at most four numbers in all.
        minval, maxval: numbers.
        dtype: float32 or int32.
    """
    kind, number = ("uniform_int", int) if dtype == "int32" else ("uniform", float)
    outputs = math.prod(shape)
    words = sequence_of(kind, dtype, seed).words_of_calls(calls, outputs)
    return uniform_kernel.uniform_of_calls(words, dtype, number(minval), number(maxval)).reshape(calls, *shape)


def shuffle(value, seed=None):
    """The slices of `value` along its first axis, in random order. Gradients flow to `value`."""
    value = data_tensor(value)
    if isinstance(value, KerasTensor):
        return KerasTensor(value.shape, value.dtype)
    size = value.shape[0] if value.ndim else 1
    if size < 2:
        return value
    generator = sequence_of("shuffle", value.dtype, seed).use_blocks(block_count(size - 1))
    return ops.take(value, permutation_kernel.shuffled_range(*generator, size), axis=0)


def categorical(logits, num_samples, dtype=None, seed=None):
    """(batch, num_samples) class indices, drawn with probabilities softmax(logits).

    Args:
        logits: (batch, classes), logarithms of the probabilities up to a constant of the row.
        num_samples: how many to draw for each row.
        dtype: int32 or int64; int64 if None.
        seed: the operation's own seed (see `operation_seeds.py`).

    Raises:
        ValueError: `logits` does not have two axes.
    """
    logits = data_tensor(logits)
    dtype = standardize_dtype(dtype or "int64")
    if len(logits.shape) != 2:
        raise ValueError(f"logits must be a matrix (batch, classes). Received: logits.shape={tuple(logits.shape)}")
    num_samples = int(num_samples)
    if isinstance(logits, KerasTensor):
        return KerasTensor((logits.shape[0], num_samples), dtype)
    outputs = logits.shape[0] * -(-num_samples // 4) * 4 * 2  # a float64 takes two words
    generator = sequence_of("categorical", f"{logits.dtype}, {dtype}", seed).use(outputs)
    return Tensor(categorical_kernel.categorical(generator, logits.array, num_samples).astype(dtype, copy=False))


def gamma(shape, alpha, beta=None, dtype="float32", seed=None):
    """Gamma values of the density x^(α−1) · exp(−βx) · β^α / Γ(α), `shape` of them for each alpha.

    Gradients flow to alpha and beta.

    Args:
        shape: list, tuple or tensor of lengths; the result has the shape shape + (shape of alpha and beta).
        alpha, beta: concentration and rate, numbers or tensors; `beta` None means 1.
        dtype: a float dtype.
        seed: the operation's own seed (see `operation_seeds.py`).
    """
    dtype = required_float(dtype)
    alphas = as_array(alpha, dtype)
    alphas = np.broadcast_to(alphas, np.broadcast_shapes(alphas.shape, np.shape(as_array(1 if beta is None else beta))))
    shape = standardize_shape(as_lengths(shape))
    if is_inferred((shape,)):
        return KerasTensor((*shape, *alphas.shape), dtype)
    count = math.prod(shape) * alphas.size
    generator = sequence_of("gamma", dtype, seed).use(count)
    samples = gamma_kernel.standard_gamma(*generator, alphas.reshape(-1).astype(np.float64), count)
    samples = np.maximum(dtype_limits(dtype).tiny, samples.astype(dtype))
    return gamma_with_parameters(Tensor(samples.reshape(*shape, *alphas.shape)), alpha, beta, dtype)


def poisson(shape, lam, dtype="float32", seed=None):
    """Numbers of events where `lam` are expected, `shape` of them for each.

    Args:
        shape: list, tuple or tensor of lengths; the result has the shape shape + (shape of lam).
        lam: number or tensor.
        dtype: of the result, a float or integer dtype.
        seed: the operation's own seed (see `operation_seeds.py`).
    """
    dtype, rates = standardize_dtype(dtype), as_array(lam)
    shape = standardize_shape(as_lengths(shape))
    if is_inferred((shape,)):
        return KerasTensor((*shape, *rates.shape), dtype)
    shape = (*shape, *rates.shape)
    generator = sequence_of("poisson", f"{rates.dtype}, {dtype}", seed).use(math.prod(shape))
    return Tensor(poisson_kernel.poisson(generator, shape, rates, dtype))


def dropout(x, rate, noise_shape=None, seed=None):
    """x with a fraction `rate` of its elements set to 0, the others scaled by 1 / (1 − rate).

    Args:
        noise_shape: of the random decisions, which broadcast with x; None, as a whole or for an axis, for that of x.
        seed: the operation's own seed (see `operation_seeds.py`).
    """
    return dropped(x, rate, uniform(decisions_shape(x, noise_shape), dtype=x.dtype, seed=seed))


def decisions_shape(x, noise_shape):
    """The lengths of the random decisions for x: `noise_shape`, with those of x where it is None."""
    lengths = [None] * len(x.shape) if noise_shape is None else noise_shape
    return [n if m is None else m for n, m in zip(x.shape, lengths, strict=True)]


def dropped(x, rate, drawn):
    """x / (1 − rate) where the number drawn from [0, 1) is at least `rate`, else 0."""
    scaled = x * np.asarray(1.0 / (1.0 - rate), x.dtype)
    return ops.where(drawn.array >= rate, scaled, ops.zeros_like(scaled))


def _draw(kind, kernel, shape, dtype, seed, *parameters):
    """Tensor of `kernel(generator, shape, dtype, *parameters)`; a KerasTensor while only shapes are inferred."""
    shape = standardize_shape(as_lengths(shape))
    if is_inferred((shape,)):
        return KerasTensor(shape, dtype)
    rows = rows_of_whole(shape)
    if rows is not None:
        return Tensor(effect(draw_next_rows, rows, sequence_of(kind, dtype, seed), kernel, shape, dtype, *parameters))
    return Tensor(effect(draw_next, sequence_of(kind, dtype, seed), kernel, shape, dtype, *parameters))


@draws_numbers
def draw_next_rows(rows, sequence, kernel, shape, dtype, *parameters):
    """The next numbers of a sequence, as a rank's rows of those for a whole batch."""
    return draw_next(sequence, kernel, (rows.total, *shape[1:]), dtype, *parameters)[rows.slice]


@draws_numbers
def draw_next(sequence, kernel, shape, dtype, *parameters):
    """The next numbers of a sequence, as an array."""
    count = math.prod(shape)
    if 0 < count <= FEW_WORDS and dtype in ("float32", "int32") and kernel in UNIFORM:
        ahead = sequence.few(count, (kernel, dtype, *parameters), uniform_kernel.uniform_of_calls, dtype, *parameters)
        if ahead is not None:
            return ahead.reshape(shape)
    return kernel(sequence.use(count), shape, dtype, *parameters)
