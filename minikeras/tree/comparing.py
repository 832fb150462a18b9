"""Whether two nests have the same form."""

from minikeras.base.messages import warn
from minikeras.tree.flattening import flatten_with_path
from minikeras.tree.nodes import node_kind


def assert_same_structure(a, b, check_types=None):
    """Raise ValueError unless `a` and `b` are nested alike: equal container types, lengths and keys at every place.

    dict, OrderedDict and defaultdict count as one type; list, tuple, deque and each namedtuple class do not.
    `check_types` has no effect in Keras 3 either; giving it warns. (`assert_same_paths` is the looser check.)
    """
    if check_types is not None:
        warn(
            "`check_types` has no effect any more. Leave it out, or use `assert_same_paths`, "
            "which does not tell lists, tuples and namedtuples apart.",
            DeprecationWarning,
        )
    _assert_same(a, b, ())


def _assert_same(a, b, path):
    kind = node_kind(a)
    if kind is None:
        if node_kind(b) is not None:
            raise _mismatch(path, f"a leaf of type {type(a).__name__}", b)
        return
    for key, child, other in zip(kind.keys(a), kind.children(a), matching_children(a, b, path), strict=True):
        _assert_same(child, other, (*path, key))


def matching_children(first, other, path):
    """The children of `other` in the order of those of `first`.

    Raises:
        ValueError: `other` is not a container of the same family, length and keys. The message names `path`.
    """
    kind, other_kind = node_kind(first), node_kind(other)
    if other_kind is None or other_kind.family != kind.family:
        raise _mismatch(path, f"a {type(first).__name__}", other)
    if kind.family == "dict":
        if first.keys() != other.keys():
            raise _mismatch(path, f"a dict with the keys {list(first)}", other)
        return [other[key] for key in kind.keys(first)]
    children = other_kind.children(other)
    expected = len(kind.children(first))
    if len(children) != expected:
        raise _mismatch(path, f"a {type(first).__name__} of length {expected}", other)
    return children


def assert_same_paths(a, b):
    """Raise ValueError unless `a` and `b` have the same paths to leaves, in any containers."""
    a_paths = {path for path, _ in flatten_with_path(a)}
    b_paths = {path for path, _ in flatten_with_path(b)}
    if a_paths == b_paths:
        return
    message = "`a` and `b` don't have the same paths."
    if a_paths - b_paths:
        message += f"\nPaths in `a` missing in `b`:\n{a_paths - b_paths}"
    if b_paths - a_paths:
        message += f"\nPaths in `b` missing in `a`:\n{b_paths - a_paths}"
    raise ValueError(message)


def _mismatch(path, expected, received):
    return ValueError(
        f"The structures don't have the same nested structure: at path {path}, expected {expected}. "
        f"Received: {received!r:.200}"
    )
