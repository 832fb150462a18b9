"""Writing by index: scattered values into a new tensor or over a given one.

A tensor never changes, so a "write" gives a new one. Gather and scatter-add are each other's gradients.
"""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor
from minikeras.kernels.embedding import scatter_add_rows
from minikeras.kernels.tasks import LARGE
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.shaping import reshape

REDUCTIONS = (None, "add", "max", "min", "mul")


def positions(indices, shape):
    """Indices (…, depth) as a key for an array of `shape`: one array of positions for each of its first `depth` axes.

    Raises:
        IndexError: an index is out of range. Negative ones are too, as in TensorFlow.
    """
    indices = np.asarray(indices)
    limits = np.array(shape[: indices.shape[-1]])
    wrong = (indices < 0) | (indices >= limits)
    if wrong.any():
        first = tuple(int(i) for i in np.argwhere(wrong.any(axis=-1))[0])
        raise IndexError(
            f"indices[{', '.join(map(str, first))}] = {indices[first].tolist()} is not a place in a tensor of shape "
            f"{tuple(shape)}. Indices run from 0 to the length of their axis − 1."
        )
    return tuple(np.moveaxis(indices, -1, 0))


def add_at(y, indices, values):
    """y with values[i…] added at indices[i…], in place."""
    key = positions(indices, y.shape)
    if values.size < LARGE or not key:
        np.add.at(y, key, values)
        return y
    depth = len(key)
    rows = np.ravel_multi_index(key, y.shape[:depth]).ravel()
    values = np.broadcast_to(values, (*key[0].shape, *y.shape[depth:]))
    scatter_add_rows(y.reshape(-1, *y.shape[depth:]), rows, values.reshape(len(rows), *y.shape[depth:]))
    return y


class Scatter(Op):
    """y = zeros of `shape` with values[i…] added at indices[i…];   dvalues = dy at those positions.

    indices: (…, depth), values: (…, *shape[depth:]).
    """

    keeps = ("inputs",)

    def __init__(self, shape):
        self.shape = tuple(None if n is None else int(n) for n in shape)

    def forward(self, indices, values):
        return add_at(np.zeros(self.shape, values.dtype), indices, values)

    def backward(self, call, dy):
        return None, Gather().of(dy, call.inputs[0])

    def output_shape(self, *shapes):
        return self.shape

    def output_dtype(self, indices, values):
        return values.dtype


class Gather(Op):
    """y[i…] = x[indices[i…]];   dx = zeros with dy added at those positions: `Scatter`.  indices: (…, depth)."""

    keeps = ("inputs",)
    moves_elements = True

    def forward(self, x, indices):
        return x[positions(indices, x.shape)]

    def backward(self, call, dy):
        return Scatter(call.input_shapes[0]).of(call.inputs[1], dy), None


@composed(inputs=2)
def scatter(indices, values, shape):
    """A tensor of `shape`, zero but for `values` at `indices`; values at the same position are added.

    Args:
        indices: integers (…, depth): each row is a position along the first `depth` axes of the result.
        values: (…, *shape[depth:]), one value or slice for each position.
        shape: lengths of the result's axes.

    Raises:
        IndexError: an index does not exist.
    """
    return Scatter(shape)(convert_to_tensor(indices), convert_to_tensor(values))


class ScatterUpdate(Op):
    """y = x with updates[i…] written at indices[i…] (of several at one position, the last stays).

    dx = dy, but 0 at those positions;   dupdates = dy at those positions.
    """

    keeps = ("inputs",)

    def forward(self, x, indices, updates):
        y = np.array(x)
        y[positions(indices, x.shape)] = updates
        return y

    def backward(self, call, dy):
        _, indices, updates = call.inputs
        zeros = np.zeros(call.input_shapes[2], updates.dtype)
        return ScatterUpdate().of(dy, indices, zeros), None, Gather().of(dy, indices)

    def output_shape(self, shape, *_):
        return shape


