"""Tensors, variables, the gradient tape and the symbolic graph. Start reading at `operation.py`, then `tape.py`."""

__replay__ = "engine"

from minikeras.autodiff import basic_ops, operators
from minikeras.autodiff.composed import composed
from minikeras.autodiff.custom_gradient import custom_gradient, stop_gradient
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.operation import Op, Operation
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable

__all__ = [
    "GradientTape",
    "IndexedSlices",
    "KerasTensor",
    "Op",
    "Operation",
    "Tensor",
    "Variable",
    "basic_ops",
    "composed",
    "custom_gradient",
    "name_scope",
    "stop_gradient",
]

operators.basic_ops = basic_ops  # Python's operators are ops on tensors, and tensors have the operators
