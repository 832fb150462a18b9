"""`tf.py_function` and `tf.numpy_function`: calls of Python functions on tensors, as every function is called here."""

from functools import wraps

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import leaves_no_node
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.extension_types.specs import is_extension
from minikeras.compat.tensorflow.tensor_spec import TensorSpec
from minikeras.random.operation_seeds import inside_function, outside_functions

__all__ = ["numpy_function", "py_function"]


def py_function(func=None, inp=None, Tout=None, name=None):
    """`func(*inp)`, called on Tensors; gradients flow through it.

    Args:
        func: takes as many Tensors as there are `inp`. Without it this is a decorator: the function that it makes takes
            the inputs.
        inp: list of tensors.
        Tout: dtype (or TensorSpec) of the result, or a list of them; an empty list for a function that returns nothing.
        name: without effect.
    """
    if func is None:
        return lambda function: wraps(function)(lambda *inputs: py_function(function, inputs, Tout))
    inputs = [x if is_extension(x) else tensor(x) for x in inp]
    if any_symbolic(inputs):
        return _symbolic_results(Tout)
    with outside_functions():
        results = func(*inputs)
    return _results(results, Tout)


def numpy_function(func=None, inp=None, Tout=None, stateful=True, name=None):
    """`func(*inp)`, called on NumPy arrays; no gradients.

    Args:
        func: takes as many arrays as there are `inp`; without it this is a decorator, as `py_function` is.
        inp: list of tensors.
        Tout: dtype (or TensorSpec) of the result, or a list of them.
        stateful: whether calls with the same arguments may differ; without effect.
        name: without effect.

    Raises:
        InvalidArgumentError: a result's dtype is not as declared.
    """
    if func is None:
        return lambda function: wraps(function)(lambda *inputs: numpy_function(function, inputs, Tout))
    inputs = [tensor(x) for x in inp]
    if any_symbolic(inputs):
        return _symbolic_results(Tout)
    if not inside_function():  # TensorFlow's own shorter way: numbers become float64 or int64, `Tout` has no effect
        results = func(*[np.array(x.numpy() if hasattr(x, "numpy") else x) for x in inp])
        converted = [None if y is None else tensor(y) for y in tree.flatten(results)]
        return converted[0] if len(converted) == 1 else converted
    with outside_functions():
        results = func(*[np.asarray(x.numpy()) for x in inputs])
    for y, spec in zip(_listed(results), _listed(Tout), strict=False):
        wanted = getattr(spec, "dtype", spec)
        if hasattr(y, "dtype") and tensor(y).dtype != wanted:
            raise InvalidArgumentError(
                None,
                None,
                f"The function should return {str.__str__(wanted)}, not {y.dtype}. Change `Tout`, or convert "
                "the result with `.astype`.",
            )
    return _results(results, Tout)


def _results(results, specs):
    if not isinstance(specs, (list, tuple)):
        return _converted(results, specs)
    if not specs:
        return []
    results = _listed(results)
    if len(results) != len(specs):
        raise InvalidArgumentError(None, None, f"`Tout` declares {len(specs)} results. Received: {len(results)}")
    return [_converted(y, spec) for y, spec in zip(results, specs, strict=True)]


def _converted(y, spec):
    """A result as a Tensor. An array is copied: the function may return the same one again, with other numbers."""
    if is_extension(y):
        return y
    return tensor(y.copy() if isinstance(y, np.ndarray) else y, getattr(spec, "dtype", spec))


def _listed(x):
    return list(x) if isinstance(x, (list, tuple)) and not isinstance(x, Tensor) else [x]


def _symbolic_results(specs):
    """KerasTensors as `Tout` describes them: only a TensorSpec has a shape.

    Raises:
        ValueError: the shape is unknown.
    """
    leaves_no_node("tf.py_function")
    for spec in _listed(specs):
        if not isinstance(spec, TensorSpec):
            raise ValueError(
                "The shape of what a Python function in a model returns is unknown before it runs. "
                "Give `Tout` as tf.TensorSpec(shape, dtype)."
            )
    results = [KerasTensor(tuple(spec.shape), spec.dtype) for spec in _listed(specs)]
    return results if isinstance(specs, (list, tuple)) else results[0]
