"""Random numbers of `keras.random` as jobs: drawn from a layer's generator, scaled and shifted."""

import math

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.kernels.elementwise_jobs import scale_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.random import stateless_normal, stateless_truncated_normal, stateless_uniform
from minikeras.kernels.random.dropout_jobs import next_sequence
from minikeras.kernels.random.normal import normal_jobs, truncated_normal_jobs
from minikeras.kernels.random.uniform import uniform_jobs
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.plans.bindings import binding_of
from minikeras.plans.instructions import TensorAt
from minikeras.plans.lower import Lowering, all_float32, lowers
from minikeras.random import SeedGenerator
from minikeras.random.drawing import draw_now
from minikeras.random.seed_generator import SEED_MODULUS

GROUP = 4  # values in one block of the generator
JOBS = {
    stateless_normal: normal_jobs,
    stateless_truncated_normal: truncated_normal_jobs,
    stateless_uniform: uniform_jobs,
}


@lowers(draw_now)
def drawn(effect, buffers):
    """Normal, truncated normal or uniform float32 numbers with constant parameters. The state is incremented."""
    kernel, shape, dtype, seed, *parameters = effect.args
    (y,) = effect.writes
    numbers = [_number(parameter, buffers) for parameter in parameters]
    if kernel not in JOBS or dtype != "float32" or type(seed) is not SeedGenerator or not all_float32(buffers, (y,)):
        return None
    if None in numbers or effect.kwargs:
        return None
    scale, shift = _scale_and_shift(kernel, *numbers)
    count = math.prod(shape)

    def jobs(arrays):
        sequence = np.zeros(3, np.int64)  # key, stream, and the position 0
        result = arrays[y].reshape(-1)
        target = result if count % GROUP == 0 else aligned((-(-count // GROUP) * GROUP,))
        made = [next_sequence.job(1, binding_of(seed.state).tensor.array, sequence[:2], SEED_MODULUS)]
        made += JOBS[kernel](sequence, target)
        made += [] if target is result else copy_jobs(target[:count], result)
        return made if (scale, shift) == (1, 0) else [*made, *scale_jobs(result, scale, shift, result)]

    return Lowering(jobs, (), (y,), written=(seed.state,))


def _number(parameter, buffers):
    """A parameter as a number that is the same in every step, or None."""
    if isinstance(parameter, TensorAt):
        buffer = buffers[parameter.buffer]
        parameter = buffer.value if buffer.kind == "constant" and buffer.shape == () else None
    if isinstance(parameter, Tensor):
        return None
    return None if parameter is None else float(np.float32(parameter))


def _scale_and_shift(kernel, first, second):
    """The numbers are z · scale + shift for standard ones z."""
    if kernel is stateless_uniform:
        return float(np.float32(second) - np.float32(first)), first
    return second, first
