"""Dropout as jobs: the mask, drawn from a layer's generator, and its product with values and gradients."""

import math

import numpy as np

from minikeras.kernels.elementwise_jobs import keep_scaled_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.random.dropout_jobs import dropout_mask_jobs
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.plans.bindings import binding_of
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers
from minikeras.random import SeedGenerator
from minikeras.random.dropout import KeepScaled, draw_mask
from minikeras.random.seed_generator import SEED_MODULUS


@lowers(draw_mask)
def dropout_mask(effect, buffers):
    """The mask of kept values. The generator's state is incremented."""
    seed, mask_shape, shape, rate, dtype, rows = effect.args
    (mask,) = effect.writes
    if type(seed) is not SeedGenerator or dtype == "float64" or 0 in shape:
        return None

    def jobs(arrays):
        state, whole = binding_of(seed.state).tensor.array, arrays[mask]
        drawn = whole if mask_shape == shape else aligned(mask_shape, np.bool_)
        begin = 0 if rows is None else rows.slice.start * math.prod(mask_shape[1:])
        made = dropout_mask_jobs(state, drawn.reshape(-1).view(np.uint8), rate, SEED_MODULUS, begin, dtype)
        return made if drawn is whole else [*made, *copy_jobs(np.broadcast_to(drawn, shape), whole)]

    return Lowering(jobs, (), (mask,), written=(seed.state,))


@lowers((Compute, KeepScaled), (Gradient, KeepScaled))
def dropout(instruction, buffers):
    """x · scale where the mask is set."""
    if isinstance(instruction, Compute):
        (x, mask), (y,) = instruction.reads, instruction.writes
    else:
        (_, mask), (x,), (y, _) = instruction.inputs, instruction.dys, instruction.writes
    if buffers[mask].dtype != np.bool_ or buffers[mask].shape != buffers[x].shape or not all_float32(buffers, (x, y)):
        return None

    def jobs(arrays):
        flat_mask = arrays[mask].reshape(-1).view(np.uint8)
        return keep_scaled_jobs(arrays[x].reshape(-1), flat_mask, arrays[y].reshape(-1), float(instruction.op.scale))

    return Lowering(jobs, (x, mask), (y,))
