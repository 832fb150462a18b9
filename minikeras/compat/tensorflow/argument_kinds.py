"""Kinds of arguments: TensorFlow traces a function again for each."""

__replay__ = "computes"

from typing import NamedTuple

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.extension_types.parts import Parts
from minikeras.tree.nodes import node_kind

PLAIN = (bool, int, float, complex, str, bytes)


class Kind(NamedTuple):
    """The properties of the arguments by which TensorFlow retraces.

    Attributes:
        leaves: (shape, dtype) of each tensor, (class, value) of each other leaf.
        structure: how they are nested: kinds of containers and keys of dicts.
    """

    leaves: tuple
    structure: tuple


def kind_of(arguments):
    """The `Kind` of nested arguments."""
    leaves = []
    structure = _structure(arguments, leaves)
    return Kind(tuple(leaves), structure)


def _structure(nest, leaves):
    """How a nest is made, hashable; the kinds of its leaves are added to `leaves`."""
    if isinstance(nest, Tensor):
        leaves.append((tuple(nest.shape), str.__str__(nest.dtype)))
        return None
    kind = node_kind(nest)
    if kind is None:
        leaves.append(_leaf_of(nest))
        return None
    children = [_structure(child, leaves) for child in kind.children(nest)]
    if kind.family == "dict":
        return ("dict", *kind.keys(nest), *children)
    return (kind.family, nest.spec if type(nest) is Parts else None, *children)


def _leaf_of(x):
    if isinstance(x, (Tensor, KerasTensor)):
        return tuple(x.shape), str.__str__(x.dtype)
    return (type(x).__name__, x) if x is None or isinstance(x, PLAIN) else (type(x).__name__, id(x))
