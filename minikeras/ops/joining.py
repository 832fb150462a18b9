"""Tensors joined along an axis, and split again."""

from itertools import pairwise

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import ListOp, Op
from minikeras.autodiff.shapes import Reshape, Squeeze, Stack, normalize_axes
from minikeras.autodiff.state import builds_graph
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.limits import use_symbolic_tensors
from minikeras.ops.core import convert_to_tensor


class Concatenate(ListOp):
    """Tensors joined along an existing axis, in their common dtype;   each dx = its part of dy."""

    keeps = ()
    moves_elements = True

    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, *arrays):
        arrays = [np.asarray(x) for x in arrays]
        if len({x.dtype for x in arrays}) > 1:
            dtype = result_type(*[x.dtype for x in arrays])
            arrays = [x.astype(dtype, copy=False) for x in arrays]
        try:
            return np.concatenate(arrays, axis=self.axis)
        except ValueError:
            self.output_shape(*[x.shape for x in arrays])
            raise

    def backward(self, call, dy):
        axis = self.axis % len(dy.shape)
        dxs, start = [], 0
        for shape, wanted in zip(call.input_shapes, call.needs_gradient, strict=True):
            stop = start + shape[axis]
            dxs.append(GetItem((*[slice(None)] * axis, slice(start, stop))).of(dy) if wanted else None)
            start = stop
        return tuple(dxs)

    def batch_inputs(self, shapes, output_shape):
        return [True] * len(shapes) if self.axis % len(output_shape) else None

    def output_shape(self, *shapes):
        first = shapes[0]
        if not first:
            raise ValueError("Tensors without axes cannot be concatenated. Use `ops.stack`.")
        axis = normalize_axes(self.axis, len(first))[0]
        for shape in shapes[1:]:
            if len(shape) != len(first) or any(
                a != b and i != axis and None not in (a, b) for i, (a, b) in enumerate(zip(first, shape, strict=True))
            ):
                raise ValueError(
                    f"Every value to concatenate must have the same shape except on axis {self.axis}. "
                    f"Received shapes: {', '.join(str(tuple(s)) for s in shapes)}"
                )
        lengths = [shape[axis] for shape in shapes]
        known = [next((s[i] for s in shapes if s[i] is not None), None) for i in range(len(first))]
        known[axis] = None if None in lengths else sum(lengths)
        return tuple(known)

    def output_dtype(self, *inputs):
        return result_type(*[x.dtype for x in inputs])


def concatenate(xs, axis=0):
    """A list of tensors joined along an existing axis.

    Raises:
        ValueError: `axis` is None, there are no tensors, or their shapes differ along another axis.
    """
    if axis is None:
        raise ValueError("`axis` must be an integer. Received: axis=None. Flatten the tensors with `ops.ravel` first.")
    if isinstance(xs, (Tensor, Variable)):
        raise ValueError(f"`concatenate` takes a list of tensors. Received: one tensor, of shape {tuple(xs.shape)}")
    xs = [convert_to_tensor(x) for x in xs]
    if not xs:
        raise ValueError("There are no tensors to join. Received: an empty list")
    return Concatenate(axis)(xs)


def stack(x, axis=0):
    """A list of tensors of one shape joined along a new axis. Of an empty list: no elements, of shape (0,)."""
    xs = [convert_to_tensor(item) for item in x]
    return Stack(axis)(xs) if xs else convert_to_tensor([])


@composed(inputs=2)
def append(x1, x2, axis=None):
    """x2 joined to the end of x1 along `axis`, or both flattened and joined if `axis` is None."""
    x1, x2 = convert_to_tensor(x1), convert_to_tensor(x2)
    if axis is None:
        x1, x2, axis = Reshape(-1)(x1), Reshape(-1)(x2), 0
    return concatenate([x1, x2], axis)


