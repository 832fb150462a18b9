"""Dropout: set random values to zero and scale up the others."""

import math
from numbers import Real

import numpy as np

from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.effects import draws_numbers, effect
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.base.replay import safe_to_replay
from minikeras.kernels.random import dropout_scale, keep_scaled, stateless_dropout_mask
from minikeras.random.drawing import is_inferred, rows_of_whole
from minikeras.random.seed_generator import draw_seed_pair


class KeepScaled(Op):
    """y = scale · x where the mask is True, else 0;   dx = scale · dy where the mask is True, else 0."""

    keeps = ("inputs",)

    def __init__(self, scale):
        self.scale = scale

    def forward(self, x, mask):
        return keep_scaled(x, mask, self.scale)

    def elementary_operations(self, shapes, output_shape):
        return math.prod(output_shape)

    def backward(self, call, dy):
        mask = call.inputs[1]
        return KeepScaled(self.scale).of(dy, mask), None


@safe_to_replay("it looks at shapes only")
def dropout(inputs, rate, noise_shape=None, seed=None):
    """y = x · mask / (1 − rate), each element of the mask being 0 with probability `rate`, else 1.

    The division preserves the mean, so that nothing has to change in inference.

    Args:
        inputs: float tensor.
        rate: the probability of being dropped. 0 returns `inputs`, 1 zeros; neither uses up a seed.
        noise_shape: shape of the mask, which is broadcast to that of `inputs`: (batch, 1, channels) drops a channel at
            all times at once. None in it stands for the input's length on that axis.
        seed: integer, SeedGenerator or None (see `keras.random`).

    Raises:
        ValueError: `rate` outside [0, 1]; integer inputs.
    """
    if not isinstance(rate, Real) or not 0 <= rate <= 1:
        raise ValueError(f"`rate` must be a number in the range 0 to 1. Received: rate={rate}")
    if is_inferred((inputs,)):
        return KerasTensor(inputs.shape, inputs.dtype)
    if isinstance(inputs, Variable):
        inputs = inputs.read()
    if rate == 0:
        return inputs
    x = inputs if isinstance(inputs, Tensor) else Tensor(as_array(inputs))
    if rate == 1:
        return Tensor(np.zeros_like(x.array))
    if not is_float(x.dtype):
        raise ValueError(f"Dropout scales its inputs, which must be a floating point tensor. Received: dtype={x.dtype}")
    mask_shape = _mask_shape(x.shape, noise_shape)
    mask = effect(draw_mask, seed, mask_shape, x.shape, rate, x.dtype, rows_of_whole(mask_shape))
    return KeepScaled(dropout_scale(rate, x.dtype))(x, mask)


@draws_numbers
def draw_mask(seed, mask_shape, shape, rate, dtype, rows=None):
    """Booleans of `mask_shape`, broadcast to `shape`: False with probability `rate`, another draw at each call.

    With `rows`, those of the mask of a whole batch, see `rows_of_whole`.
    """
    if rows is None:
        mask = stateless_dropout_mask(draw_seed_pair(seed), mask_shape, rate, dtype)
    else:
        mask = stateless_dropout_mask(draw_seed_pair(seed), (rows.total, *mask_shape[1:]), rate, dtype)[rows.slice]
    return mask if mask_shape == shape else np.broadcast_to(mask, shape)


def _mask_shape(input_shape, noise_shape):
    if noise_shape is None:
        return input_shape
    shape = tuple(input_shape[axis] if length is None else int(length) for axis, length in enumerate(noise_shape))
    try:
        fits = np.broadcast_shapes(shape, input_shape) == input_shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            "`noise_shape` must broadcast to the shape of the inputs: each length 1 or the input's. "
            f"Received: noise_shape={tuple(noise_shape)}, inputs.shape={input_shape}"
        )
    return shape
