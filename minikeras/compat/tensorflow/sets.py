"""`tf.sets`: TensorFlow's parameters over `sparse_values/sets.py`. Indices are not validated separately."""

from minikeras.compat.tensorflow.sparse_values import sets

__all__ = ["difference", "intersection", "size", "union"]


def intersection(a, b, validate_indices=True):
    """The elements of both sets, in order."""
    return sets.intersection(a, b)


def union(a, b, validate_indices=True):
    """The elements of either set, in order."""
    return sets.union(a, b)


def difference(a, b, aminusb=True, validate_indices=True):
    """The elements of a but not of b, in order; those of b but not of a if not `aminusb`."""
    return sets.difference(a, b) if aminusb else sets.difference(b, a)


def size(a, validate_indices=True):
    """The number of distinct elements in each set of a SparseTensor, int32."""
    return sets.size(a)
