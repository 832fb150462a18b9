"""Extension types as containers of their tensors, for what walks nests: a `tf.function`'s kinds, plans and results."""

__replay__ = "computes"

from minikeras import tree
from minikeras.compat.tensorflow.extension_types.specs import is_extension, parts_of
from minikeras.compat.tensorflow.extension_types.types import DEFINED
from minikeras.tree.nodes import KINDS, NodeKind, positions


class Parts:
    """The tensors of a value, and its spec."""

    def __init__(self, spec, tensors):
        self.spec, self.tensors = spec, tensors

    def __len__(self):
        return len(self.tensors)

    def __eq__(self, other):
        return type(other) is Parts and (self.spec, self.tensors) == (other.spec, other.tensors)

    __hash__ = None


KINDS[Parts] = NodeKind(
    Parts, positions, lambda node: node.tensors, lambda node, tensors: Parts(node.spec, list(tensors))
)


def opened(structure):
    """The structure with `Parts` in place of each value."""
    if not DEFINED:
        return structure
    return tree.map_structure(lambda x: _opened(x) if is_extension(x) else x, structure)


def closed(structure):
    """The inverse of `opened`."""
    if not DEFINED:
        return structure

    def value(x):
        return x.spec.value_of(map(closed, x.tensors)) if type(x) is Parts else None

    return tree.traverse(value, structure)


def _opened(value):
    return Parts(value._type_spec, opened(parts_of(value)))
