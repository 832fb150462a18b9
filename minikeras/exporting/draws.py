"""Random numbers of a `SeedGenerator`, as ops that compute them and the next state from its state."""

from functools import partial

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.kernels.random import stateless_normal, stateless_truncated_normal, stateless_uniform
from minikeras.ops import broadcast_to, cast
from minikeras.random.drawing import draw_now
from minikeras.random.dropout import draw_mask
from minikeras.random.seed_generator import SEED_MODULUS, SeedGenerator


class StatelessDraw(Op):
    """Numbers of a shape from the sequence of a pair of seeds, int64 (2,), in the kernel's standard distribution."""

    differentiable = False

    def __init__(self, kernel, shape, dtype):
        self.kernel, self.shape, self.dtype = kernel, tuple(shape), dtype

    def forward(self, pair):
        return self.kernel(tuple((pair % SEED_MODULUS).tolist()), self.shape, self.dtype)

    def output_shape(self, pair):
        return self.shape

    def output_dtype(self, pair):
        return self.dtype


SCALED = {
    stateless_uniform: lambda y, minval, maxval: y * (maxval - minval) + minval,
    stateless_normal: lambda y, mean, stddev: y * stddev + mean,
    stateless_truncated_normal: lambda y, mean, stddev: y * stddev + mean,
}
"""{kernel: function of standard numbers and its parameters that returns its numbers}."""


class Drawing:
    """A call that draws numbers and so changes the state of a `SeedGenerator`; like an `Assignment`.

    Attributes:
        variable: the state.
        before: the Tensor that it held.
    """

    def __init__(self, seed, draw):
        self.variable, self.before, self._draw = seed.state, seed.state.handle, draw
        self.variables = [self.variable]

    @classmethod
    def of(cls, function, args):
        """The `Drawing` of an effect; None if it is not one that can be expressed."""
        if function is draw_now:
            kernel, shape, dtype, seed, *parameters = args
            draw = partial(_scaled, kernel, shape, dtype, parameters)
            is_known = kernel in SCALED and np.dtype(dtype).kind == "f"
        elif function is draw_mask:
            seed, mask_shape, shape, rate, dtype, rows = args
            draw = partial(_kept, mask_shape, shape, rate, dtype)
            is_known = rows is None
        else:
            return None
        return cls(seed, draw) if is_known and isinstance(seed, SeedGenerator) else None

    def computed(self):
        """(the next state, the numbers), Tensors that ops compute."""
        return self.before + np.array([0, 1]), self._draw(self.before)


def _scaled(kernel, shape, dtype, parameters, pair):
    parameters = [cast(x, dtype) for x in parameters]
    return SCALED[kernel](StatelessDraw(kernel, shape, dtype)(pair), *parameters)


def _kept(mask_shape, shape, rate, dtype, pair):
    mask = StatelessDraw(stateless_uniform, mask_shape, dtype)(pair) >= np.asarray(rate, dtype)
    return mask if mask_shape == shape else broadcast_to(mask, shape)
