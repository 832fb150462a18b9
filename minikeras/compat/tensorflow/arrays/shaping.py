"""Shapes and the order of axes: the same elements, rearranged or repeated."""

from minikeras import ops
from minikeras.autodiff import KerasTensor
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.shapes import Squeeze
from minikeras.compat.tensorflow.conversion import axes, integers, tensor
from minikeras.compat.tensorflow.operand_conversion import wrong_argument
from minikeras.compat.tensorflow.symbolic import SymbolicShape, symbolic
from minikeras.ops import batched_indexing

__all__ = [
    "broadcast_to",
    "expand_dims",
    "repeat",
    "reshape",
    "reverse",
    "reverse_sequence",
    "roll",
    "squeeze",
    "tile",
    "transpose",
]


def reshape(tensor, shape, name=None):
    """The same elements, in row-major order, with other lengths of the axes; one may be −1: the remainder.

    Raises:
        ValueError: the number of elements would differ.
    """
    if any_symbolic((shape,)):
        return _reshape_symbolic(tensor, shape)
    return ops.reshape(_as_tensor(tensor), _lengths(shape))


_as_tensor = tensor  # several functions here have a parameter of that name


def _lengths(shape):
    lengths = integers(shape)
    return tuple(lengths) if isinstance(lengths, list) else (lengths,)


def _reshaped(tensor, shape):
    """The static shape: lengths computed when the model runs are unknown, and then so is −1."""
    if isinstance(shape, SymbolicShape):
        lengths = shape.lengths
    else:
        lengths = [None if isinstance(n, KerasTensor) or integers(n) == -1 else integers(n) for n in shape]
    return KerasTensor(lengths, dtype=_as_tensor(tensor).dtype)


@symbolic(output_spec=_reshaped)
def _reshape_symbolic(tensor, shape):
    return reshape(tensor, shape)


def expand_dims(input, axis, name=None):
    """`input` with a new axis of length 1 at position `axis` of the result."""
    return ops.expand_dims(tensor(input), axes(axis))


def squeeze(input, axis=None, name=None):
    """`input` without its axes of length 1 (all of them, or those in `axis`).

    In a traced function an axis of unknown length may be in `axis`; `keras.ops.squeeze` refuses it.

    Raises:
        ValueError: an axis in `axis` has another length.
    """
    return Squeeze(axes(axis) or None if axis != 0 else 0)(tensor(input))


def transpose(a, perm=None, conjugate=False, name="transpose"):
    """The axes in the order `perm` (reversed by default), and with `conjugate` the conjugates of complex numbers."""
    y = ops.transpose(tensor(a), axes(perm))
    return ops.conjugate(y) if conjugate else y


@symbolic
def broadcast_to(input, shape, name=None):
    """`input` repeated along axes of length 1, and along new leading ones, up to `shape`; −1 keeps a length."""
    x, lengths = tensor(input), list(_lengths(shape))
    kept = [1] * (len(lengths) - len(x.shape)) + list(x.shape)
    return ops.broadcast_to(x, tuple(old if n == -1 else n for n, old in zip(lengths, kept, strict=True)))


@symbolic
def tile(input, multiples, name=None):
    """`input` repeated as a whole, `multiples[i]` times along axis i."""
    x, multiples = tensor(input), _lengths(multiples)
    if len(multiples) != len(x.shape):
        raise wrong_argument(
            f"`multiples` must have one number for each axis. Received: multiples={multiples}, "
            f"input.shape={tuple(x.shape)}"
        )
    return ops.tile(x, multiples)


@symbolic
def repeat(input, repeats, axis=None, name=None):
    """Each element repeated along `axis`, or in the flattened tensor if None.

    Args:
        repeats: one integer for all, or one per element of the axis.
    """
    repeats = integers(repeats)
    return ops.repeat(tensor(input), repeats[0] if isinstance(repeats, list) and len(repeats) == 1 else repeats, axis)


def reverse(tensor, axis, name=None):
    """The order of the elements reversed along the axes in `axis`."""
    positions = axes(axis)
    return ops.flip(_as_tensor(tensor), positions if isinstance(positions, int) else tuple(positions))


@symbolic
def reverse_sequence(input, seq_lengths, seq_axis=None, batch_axis=None, name=None):
    """In each example of a batch, the first `seq_lengths` elements along `seq_axis` in reverse order.

    Args:
        seq_axis: the axis of the sequences; must be given.
        batch_axis: the axis of the examples, 0 by default.
    """
    if seq_axis is None:
        raise ValueError("`seq_axis` must be given: along which axis the sequences run.")
    return batched_indexing.reverse_sequence(tensor(input), integers(seq_lengths), seq_axis, batch_axis or 0)


def roll(input, shift, axis, name=None):
    """Elements shifted by `shift` along `axis` (or several of each), wrapping around."""
    shift, axis = axes(shift), axes(axis)
    return ops.roll(tensor(input), shift, axis)