@composed
def hstack(xs):
    """Tensors joined side by side: along axis 1, vectors along axis 0."""
    xs = [_at_least(convert_to_tensor(x), 1) for x in _listed(xs)]
    return concatenate(xs, axis=0 if len(xs[0].shape) == 1 else 1)


@composed
def vstack(xs):
    """Tensors joined one below the other: along axis 0. (Vectors end to end, as in Keras; NumPy makes rows of them.)"""
    return concatenate(_listed(xs), axis=0)


@composed
def dstack(xs):
    """Tensors joined in depth: along axis 2, vectors (n) as (1, n, 1) and matrices (m, n) as (m, n, 1)."""
    return concatenate([_at_least(convert_to_tensor(x), 3) for x in xs], axis=2)


def _listed(xs):
    """The tensors to stack; a tensor in place of a list stands for itself, as in Keras, and not for its rows."""
    return [xs] if hasattr(xs, "shape") else xs


def _at_least(x, rank):
    """x with axes of length 1 added up to `rank`, where NumPy's `atleast_1d` … `atleast_3d` add them."""
    shape = tuple(-1 if n is None else n for n in x.shape)
    if len(shape) >= rank:
        return x
    if rank == 3:
        return Reshape({0: (1, 1, 1), 1: (1, *shape, 1), 2: (*shape, 1)}[len(shape)])(x)
    return Reshape((1,) * (rank - len(shape)) + shape)(x)


