"""Checks of shapes."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow.conversion import integers, tensor

_ANY_AXES = ("*", Ellipsis)


def assert_rank(x, rank, message=None, name=None):
    """Raise unless `x` has this many axes.

    Raises:
        ValueError: it has not.
    """
    _check(x, lambda found: found == integers(rank), str(integers(rank)), message)


def assert_rank_at_least(x, rank, message=None, name=None):
    """Raise unless `x` has this many axes or more.

    Raises:
        ValueError: it has not.
    """
    _check(x, lambda found: found >= integers(rank), f"at least {integers(rank)}", message)


def assert_rank_in(x, ranks, message=None, name=None):
    """Raise unless the number of axes of `x` is one of these.

    Raises:
        ValueError: it is not.
    """
    ranks = tuple(integers(rank) for rank in ranks)
    _check(x, lambda found: found in ranks, f"in {ranks}", message)


def assert_scalar(tensor, message=None, name=None):
    """Raise unless the tensor has no axes.

    Raises:
        ValueError: it has.
    """
    shape = _shape(tensor)
    if shape:
        raise ValueError(f"{_before(message)}Expected scalar shape, saw shape: {shape}.")


def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):
    """Raise unless tensors have these shapes.

    Args:
        shapes: list of pairs (tensor, shape). A shape lists lengths: numbers, None or "." for any, and names, which
            must be the same length wherever they occur; "*" or Ellipsis at the beginning for any axes. A
            string is read as a list of its characters.
        data: further values to show.
        summarize, name: without effect.
        message: text before the error message.

    Raises:
        ValueError: a shape differs.
    """
    lengths = {}
    for x, wanted in shapes.items() if isinstance(shapes, dict) else shapes:
        x = x.deref() if hasattr(x, "deref") else x
        found = _shape(x)
        for axis, symbol in _symbols(tuple(wanted) if wanted is not None else (), found, message):
            _check_length(x, found, axis, symbol, lengths, message, data)


def _symbols(wanted, shape, message):
    """Pairs (axis, expected length)."""
    is_open = bool(wanted) and wanted[0] in _ANY_AXES
    if any(symbol in _ANY_AXES for symbol in wanted[1:]):
        raise ValueError(f"Symbol `...` or `*` may be at the beginning of a shape only. Received: {wanted}")
    named = wanted[1:] if is_open else wanted
    if len(shape) < len(named) or (not is_open and len(shape) > len(named)):
        words = f"at least {len(named)}" if is_open else len(named)
        raise ValueError(f"{_before(message)}Tensor must have rank {words}.  Received rank {len(shape)}, shape {shape}")
    return [(len(shape) - len(named) + i, symbol) for i, symbol in enumerate(named)]


def _check_length(x, shape, axis, symbol, lengths, message, data):
    if symbol in (None, "."):
        return
    length = shape[axis]
    is_number = not isinstance(symbol, str) or symbol.isdigit()
    wanted = (
        integers(int(symbol) if isinstance(symbol, str) else symbol)
        if is_number
        else lengths.setdefault(symbol, length)
    )
    if length is not None and wanted is not None and length != wanted:
        shown = f"\n{data}" if data is not None else ""
        raise ValueError(
            f"{_before(message)}Tensor dimension {axis} must have size {wanted}.  "
            f"Received size {length}, shape {shape}{shown}"
        )


def _check(x, fits, wanted, message):
    shape = _shape(x)
    if not fits(len(shape)):
        raise ValueError(
            f"{_before(message)}Tensor must have rank {wanted}.  Received rank {len(shape)}, shape {shape}"
        )


def _shape(x):
    return tuple(x.shape if isinstance(x, KerasTensor) else tensor(x).shape)


def _before(message):
    return f"{message}.  " if message else ""
