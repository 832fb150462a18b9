"""Flattens a nest into the list of its leaves, and packs it again."""

from minikeras.tree.nodes import KINDS, node_kind


def is_nested(structure):
    """Whether `structure` is a container (list, tuple, dict, …) rather than a leaf. Empty containers count."""
    return node_kind(structure) is not None


def flatten(structure):
    """The leaves of a nest, depth first, as a new list. A leaf alone gives a list of one."""
    kind = node_kind(structure)
    if kind is None:
        return [structure]
    leaves = []
    _gather(kind.children(structure), leaves)
    return leaves


def _gather(children, leaves):
    """Append the leaves below `children` to `leaves`."""
    # Layers flatten their arguments at every call: the test for a leaf is spelled out, which costs 60 ns a leaf where
    # a call of `node_kind` costs 150.
    for child in children:
        kind = KINDS.get(type(child))
        if kind is None and isinstance(child, tuple):
            kind = node_kind(child)
        if kind is None:
            leaves.append(child)
        else:
            _gather(kind.children(child), leaves)


def flatten_with_path(structure):
    """Pairs (path, leaf), depth first. A path is the tuple of dict keys and positions that lead to the leaf."""
    pairs = []
    _gather_with_path(structure, (), pairs)
    return pairs


def _gather_with_path(structure, path, pairs):
    kind = node_kind(structure)
    if kind is None:
        pairs.append((path, structure))
        return
    for key, child in zip(kind.keys(structure), kind.children(structure), strict=True):
        _gather_with_path(child, (*path, key), pairs)


def pack_sequence_as(structure, flat_sequence):
    """A nest of the form of `structure` whose leaves are the items of `flat_sequence`: the inverse of `flatten`.

    Raises:
        TypeError: `flat_sequence` is not iterable.
        ValueError: it has more or fewer items than `structure` has leaves.
    """
    leaves = list(flat_sequence)
    expected = len(flatten(structure))
    if len(leaves) != expected:
        raise ValueError(
            f"`flat_sequence` must have one item for each leaf of `structure`: expected {expected}. "
            f"Received: {len(leaves)} items."
        )
    kind = node_kind(structure)
    return leaves[0] if kind is None else kind.rebuild(structure, _filled(kind.children(structure), iter(leaves)))


def _filled(children, leaves):
    """The children with the next leaves in place of their own."""
    filled = []
    for child in children:
        kind = KINDS.get(type(child))  # spelled out as in `_gather`
        if kind is None and isinstance(child, tuple):
            kind = node_kind(child)
        filled.append(next(leaves) if kind is None else kind.rebuild(child, _filled(kind.children(child), leaves)))
    return filled
