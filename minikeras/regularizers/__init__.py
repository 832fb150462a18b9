"""Regularizers: penalties on weights and activations, added to the loss."""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.regularizers.identifiers import deserialize, get, register_exports, serialize
from minikeras.regularizers.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer  # Keras's aliases

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]

__getattr__ = explain_missing_names(__name__, __all__)

register_exports({name: globals()[name] for name in __all__})
