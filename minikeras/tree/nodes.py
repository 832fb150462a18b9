"""The containers, how to list their children, and how to rebuild them from new ones."""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import NamedTuple


class NodeKind(NamedTuple):
    """One kind of container.

    `keys(node)` names the children (as in a path), `children(node)` lists them in the same order, and
    `rebuild(node, children)` makes a container like `node` that holds `children` instead. Two containers match when
    their `family` is equal: a dict, an OrderedDict and a defaultdict do, a list and a tuple do not.
    """

    family: object
    keys: Callable
    children: Callable
    rebuild: Callable


def positions(node):
    """0, 1, 2 …: the names of the children of a sequence in a path. (Namedtuples too: not by field name.)"""
    return range(len(node))


def sorted_keys(node):
    """The keys of a dict in an order that does not depend on how it was filled.

    Keys that cannot be compared with each other are ordered by type first; where even that fails, the dict's own
    order has to do.
    """
    try:
        return sorted(node)
    except TypeError:
        pass
    try:
        return sorted(node, key=lambda key: (f"{type(key).__module__}.{type(key).__qualname__}", key))
    except TypeError:
        return list(node)


def sorted_values(node):
    """The values of a dict in the order of `sorted_keys`."""
    return [node[key] for key in sorted_keys(node)]


def rebuild_dict(node, children):
    """A dict with the keys of `node` in their own order, the children given in sorted order."""
    by_key = dict(zip(sorted_keys(node), children, strict=True))
    return {key: by_key[key] for key in node}


def _rebuild_registered(node, children):
    _, metadata = node.tree_flatten()
    return type(node).tree_unflatten(metadata, children)


KINDS = {
    list: NodeKind("list", positions, lambda node: node, lambda node, children: list(children)),
    tuple: NodeKind("tuple", positions, lambda node: node, lambda node, children: tuple(children)),
    dict: NodeKind("dict", sorted_keys, sorted_values, rebuild_dict),
    OrderedDict: NodeKind(
        "dict",
        list,
        lambda node: list(node.values()),
        lambda node, children: OrderedDict(zip(node, children, strict=True)),
    ),
    defaultdict: NodeKind(
        "dict",
        sorted_keys,
        sorted_values,
        lambda node, children: defaultdict(node.default_factory, rebuild_dict(node, children)),
    ),
    deque: NodeKind("deque", positions, list, lambda node, children: deque(children, maxlen=node.maxlen)),
}
"""Container kinds by exact type."""


def node_kind(structure):
    """The `NodeKind` of a container; None for a leaf."""
    kind = KINDS.get(type(structure))
    if kind is None and isinstance(structure, tuple):
        return _tuple_subclass_kind(type(structure))
    return kind


def _tuple_subclass_kind(cls):
    """The kind of a namedtuple class or of a C record such as time.struct_time; None for other subclasses of tuple."""
    if isinstance(getattr(cls, "_fields", None), tuple) and hasattr(cls, "_make"):
        return NodeKind(cls, positions, tuple, lambda node, children: cls._make(children))
    if hasattr(cls, "n_sequence_fields") and hasattr(cls, "n_fields"):
        return NodeKind(cls, positions, tuple, lambda node, children: cls(children))
    return None


def register_tree_node_class(cls):
    """Class decorator: treat instances of `cls` as containers.

    `cls` must offer `tree_flatten(self)`, which returns (children, metadata), and a class method
    `tree_unflatten(metadata, children)`, which builds a new instance.
    """
    for method in ("tree_flatten", "tree_unflatten"):
        if not callable(getattr(cls, method, None)):
            raise TypeError(f"A container class needs a method `{method}`. Received: {cls.__name__}, which has none.")
    KINDS[cls] = NodeKind(
        cls,
        lambda node: range(len(node.tree_flatten()[0])),
        lambda node: list(node.tree_flatten()[0]),
        _rebuild_registered,
    )
    return cls
