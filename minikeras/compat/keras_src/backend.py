"""`keras.src.backend`: what packages use of it beyond `keras.backend`. Most of it is in `keras.ops`, or in `keras`."""

__replay__ = "computes"

import numpy as np

from minikeras import KerasTensor, StatelessScope, SymbolicScope, Variable, name_scope, ops, random
from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.state import autocast, no_history, thread
from minikeras.autodiff.stateless_scope import in_symbolic_scope
from minikeras.base.replay import safe_to_replay
from minikeras.config import standardize_data_format
from minikeras.ops import image as image_ops
from minikeras.ops import linalg, nn
from minikeras.ops.recurrence import rnn
from minikeras.utils.device import device

__all__ = [
    "IS_THREAD_SAFE",
    "SUPPORTS_COMPLEX_DTYPES",
    "SUPPORTS_RAGGED_TENSORS",
    "SUPPORTS_SPARSE_TENSORS",
    "AutocastScope",
    "KerasTensor",
    "StatelessScope",
    "SymbolicScope",
    "Variable",
    "any_symbolic_tensors",
    "backend_name_scope",
    "cast",
    "compute_output_spec",
    "cond",
    "convert_to_numpy",
    "convert_to_tensor",
    "core",
    "device",
    "device_scope",
    "get_keras_mask",
    "get_stateless_scope",
    "image",
    "in_stateless_scope",
    "in_symbolic_scope",
    "is_tensor",
    "linalg",
    "math",
    "name_scope",
    "nn",
    "numpy",
    "random",
    "random_seed_dtype",
    "rnn",
    "scatter",
    "set_keras_mask",
    "shape",
    "shape_equal",
    "standardize_data_format",
    "standardize_shape",
    "stop_gradient",
    "vectorized_map",
]

IS_THREAD_SAFE = True
SUPPORTS_COMPLEX_DTYPES = True
SUPPORTS_RAGGED_TENSORS = True
SUPPORTS_SPARSE_TENSORS = True

core = math = ops
numpy = ops.numpy
image = image_ops
backend_name_scope = name_scope
device_scope = device
cast = ops.cast
cond = ops.cond
convert_to_numpy = ops.convert_to_numpy
convert_to_tensor = ops.convert_to_tensor
is_tensor = ops.is_tensor
scatter = ops.scatter
shape = ops.shape
stop_gradient = ops.stop_gradient
vectorized_map = ops.vectorized_map


def AutocastScope(dtype):  # noqa: N802  Keras's name for it
    """Context in which float Variables are read as `dtype`; None: in their own dtype.

    Raises:
        ValueError: `dtype` is not a float dtype.
    """
    name = None if dtype is None else standardize_dtype(dtype)
    if name is not None and not is_float(name):
        raise ValueError(f"`AutocastScope` can only be used with a float dtype or None. Received: dtype={dtype!r}")
    return autocast(name)


def any_symbolic_tensors(args=None, kwargs=None):
    """Whether there is a KerasTensor in the arguments of a call."""
    return any_symbolic(tuple(args or ()), kwargs)


def compute_output_spec(fn, *args, **kwargs):
    """KerasTensors like the results of `fn` for these arguments; its assignments to Variables are undone."""
    with StatelessScope(), SymbolicScope(), no_history():
        return fn(*args, **kwargs)


@safe_to_replay("it looks at an attribute only")
def get_keras_mask(x):
    """The mask attached to a tensor, or None."""
    return getattr(x, "_keras_mask", None)


@safe_to_replay("it sets the attribute that layers set, too")
def set_keras_mask(x, mask):
    """Attach a mask to a tensor."""
    x._keras_mask = mask


def get_stateless_scope():
    """The innermost open StatelessScope, or None."""
    return thread.stateless_scope


def in_stateless_scope():
    """Whether a StatelessScope is open."""
    return thread.stateless_scope is not None


def random_seed_dtype():
    """The dtype of the state of a SeedGenerator."""
    return random.SeedGenerator(0).state.dtype


def standardize_shape(shape):
    """A shape as a tuple of integers and None.

    Raises:
        ValueError: `shape` is not a sequence, or a length is neither None nor an integer of 0 or more.
    """
    if not hasattr(shape, "__iter__"):
        if shape is None:
            raise ValueError("Undefined shapes are not supported. Received: shape=None")
        raise ValueError(f"Cannot convert '{shape}' to a shape: it is a sequence of lengths.")
    lengths = tuple(shape)
    for length in lengths:
        if length is None:
            continue
        if not isinstance(length, (int, np.integer)):
            raise ValueError(f"Cannot convert '{shape}' to a shape. Found invalid dimension '{length}'.")
        if length < 0:
            raise ValueError(f"Cannot convert '{shape}' to a shape. Negative dimensions are not possible.")
    return tuple([None if length is None else int(length) for length in lengths])


def shape_equal(a_shape, b_shape):
    """Whether two shapes agree wherever both are known."""
    return len(a_shape) == len(b_shape) and all(
        a == b for a, b in zip(a_shape, b_shape, strict=True) if a is not None and b is not None
    )
