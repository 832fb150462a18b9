"""A function applied throughout a nest: to its leaves, to its shapes, or to every sub-nest."""

from minikeras.tree.comparing import matching_children
from minikeras.tree.nodes import node_kind


class MAP_TO_NONE:  # noqa: N801  Keras's name
    """The result of a function of `traverse` that puts None in place of a sub-nest (None itself means "continue")."""


def map_structure(func, *structures, none_is_leaf=True):
    """A nest of the same form that holds `func(leaf, leaf_of_second, …)`.

    With `none_is_leaf=False`, None is kept as it is and `func` never sees it.

    Raises:
        ValueError: no structure was given, or they differ in form.
        TypeError: `func` is not callable.
    """
    _check(func, structures)
    if len(structures) == 1:
        return _map_one(func, structures[0], none_is_leaf)
    return _map_many(func, structures, none_is_leaf, ())


def _map_one(func, structure, none_is_leaf):
    kind = node_kind(structure)
    if kind is not None:
        return kind.rebuild(structure, [_map_one(func, child, none_is_leaf) for child in kind.children(structure)])
    if structure is None and not none_is_leaf:
        return None
    return func(structure)


def _map_many(func, structures, none_is_leaf, path):
    first = structures[0]
    kind = node_kind(first)
    if kind is not None:
        return _map_children(
            first, structures, path, lambda children, path: _map_many(func, children, none_is_leaf, path)
        )
    for other in structures[1:]:
        if node_kind(other) is not None or (not none_is_leaf and (other is None) != (first is None)):
            raise ValueError(
                f"The structures don't have the same nested structure: at path {path}, "
                f"the first has a leaf of type {type(first).__name__}. Received another with {other!r:.200}"
            )
    if first is None and not none_is_leaf:
        return None
    return func(*structures)


def map_structure_up_to(shallow_structure, func, *structures):
    """`func` applied where `shallow_structure` has its leaves; deeper nests are passed to `func` whole.

    Example: ``map_structure_up_to([0, 0], len, [[1, 1], [2, 2, 2]])`` gives ``[2, 3]``.

    None in `shallow_structure` is a leaf, as Keras documents (Keras 3.15 itself refuses it).

    Raises:
        ValueError: no structure was given, or one of them is shallower than `shallow_structure` or differs from it.
    """
    _check(func, structures)
    return _map_up_to(func, (shallow_structure, *structures), ())


def _map_up_to(func, structures, path):
    if node_kind(structures[0]) is None:
        return func(*structures[1:])
    return _map_children(structures[0], structures, path, lambda children, path: _map_up_to(func, children, path))


def _map_children(first, structures, path, map_child):
    """Rebuild `first` from `map_child(the children of all structures at one place, their path)`."""
    kind = node_kind(first)
    columns = [kind.children(first), *(matching_children(first, other, path) for other in structures[1:])]
    keys = kind.keys(first)
    mapped = [map_child(row, (*path, key)) for key, *row in zip(keys, *columns, strict=True)]
    return kind.rebuild(first, mapped)


def traverse(func, structure, top_down=True):
    """`func` called on every sub-nest and leaf; its result, if not None, replaces the container.

    None from `func` means "keep this"; `MAP_TO_NONE` means "put None here". With `top_down`, a container comes before
    its children, which are not visited once it has been replaced; otherwise after its (already replaced) children.
    """
    if not callable(func):
        raise TypeError(f"`func` must be callable. Received: {func!r}")
    if not top_down:
        structure = _traverse_children(func, structure, top_down)
    result = func(structure)
    if result is None:
        return _traverse_children(func, structure, top_down) if top_down else structure
    return None if result is MAP_TO_NONE else result


def _traverse_children(func, structure, top_down):
    kind = node_kind(structure)
    if kind is None:
        return structure
    return kind.rebuild(structure, [traverse(func, child, top_down) for child in kind.children(structure)])


def lists_to_tuples(structure):
    """The same nest with every list made a tuple."""
    return traverse(lambda node: tuple(node) if isinstance(node, list) else None, structure, top_down=False)


def map_shape_structure(func, structure):
    """`func` applied to every shape in a nest: a list or tuple of only ints and None counts as one leaf."""
    kind = node_kind(structure)
    if kind is None or _is_shape(structure):
        return func(structure)
    return kind.rebuild(structure, [map_shape_structure(func, child) for child in kind.children(structure)])


def _is_shape(node):
    return isinstance(node, (list, tuple)) and all(isinstance(size, (int, type(None))) for size in node)


def _check(func, structures):
    if not callable(func):
        raise TypeError(f"`func` must be callable. Received: {func!r}")
    if not structures:
        raise ValueError("Must provide at least one structure.")
