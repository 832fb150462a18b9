"""Shared code of functions that draw random numbers: shapes, dtypes, and results of unknown length."""

import operator

import numpy as np

from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.autodiff.effects import draws_numbers, effect
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.base.extension_dtypes import dtype_limits
from minikeras.collectives.share import current_share
from minikeras.ops.conversion import data_tensor
from minikeras.ops.extrema import maximum
from minikeras.ops.gamma_functions import GammaSample
from minikeras.random.seed_generator import draw_seed_pair


def draw(kernel, shape, dtype, seed, *parameters):
    """Tensor of `kernel(seed_pair, shape, dtype, *parameters)`; the parameters become arrays of `dtype`.

    While a layer's `call` runs only to infer shapes, lengths may be None; then the result is a KerasTensor.
    """
    shape = standardize_shape(shape)
    if is_inferred((shape, *parameters)):
        return KerasTensor(shape, dtype)
    rows = rows_of_whole(shape)
    if rows is not None:
        return Tensor(effect(draw_rows, rows, kernel, shape, dtype, seed, *parameters))
    return Tensor(effect(draw_now, kernel, shape, dtype, seed, *parameters))


def rows_of_whole(shape):
    """The `Share` whose rows are to be drawn, where several ranks divide the batch: numbers for as many rows as the
    rank has are those that one process would draw for them. Numbers of another shape are the same on all ranks. None
    where there is one process.
    """
    share = current_share()
    return share if share is not None and shape and shape[0] == share.computed else None


@draws_numbers
def draw_rows(rows, kernel, shape, dtype, seed, *parameters):
    """The array of `draw`: this rank's rows of the array for a whole batch.

    Raises:
        NotImplementedError: a parameter has a value for each row, which other ranks do not know.
    """
    values = [as_array(value, dtype) for value in parameters]
    if any(value.ndim == len(shape) and value.shape[0] not in (1, 0) for value in values):
        raise NotImplementedError(
            "Random numbers with parameters of their own for each sample are not drawn on several ranks. Draw standard "
            "ones and scale them: `mean + stddev * keras.random.normal(shape)`."
        )
    return kernel(draw_seed_pair(seed), (rows.total, *shape[1:]), dtype, *values)[rows.slice]


@draws_numbers
def draw_now(kernel, shape, dtype, seed, *parameters):
    """The array of `draw`."""
    return kernel(draw_seed_pair(seed), shape, dtype, *[as_array(value, dtype) for value in parameters])


def standardize_shape(shape):
    """`shape` as a tuple of integers and, where lengths are unknown or symbolic, None.

    Raises:
        ValueError: not a sequence of lengths.
    """
    try:
        lengths = tuple(None if _is_unknown(length) else operator.index(length) for length in shape)
    except TypeError:
        lengths = None
    if lengths is None or any(length is not None and length < 0 for length in lengths):
        raise ValueError(
            f"`shape` must be a tuple of lengths, for example (32, 10), or () for a single number. Received: {shape!r}"
        )
    return lengths


def _is_unknown(length):
    return length is None or isinstance(length, KerasTensor)


def is_inferred(arguments):
    """Whether lengths or numbers are missing because only shapes are being inferred.

    Raises:
        ValueError: they are missing outside a layer, where they can never become known.
    """
    symbolic = any_symbolic(arguments)
    unknown = symbolic or any(None in value for value in arguments if isinstance(value, tuple))
    if unknown and thread.records_history:
        raise ValueError(
            ("A KerasTensor holds no values yet" if symbolic else "A length of None is not known yet")
            + ", and functions of `keras.random` cannot be nodes of a functional model. Call them inside the "
            "`call` of a layer of your own, or use a layer such as `keras.layers.Dropout`."
        )
    return unknown


def float_dtype(dtype, function):
    """The name of `dtype`, `floatx()` for None.

    Raises:
        ValueError: not a float dtype.
    """
    dtype = standardize_dtype(dtype)
    if not is_float(dtype):
        raise ValueError(f"`keras.random.{function}` requires a floating point `dtype`. Received: dtype={dtype}")
    return dtype


def as_lengths(shape):
    """A shape given in any form (list, TensorShape, tensor) as a tuple of lengths."""
    if isinstance(shape, (Tensor, np.ndarray)):
        return tuple(int(n) for n in np.atleast_1d(as_array(shape)))
    return shape


def moved(x, factor, offset):
    """x · factor + offset, each step rounded to x's dtype; the usual 1 and 0 cost nothing."""
    if type(factor) not in (int, float) or factor != 1:
        x = x * data_tensor(factor, dtype=x.dtype)
    if type(offset) not in (int, float) or offset != 0:
        x = x + data_tensor(offset, dtype=x.dtype)
    return x


def required_float(dtype):
    """The name of a float dtype.

    Raises:
        ValueError: it is another.
    """
    dtype = standardize_dtype(dtype)
    if not is_float(dtype):
        raise ValueError(f"Such random numbers have a floating-point dtype. Received: dtype={dtype}")
    return dtype


def gamma_with_parameters(samples, alpha, beta, dtype):
    """Gamma values of the rate 1, drawn for concentrations `alpha`, with the rate `beta` (None: 1). Gradients flow to
    both, to `alpha` by implicit reparametrization."""
    if isinstance(samples, KerasTensor):
        return samples
    if isinstance(alpha, (Tensor, Variable)):
        samples = GammaSample()(data_tensor(alpha, dtype), samples)
    return samples if beta is None else maximum(dtype_limits(dtype).tiny, samples / data_tensor(beta, dtype))
