"""`tf.types.experimental`: names for annotations of tensor-like values, and of functions."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.compat.tensorflow.function import ConcreteFunction, Function

__all__ = ["Callable", "ConcreteFunction", "GenericFunction", "PolymorphicFunction", "TensorLike"]

TensorLike = Tensor | Variable | int | float | bool | str | bytes | complex | tuple | list | np.ndarray | np.generic
Callable = ConcreteFunction
GenericFunction = PolymorphicFunction = Function
