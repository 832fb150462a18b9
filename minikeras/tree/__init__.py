"""Nested structures of lists, tuples and dicts as trees: Keras's `keras.tree` namespace in plain Python.

Models take and give nests of tensors (`{"image": x, "tags": [a, b]}`); these functions traverse them. `nodes` defines
containers, `flattening` turns a nest into a list and back, `mapping` applies a function, `comparing` checks
that two nests have the same form.

Dicts are walked by sorted key, so that two dicts filled in different order give the same list; an `OrderedDict` is
walked in its own order. Subclasses of list, tuple and dict are leaves (namedtuples excepted), and so is None.
"""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.tree.comparing import assert_same_paths, assert_same_structure
from minikeras.tree.flattening import flatten, flatten_with_path, is_nested, pack_sequence_as
from minikeras.tree.mapping import (
    MAP_TO_NONE,
    lists_to_tuples,
    map_shape_structure,
    map_structure,
    map_structure_up_to,
    traverse,
)
from minikeras.tree.nodes import register_tree_node_class

__all__ = [
    "MAP_TO_NONE",
    "assert_same_paths",
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_shape_structure",
    "map_structure",
    "map_structure_up_to",
    "pack_sequence_as",
    "register_tree_node_class",
    "traverse",
]

__getattr__ = explain_missing_names(__name__, __all__)
