"""Writing by index: scattered values in a new tensor, or in a changed copy of a given one."""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import integers, tensor
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.ops.scattering import scatter_strings

__all__ = [
    "scatter_nd",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_max",
    "tensor_scatter_nd_min",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update",
]


@symbolic
def scatter_nd(indices, updates, shape, bad_indices_policy="", name=None):
    """A tensor of `shape`, zero except for `updates` at `indices`; duplicates add up."""
    _check_policy(bad_indices_policy)
    updates, lengths = tensor(updates), tuple(integers(shape))
    if updates.dtype == "string":
        return scatter_strings(tensor(indices), updates, lengths)
    return ops.scatter(tensor(indices), updates, lengths)


def tensor_scatter_nd_update(tensor, indices, updates, name=None):
    """`tensor` with `updates` written at `indices`; duplicates keep the last."""
    return _written(tensor, indices, updates, None)


def tensor_scatter_nd_add(tensor, indices, updates, bad_indices_policy="", name=None):
    """`tensor` with `updates` added at `indices`."""
    _check_policy(bad_indices_policy)
    return _written(tensor, indices, updates, "add")


def tensor_scatter_nd_sub(tensor, indices, updates, bad_indices_policy="", name=None):
    """`tensor` with `updates` subtracted at `indices`."""
    _check_policy(bad_indices_policy)
    return _written(tensor, indices, -_as_tensor(updates), "add")


def tensor_scatter_nd_max(tensor, indices, updates, bad_indices_policy="", name=None):
    """The maximum of `tensor` and `updates` at `indices`."""
    _check_policy(bad_indices_policy)
    return _written(tensor, indices, updates, "max")


def tensor_scatter_nd_min(tensor, indices, updates, bad_indices_policy="", name=None):
    """The minimum of `tensor` and `updates` at `indices`."""
    _check_policy(bad_indices_policy)
    return _written(tensor, indices, updates, "min")


_as_tensor = tensor  # the functions above have a parameter of that name


def _written(x, indices, updates, reduction):
    x = _as_tensor(x)
    return ops.scatter_update(x, _as_tensor(indices), _as_tensor(updates, x.dtype), reduction)


def _check_policy(bad_indices_policy):
    if bad_indices_policy not in ("", "DEFAULT", "ERROR"):
        raise NotImplementedError(
            "Positions that do not exist are always an error here. "
            f"Received: bad_indices_policy={bad_indices_policy!r}; leave it at ''."
        )