class Split(Op):
    """x split along `axis` into parts, one output each;   dx = the dys concatenated.

    Args:
        indices_or_sections: the number of equal parts, or the split indices.
        axis: along which to cut.
    """

    keeps = ()
    moves_elements = True

    def __init__(self, indices_or_sections, axis=0):
        self.indices_or_sections = indices_or_sections
        self.axis = axis

    def forward(self, x):
        parts, lengths = [], self._lengths(x.shape)
        start = 0
        before = (slice(None),) * (self.axis % x.ndim)
        for length in lengths:
            parts.append(x[(*before, slice(start, start + length))])
            start += length
        return tuple(parts)

    def _lengths(self, shape):
        """The lengths of the parts along `axis`; None where the whole's is unknown."""
        length = shape[normalize_axes(self.axis, len(shape))[0]]
        if isinstance(self.indices_or_sections, int):
            n = self.indices_or_sections
            use_symbolic_tensors(n)
            if length is not None and length % n:
                raise ValueError(
                    f"The size of axis {self.axis} must be divisible by `indices_or_sections`: "
                    f"{length} into {n} parts is not "
                    f"possible. Received: shape={tuple(shape)}. Use `ops.array_split`, or give indices."
                )
            return [None if length is None else length // n] * n
        if length is None:
            cuts = [0, *self.indices_or_sections]
            if min(cuts) < 0 or cuts != sorted(cuts):
                return [None] * len(cuts)
            return [stop - start for start, stop in pairwise(cuts)] + [None]
        cuts = [min(max(i + length if i < 0 else i, 0), length) for i in self.indices_or_sections]
        if cuts != sorted(cuts):
            raise ValueError(f"The indices at which to split must be ascending. Received: {self.indices_or_sections}")
        return [stop - start for start, stop in zip([0, *cuts], [*cuts, length], strict=True)]

    def backward(self, call, *dys):
        return (Concatenate(self.axis).of(*dys),)

    def compute_output_spec(self, x):
        axis = self.axis % len(x.shape)
        length, cuts = x.shape[axis], self.indices_or_sections
        if builds_graph() and length is not None and not isinstance(cuts, int) and max(cuts, default=0) > length:
            raise ValueError(
                f"A symbolic tensor of length {length} along axis {axis} cannot be split beyond its end. "
                f"Received: indices_or_sections={cuts}"
            )
        return [
            KerasTensor((*x.shape[:axis], length, *x.shape[axis + 1 :]), x.dtype) for length in self._lengths(x.shape)
        ]


def split(x, indices_or_sections, axis=0):
    """x split along `axis`: a list of parts.

    Args:
        indices_or_sections: the number of equal parts, or the list of split indices.

    Raises:
        ValueError: the length is not divisible into equal parts, or the indices do not ascend from 0 up to it.
    """
    x = convert_to_tensor(x)
    if isinstance(indices_or_sections, int):
        if indices_or_sections < 1:
            raise ValueError(f"The number of parts must be at least 1. Received: {indices_or_sections}")
        return list(Split(indices_or_sections, axis)(x))
    cuts = [int(i) for i in np.asarray(indices_or_sections).ravel()]
    length = x.shape[normalize_axes(axis, len(x.shape))[0]]
    if length is not None and cuts and not 0 <= min(cuts) <= max(cuts) <= length:
        raise ValueError(
            f"The indices at which to split must be from 0 to {length}, the length of axis {axis}. Received: {cuts}"
        )
    return list(Split(cuts, axis)(x))


@composed
def array_split(x, indices_or_sections, axis=0):
    """Like `split`, but the parts may differ by one in length: the first ones are longer.

    Raises:
        TypeError: `indices_or_sections` is not an integer.
        ValueError: it is below 1.
    """
    if not isinstance(indices_or_sections, int):
        raise TypeError(
            f"`indices_or_sections` must be of type `int`, the number of parts. Received: {indices_or_sections!r}. "
            "Use `ops.split` to split at given indices."
        )
    if indices_or_sections < 1:
        raise ValueError(f"`indices_or_sections` must be a positive integer. Received: {indices_or_sections}")
    x = convert_to_tensor(x)
    use_symbolic_tensors(indices_or_sections)
    length = x.shape[normalize_axes(axis, len(x.shape))[0]]
    if length is None:
        return tuple(split(x, indices_or_sections, axis))  # as in Keras
    base, over = divmod(length, indices_or_sections)
    return split(x, [i * base + min(i, over) for i in range(1, indices_or_sections)], axis)


@composed
def hsplit(x, indices_or_sections):
    """x split into columns: along axis 1, vectors along axis 0."""
    x = _with_axes(x, 1, "hsplit")
    return split(x, indices_or_sections, axis=0 if len(x.shape) == 1 else 1)


@composed
def vsplit(x, indices_or_sections):
    """x split into parts along axis 0, one below the other."""
    return split(_with_axes(x, 2, "vsplit"), indices_or_sections, axis=0)


@composed
def dsplit(x, indices_or_sections):
    """x split into parts along axis 2, in depth."""
    return split(_with_axes(x, 3, "dsplit"), indices_or_sections, axis=2)


def _with_axes(x, rank, name):
    x = convert_to_tensor(x)
    if len(x.shape) < rank and isinstance(x, KerasTensor):  # Keras splits a vector by `vsplit` where it holds values
        raise ValueError(
            f"`{name}` only works on arrays of at least {rank} dimensions. Received: x.shape={tuple(x.shape)}"
        )
    return x


@composed
def unstack(x, num=None, axis=0):
    """The slices of x along `axis`, a list of tensors without that axis.

    Raises:
        ValueError: the axis's length is unknown and `num` is not given, or `num` is not that length.
    """
    x = convert_to_tensor(x)
    normalize_axes(axis, len(x.shape))
    length = x.shape[axis] if num is None else num
    if length is None:
        raise ValueError(f"Cannot infer argument `num` from shape {x.shape}, whose axis {axis} is unknown. Pass `num`.")
    if x.shape[axis] not in (None, length):
        raise ValueError(f"`num` must be the length of axis {axis}. Received: num={num}, x.shape={tuple(x.shape)}")
    if x.shape[axis] is None:  # of a symbolic tensor: a part's length is not known to be 1 then
        before = (slice(None),) * (axis % len(x.shape))
        return [GetItem((*before, i))(x) for i in range(length)]
    return [Squeeze(axis)(part) for part in split(x, length, axis)] if length else []
