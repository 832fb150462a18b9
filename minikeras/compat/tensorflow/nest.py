"""`tf.nest`: nested lists, tuples and dicts of tensors, as in `keras.tree`."""

__replay__ = "computes"

from collections.abc import Mapping

from minikeras import tree
from minikeras.compat.tensorflow import composites

__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]


def flatten(structure, expand_composites=False):
    """The leaves as a list; dicts by sorted key.

    Args:
        expand_composites: whether the tensors that sparse and ragged ones consist of are the leaves.
    """
    return tree.flatten(composites.expanded(structure) if expand_composites else structure)


def is_nested(seq):
    """Whether it is a list, tuple or dict (or a registered container)."""
    return tree.is_nested(seq)


def map_structure(func, *structure, **kwargs):
    """A structure of `func(*leaves)`, applied to corresponding leaves.

    Args:
        func: takes as many leaves as there are structures.
        structure: structures of the same form.
        kwargs: `check_types` and `expand_composites`, as in `assert_same_structure`.

    Raises:
        TypeError: `func` cannot be called.
        ValueError: the structures differ, or there are other keyword arguments.
    """
    if not callable(func):
        raise TypeError(f"`func` must be callable. Received: {func!r}")
    check_types = kwargs.pop("check_types", True)
    expand_composites = kwargs.pop("expand_composites", False)
    if kwargs:
        raise ValueError(f"`map_structure` has the options `check_types` and `expand_composites`. Received: {kwargs}")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types, expand_composites)
    leaves = zip(*[flatten(s, expand_composites) for s in structure], strict=True)
    return pack_sequence_as(structure[0], [func(*row) for row in leaves], expand_composites)


def pack_sequence_as(structure, flat_sequence, expand_composites=False):
    """A structure like `structure` with other leaves, those of `flatten` with the same `expand_composites`."""
    return (composites.packed if expand_composites else tree.pack_sequence_as)(structure, flat_sequence)


def assert_same_structure(nest1, nest2, check_types=True, expand_composites=False):
    """Raise unless both have the same form.

    Args:
        check_types: whether a list and a tuple, or other keys of a dict, count as different.

    Raises:
        ValueError: they differ in form.
        TypeError: they differ only in the types of containers, and `check_types` is set.
    """
    if expand_composites:
        nest1, nest2 = composites.expanded(nest1), composites.expanded(nest2)
    if check_types:
        _check_types(nest1, nest2)
        tree.assert_same_structure(nest1, nest2)
    elif _form(nest1) != _form(nest2):
        raise ValueError(f"The two arguments are nested differently. Received: {nest1} and {nest2}")


def _form(nest):
    """The numbers of children, in the same nesting; None for a leaf."""
    if not tree.is_nested(nest):
        return None
    children = [nest[key] for key in sorted(nest)] if isinstance(nest, Mapping) else list(nest)
    return [_form(child) for child in children]


def _check_types(a, b):
    """Raise TypeError if corresponding containers have different types, other than two kinds of dicts."""
    if not (tree.is_nested(a) and tree.is_nested(b)):
        return
    are_dicts = isinstance(a, Mapping) and isinstance(b, Mapping)
    if not are_dicts and type(a) is not type(b):
        raise TypeError(
            f"The two arguments are nested differently: a {type(a).__name__} and a {type(b).__name__} are in "
            f"the same position. Received: {a} and {b}"
        )
    keys = sorted(a.keys() & b.keys()) if are_dicts else range(min(len(a), len(b)))
    for key in keys:
        _check_types(a[key], b[key])