class ScatterAdd(Op):
    """y = x with updates[i…] added at indices[i…];   dx = dy, dupdates = dy at those positions."""

    keeps = ("inputs",)

    def forward(self, x, indices, updates):
        return add_at(np.array(x, order="C"), indices, updates)

    def backward(self, call, dy):
        return dy, None, Gather().of(dy, call.inputs[1])

    def output_shape(self, shape, *_):
        return shape


class ScatterMax(Op):
    """y = x raised to updates[i…] at indices[i…], where that is more;   dy is shared by all equal to the result."""

    keeps = ("inputs", "output")
    choose = np.maximum

    def forward(self, x, indices, updates):
        y = np.array(x)
        self.choose.at(y, positions(indices, x.shape), updates)
        return y

    def backward(self, call, dy):
        x, indices, updates = (np.asarray(v) for v in call.inputs)  # a small step does not change which is selected
        y = np.asarray(call.output)
        x_wins = (x == y).astype(y.dtype)
        update_wins = (updates == y[positions(indices, y.shape)]).astype(y.dtype)
        share = dy / ScatterAdd().forward(x_wins, indices, update_wins)
        return share * x_wins, None, Gather().of(share, indices) * update_wins

    def output_shape(self, shape, *_):
        return shape


class ScatterMin(ScatterMax):
    """y = x lowered to updates[i…] at indices[i…], where that is less;   dy is shared by all that equal the result."""

    choose = np.minimum


@composed(inputs=3)
def scatter_update(inputs, indices, updates, reduction=None):
    """`inputs` with `updates` written, or combined with its elements, at `indices`.

    Args:
        indices: integers (…, depth): each row is a position along the first `depth` axes of `inputs`.
        updates: (…, *inputs.shape[depth:]), one value or slice for each position.
        reduction: None replaces; "add", "max", "min", "mul" combine.

    Raises:
        IndexError: an index does not exist.
        ValueError: an unknown `reduction`.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"Invalid reduction. Supported values are: {REDUCTIONS}. Received: reduction={reduction!r}")
    x, indices = convert_to_tensor(inputs), convert_to_tensor(indices)
    updates = cast(updates, x.dtype)
    if reduction == "mul":
        return _multiply_at(x, indices, updates)
    ops = {None: ScatterUpdate, "add": ScatterAdd, "max": ScatterMax, "min": ScatterMin}
    return ops[reduction]()(x, indices, updates)


def _multiply_at(x, indices, updates):
    """Updates in order, since several may have one position."""
    if not isinstance(x, Tensor) or not isinstance(indices, Tensor):
        return ScatterUpdate()(x, indices, updates)  # only its shape matters
    depth = indices.shape[-1]
    indices = reshape(indices, (-1, depth))
    updates = reshape(updates, (indices.shape[0], *x.shape[depth:]))
    for i in range(indices.shape[0]):
        here = indices[i : i + 1]
        x = ScatterUpdate()(x, here, Gather()(x, here) * updates[i : i + 1])
    return x


def scatter_strings(indices, values, shape):
    """`scatter` of strings: empty but for `values` at `indices`; those at the same position are joined."""
    y = np.full(shape, b"", object)
    np.add.at(y, positions(indices.array, shape), values.array)
    return Tensor(y)


COMBINE = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "max": np.maximum,
    "min": np.minimum,
}


def combined_at(array, key, values, how=None):
    """A copy of an array with values written at `key`, or combined with its elements.

    Args:
        how: a key of `COMBINE`, which applies all values at one position; None writes the last one.
    """
    array = array.copy()
    if how is None:
        array[key] = values
    else:
        COMBINE[how].at(array, key, values)
    return array


def key_of_samples(indices):
    """The key for elements along the last axis of `indices` (b1, …, bk, n), sample by sample."""
    return (*np.indices(indices.shape)[:-1], indices)


def key_of_rows(indices):
    """Indices (…, k) as k index arrays for NumPy."""
    return tuple(np.moveaxis(indices, -1, 0))
