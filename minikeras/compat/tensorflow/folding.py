"""A function over the slices along the first axis: mapped, or folded with a carry. Plain loops in Python.

`elems` is a Tensor or a nest of Tensors of one length along their first axis. (Keras's own: `control_flow.py`.)
"""

__replay__ = "computes"

from minikeras import tree
from minikeras.ops.conversion import data_tensor
from minikeras.ops.joining import stack


def map_slices(fn, elems):
    """The list of `fn(slice)` for every slice along the first axis."""
    return [fn(_slice(elems, i)) for i in range(_length(elems))]


def scan(fn, elems, initializer=None, reverse=False):
    """All running results of `a = fn(a, x)` for every slice x of `elems`, stacked.

    Args:
        initializer: the first `a`; the first slice of `elems` if None, which is then the first result as well.
        reverse: from the last slice to the first. The results are at the positions of their slices.

    Raises:
        ValueError: neither slices nor an `initializer`; Tensors without axes, or of different lengths.
    """
    carry, rest = _start(elems, initializer, reverse)
    results = [carry] if initializer is None else []
    for i in rest:
        carry = _converted_like(fn(carry, _slice(elems, i)), carry)
        results.append(carry)
    return stacked(results[::-1] if reverse else results)


def fold(fn, elems, initializer=None, reverse=False):
    """The last running result of `scan`."""
    carry, rest = _start(elems, initializer, reverse)
    for i in rest:
        carry = _converted_like(fn(carry, _slice(elems, i)), carry)
    return carry


def stacked(results):
    """Nests of Tensors, all alike, as one nest with a new first axis."""
    columns = zip(*[tree.flatten(y) for y in results], strict=True)
    return tree.pack_sequence_as(results[0], [stack(list(column)) for column in columns])


def _start(elems, initializer, reverse):
    """The first carry, and the indices of the slices in order."""
    order = range(_length(elems))
    order = order[::-1] if reverse else order
    if initializer is not None:
        return tree.map_structure(data_tensor, initializer), order
    if not order:
        raise ValueError("There are no elements, so an `initializer` is needed.")
    return _slice(elems, order[0]), order[1:]


def _converted_like(result, carry):
    flat = [
        data_tensor(y) if hasattr(y, "dtype") else data_tensor(y, a.dtype)
        for y, a in zip(tree.flatten(result), tree.flatten(carry), strict=True)
    ]
    return tree.pack_sequence_as(carry, flat)


def _length(elems):
    flat = tree.flatten(elems)
    if not flat or any(not x.shape for x in flat):
        raise ValueError("`elems` needs an axis to go along. Received: a scalar")
    lengths = {x.shape[0] for x in flat}
    if len(lengths) > 1:
        raise ValueError(
            f"All of `elems` must have the same length along their first axis. Received: {sorted(lengths)}"
        )
    return lengths.pop()


def _slice(elems, i):
    return tree.map_structure(lambda x: x[i], elems)
