"""`x[key]`, and its gradient, which adds to the elements that were read."""

import numpy as np

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import Node
from minikeras.autodiff.operation import Op
from minikeras.autodiff.state import builds_graph, thread
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable


class GetItem(Op):
    """y = x[key];   dx = zeros with dy added at `key` (an element read twice gets both)."""

    keeps = ()
    moves_elements = True

    def __init__(self, key=None):
        self.key = key

    def __call__(self, x, key=None):
        return super().__call__(x) if key is None else GetItem(key)(x)

    call = __call__

    def symbolic_call(self, x):
        """Record a node whose key is an argument, as in Keras's files, rather than a setting."""
        outputs = self.compute_output_spec(x)
        if thread.records_history:
            Node(GetItem(), (x, self.key), {}, outputs)
        return outputs

    def of_node(self, args):
        return (GetItem(args[1]), args[:1]) if len(args) == 2 else (self, args)

    def compute_output_spec(self, x, key=None):
        if key is not None:
            return GetItem(key).compute_output_spec(x)
        spec = super().compute_output_spec(x)
        return KerasTensor(_without_cut_lengths(x.shape, self.key, spec.shape), spec.dtype)

    def get_config(self):
        return {"name": self.name}

    def forward(self, x):
        y = x[self.key]
        return y.copy() if isinstance(y, np.ndarray) and y.size < x.size // 4 else y  # let the big array go

    def forward_rows(self, arrays, ranks):
        parts = self.key if isinstance(self.key, tuple) else (self.key,)
        return arrays[0][(slice(None), *parts)] if _is_basic(self.key) else NotImplemented

    def backward(self, call, dy):
        return (PutItem(self.key, call.input_shapes[0]).of(dy),)


class PutItem(Op):
    """The gradient of `GetItem`: zeros of `shape`, with x added at `key`;   dx = dy[key]."""

    keeps = ()

    def __init__(self, key, shape):
        self.key = key
        self.shape = shape

    def forward(self, x):
        y = np.zeros(self.shape, x.dtype)
        if _is_basic(self.key):  # no element can occur twice
            y[self.key] = x
        else:
            np.add.at(y, self.key, x)
        return y

    def backward(self, call, dy):
        return (GetItem(self.key).of(dy),)

    def output_shape(self, shape):
        return self.shape


def _without_cut_lengths(shape, key, result):
    """The shape of `x[key]`, with None where a slice cuts an axis of unknown length: `x[:5]` may be shorter than 5."""
    parts = list(key) if isinstance(key, tuple) else [key]
    if not _is_basic(key) or None not in shape:
        return result
    if Ellipsis in parts:
        i = parts.index(Ellipsis)
        parts[i : i + 1] = [slice(None)] * (len(shape) - sum(p is not None and p is not Ellipsis for p in parts))
    lengths, axes = list(result), iter(shape)
    kept = [(part, part is not None and next(axes)) for part in parts]
    kept = [(part, length) for part, length in kept if not isinstance(part, int)]
    for i, (part, length) in enumerate(kept):
        if part is not None:
            lengths[i] = None if length is None else len(range(*part.indices(length)))
    return lengths


def _is_basic(key):
    parts = key if isinstance(key, tuple) else (key,)
    return all(part is None or part is Ellipsis or isinstance(part, (int, slice)) for part in parts)


def get_item(x, key):
    """`x[key]` for a tensor, with slices, ellipsis, None, integers, and integer or boolean arrays as key.

    Raises:
        IndexError: an index is outside its axis, or there are more indices than axes.
        ValueError: the same, of a symbolic tensor, as in Keras.
    """
    if isinstance(x, KerasTensor) and builds_graph():
        key = _symbolic_key(key)
    parts = key if isinstance(key, tuple) else (key,)
    parts = tuple(_index_array(part) for part in parts)
    if isinstance(x, KerasTensor) and any(isinstance(part, KerasTensor) for part in parts):
        raise ValueError("A symbolic index is not possible in `x[...]`. Use `ops.take` or `ops.take_along_axis`.")
    try:
        return GetItem(parts if len(parts) != 1 else parts[0])(x)
    except IndexError as error:
        kind = ValueError if isinstance(x, KerasTensor) else IndexError
        raise kind(f"{error}. Received: a tensor of shape {tuple(x.shape)}") from None


def _symbolic_key(key):
    """The key of a symbolic tensor in a functional model, as Keras takes it: an integer, or a tuple (or list).

    Raises:
        ValueError: another key.
    """
    if isinstance(key, list):
        return tuple(key)
    if isinstance(key, (int, tuple, KerasTensor)):
        return int(key) if isinstance(key, bool) else key
    raise ValueError(
        f"Unsupported key type of a symbolic tensor: it is an integer or a tuple. Received: {key!r:.100}. "
        "Write `x[1:3, ...]` in place of `x[1:3]`; for indices in an array use `ops.take`."
    )


def _index_array(part):
    if isinstance(part, slice):
        return slice(*[None if n is None else int(n) for n in (part.start, part.stop, part.step)])
    if isinstance(part, (Tensor, Variable)):
        part = part.array
    if isinstance(part, (np.ndarray, np.generic)):
        return int(part) if part.ndim == 0 and part.dtype.kind in "iu" else part
    if isinstance(part, list):
        return np.asarray(part, dtype=np.int64 if not part else None)
    return part
