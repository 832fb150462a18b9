"""The same elements in another order: flipped, rolled, rotated."""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Transpose, axes_of_rows, normalize_axes
from minikeras.ops.core import convert_to_tensor


class Flip(Op):
    """The order reversed along `axis` (all axes if None);   dx = dy reversed back."""

    keeps = ()
    moves_elements = True

    def __init__(self, axis=None):
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def forward(self, x):
        return np.flip(x, axis=self.axis)

    def forward_rows(self, arrays, ranks):
        return np.flip(arrays[0], axes_of_rows(self.axis, ranks[0]))

    def backward(self, call, dy):
        return (self.of(dy),)

    def output_shape(self, shape):
        normalize_axes(self.axis, len(shape))
        return shape


def flip(x, axis=None):
    """The order of the elements reversed along `axis` (all axes if None)."""
    return Flip(axis)(x)


@composed
def fliplr(x):
    """The columns in reverse order: axis 1 flipped."""
    return Flip(1)(x)


@composed
def flipud(x):
    """The rows in reverse order: axis 0 flipped."""
    return Flip(0)(x)


class Roll(Op):
    """Elements shifted by `shift` along `axis`, with wraparound;   dx = dy shifted back."""

    keeps = ()
    moves_elements = True

    def __init__(self, shift, axis=None):
        self.shift = tuple(shift) if isinstance(shift, list) else shift
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def forward(self, x):
        return np.roll(x, self.shift, axis=self.axis)

    def backward(self, call, dy):
        back = tuple(-n for n in self.shift) if isinstance(self.shift, tuple) else -self.shift
        return (Roll(back, self.axis).of(dy),)

    def output_shape(self, shape):
        normalize_axes(self.axis, len(shape))
        return shape


def roll(x, shift, axis=None):
    """Elements shifted by `shift` along `axis`, with wraparound.

    With `axis=None` the flattened tensor is rolled and reshaped back.
    """
    return Roll(shift, axis)(x)


@composed
def rot90(array, k=1, axes=(0, 1)):
    """Rotate the plane of the two `axes` `k` times by 90°, from the first axis towards the second.

    Raises:
        ValueError: there are fewer than two axes, or `axes` names the same one twice.
    """
    x = convert_to_tensor(array)
    rank = len(x.shape)
    if rank < 2:
        raise ValueError(f"The input must have at least 2 dimensions. Received: x.shape={x.shape}")
    if len(axes) != 2 or axes[0] % rank == axes[1] % rank:
        raise ValueError(
            f"Invalid `axes`: they must be two different dimensions. Received: axes={axes}, array.shape={x.shape}"
        )
    first, second = axes[0] % rank, axes[1] % rank
    order = list(range(rank))
    order[first], order[second] = second, first
    turns = k % 4
    if turns == 0:
        return x
    if turns == 1:
        return Transpose(order)(Flip(second)(x))
    if turns == 2:
        return Flip((first, second))(x)
    return Flip(second)(Transpose(order)(x))
