"""`tf.nest`: nested lists, tuples and dicts of tensors, as in `keras.tree`."""

__replay__ = "computes"

from minikeras import tree

__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]


def flatten(structure, expand_composites=False):
    """The leaves as a list; dicts by sorted key. (`expand_composites` is about sparse tensors: there are none.)"""
    return tree.flatten(structure)


def is_nested(seq):
    """Whether it is a list, tuple or dict (or a registered container)."""
    return tree.is_nested(seq)


def map_structure(func, *structure, **kwargs):
    """A structure of `func(*leaves at one place)`.

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
    kwargs.pop("expand_composites", None)
    if kwargs:
        raise ValueError(f"`map_structure` has the options `check_types` and `expand_composites`. Received: {kwargs}")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types)
    leaves = zip(*[tree.flatten(s) for s in structure], strict=True)
    return tree.pack_sequence_as(structure[0], [func(*row) for row in leaves])


def pack_sequence_as(structure, flat_sequence, expand_composites=False):
    """A structure like `structure` with other leaves."""
    return tree.pack_sequence_as(structure, flat_sequence)


def assert_same_structure(nest1, nest2, check_types=True, expand_composites=False):
    """Raise unless both have the same form.

    Args:
        check_types: whether a list and a tuple count as different.

    Raises:
        ValueError: they differ in form.
        TypeError: they differ only in the types of containers, and `check_types` is set.
    """
    if check_types:
        tree.assert_same_structure(nest1, nest2)
    elif [path for path, _ in tree.flatten_with_path(nest1)] != [path for path, _ in tree.flatten_with_path(nest2)]:
        raise ValueError(f"The two arguments are nested differently. Received: {nest1} and {nest2}")
