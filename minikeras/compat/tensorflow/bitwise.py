"""`tf.bitwise`: integers bit by bit."""

__replay__ = "computes"

from minikeras import ops
from minikeras.compat.tensorflow.conversion import operands, tensor

__all__ = ["bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"]


def bitwise_and(x, y, name=None):
    """The bits set in both."""
    return ops.bitwise_and(*operands(x, y))


def bitwise_or(x, y, name=None):
    """The bits set in either."""
    return ops.bitwise_or(*operands(x, y))


def bitwise_xor(x, y, name=None):
    """The bits set in exactly one."""
    return ops.bitwise_xor(*operands(x, y))


def invert(x, name=None):
    """All bits flipped."""
    return ops.bitwise_invert(tensor(x))


def left_shift(x, y, name=None):
    """The bits of x shifted to the left by y."""
    return ops.left_shift(*operands(x, y))


def right_shift(x, y, name=None):
    """The bits of x shifted to the right by y."""
    return ops.right_shift(*operands(x, y))
