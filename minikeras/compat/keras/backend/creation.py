"""`K.constant`, `K.cast`, `K.zeros`, `K.variable`, …: tensors and variables, and their values.

`K.zeros`, `K.ones` and `K.eye` make variables, as they always did; `keras.ops.zeros` makes a tensor.
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.name_scope import name_scope as open_name_scope
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.compat.tensorflow.arrays import creation
from minikeras.compat.tensorflow.train.exponential_moving_average import move_average
from minikeras.compat.tensorflow.variables import Variable as TFVariable
from minikeras.config import floatx
from minikeras.ops import cast, dtype

__all__ = [
    "arange",
    "batch_get_value",
    "batch_set_value",
    "cast",
    "cast_to_floatx",
    "constant",
    "dtype",
    "eval",
    "eye",
    "get_value",
    "moving_average_update",
    "name_scope",
    "ones",
    "ones_like",
    "set_value",
    "stop_gradient",
    "update",
    "update_add",
    "update_sub",
    "variable",
    "zeros",
    "zeros_like",
]


def constant(value, dtype=None, shape=None, name=None):
    """A tensor of `floatx()`; with `shape`, the values in that shape, a single one repeated."""
    array = as_array(value, dtype or floatx())
    if shape is not None:
        shape = tuple(shape)
        array = np.full(shape, array) if array.size == 1 else array.reshape(shape)
    return Tensor(array)


def variable(value, dtype=None, name=None, constraint=None):
    """A variable of `floatx()` with this initial value; the constraint is kept for the optimizer."""
    return TFVariable(value, dtype=dtype or floatx(), name=name, constraint=constraint)


def zeros(shape, dtype=None, name=None):
    """A variable of zeros; a tensor, if the shape is known only when a model runs."""
    return _variable_or_tensor(creation.zeros(shape, dtype or floatx()), dtype, name)


def ones(shape, dtype=None, name=None):
    """A variable of ones; a tensor, if the shape is known only when a model runs."""
    return _variable_or_tensor(creation.ones(shape, dtype or floatx()), dtype, name)


def _variable_or_tensor(x, dtype, name):
    return x if isinstance(x, KerasTensor) else variable(x, dtype, name)


def eye(size, dtype=None, name=None):
    """A variable: the identity matrix."""
    return variable(np.eye(size, dtype=dtype or floatx()), dtype, name)


def zeros_like(x, dtype=None, name=None):
    """A tensor of zeros in the shape of x."""
    return ops.zeros_like(x, dtype)


def ones_like(x, dtype=None, name=None):
    """A tensor of ones in the shape of x."""
    return ops.ones_like(x, dtype)


def arange(start, stop=None, step=1, dtype="int32"):
    """start, start + step, … below `stop`; with `start` alone, from 0 up to it."""
    if stop is None:
        start, stop = 0, max(start, 0)
    return ops.arange(start, stop, step, dtype)


def cast_to_floatx(x):
    """The same values in `floatx()`: of a tensor a tensor, of anything else an array."""
    if isinstance(x, (Tensor, Variable, KerasTensor)):
        return ops.cast(x, floatx())
    return np.asarray(x, dtype=floatx())


def get_value(x):
    """A tensor or variable as an array; anything else unchanged."""
    return x.numpy() if isinstance(x, (Tensor, Variable)) else x


def eval(x):
    """`get_value`."""
    return get_value(x)


def batch_get_value(tensors):
    """`get_value` of each."""
    return [get_value(x) for x in tensors]


def set_value(x, value):
    """Set the value of a variable."""
    x.assign(np.asarray(value, dtype=x.dtype))


def batch_set_value(tuples):
    """Set the variables of pairs (variable, value)."""
    for x, value in tuples:
        set_value(x, value)


def update(x, new_x):
    """x ← new_x."""
    return x.assign(new_x)


def update_add(x, increment):
    """x ← x + increment."""
    return x.assign_add(increment)


def update_sub(x, decrement):
    """x ← x − decrement."""
    return x.assign_sub(decrement)


def moving_average_update(x, value, momentum):
    """x ← momentum · x + (1 − momentum) · value."""
    return move_average(x, ops.cast(value, x.dtype), momentum)


def stop_gradient(variables):
    """The same values, through which no gradient passes; of a list, an iterator over them as in Keras."""
    if isinstance(variables, (list, tuple)):
        return map(ops.stop_gradient, variables)
    return ops.stop_gradient(variables)


def name_scope(name):
    """`with K.name_scope("block"):` prefixes the names of variables created in the context."""
    return open_name_scope(name)
