"""Activation functions as jobs: each a kernel forward, one backward, and the numbers of its setting."""

from typing import NamedTuple

from minikeras.autodiff.arithmetic import Absolute
from minikeras.kernels import activation_jobs as jobs
from minikeras.kernels.error_function import erf_pieces
from minikeras.ops.activation import HardTanh, LeakyRelu, Relu, Relu6
from minikeras.ops.exponential import Exp
from minikeras.ops.smooth_activation import Elu, Gelu, Selu, Sigmoid, Silu, Softplus, Softsign, TanhGelu
from minikeras.ops.special import Erf
from minikeras.ops.trigonometric import Tanh
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers


class Activation(NamedTuple):
    """How an activation function is computed.

    Attributes:
        forward: `FormulaKernel` (x, *numbers).
        backward: `FormulaKernel` (dy, what the op keeps, *numbers).
        numbers: op -> the numbers.
    """

    forward: object
    backward: object
    numbers: object = lambda op: ()


ACTIVATIONS = {
    Relu: Activation(jobs.relu_pieces, jobs.relu_gradient_pieces),
    Sigmoid: Activation(jobs.sigmoid_pieces, jobs.sigmoid_gradient_pieces),
    Tanh: Activation(jobs.tanh_pieces, jobs.tanh_gradient_pieces),
    Silu: Activation(jobs.silu_pieces, jobs.silu_gradient_pieces),
    Gelu: Activation(jobs.gelu_pieces, jobs.gelu_gradient_pieces),
    TanhGelu: Activation(jobs.tanh_gelu_pieces, jobs.tanh_gelu_gradient_pieces),
    Elu: Activation(jobs.elu_pieces, jobs.elu_gradient_pieces, lambda op: (1.0, op.alpha)),
    Selu: Activation(jobs.elu_pieces, jobs.selu_gradient_pieces, lambda op: (op.scale, op.alpha)),
    LeakyRelu: Activation(
        jobs.leaky_relu_pieces, jobs.leaky_relu_gradient_pieces, lambda op: (float(op.negative_slope),)
    ),
    Exp: Activation(jobs.exp_pieces, jobs.exp_gradient_pieces),
    Absolute: Activation(jobs.absolute_pieces, jobs.absolute_gradient_pieces),
    Relu6: Activation(jobs.relu6_pieces, jobs.relu6_gradient_pieces),
    HardTanh: Activation(jobs.hard_tanh_pieces, jobs.hard_tanh_gradient_pieces),
    Softsign: Activation(jobs.softsign_pieces, jobs.softsign_gradient_pieces),
    Erf: Activation(erf_pieces, jobs.erf_gradient_pieces),
    Softplus: Activation(jobs.softplus_pieces, jobs.softplus_gradient_pieces),
}


@lowers(*[(Compute, op) for op in ACTIVATIONS])
def activation(instruction, slots):
    """y = function(x)."""
    return _lowering(ACTIVATIONS[type(instruction.op)].forward, instruction, slots, instruction.reads)


@lowers(*[(Gradient, op) for op in ACTIVATIONS])
def activation_gradient(instruction, slots):
    """dx from dy and what the op keeps, x or y."""
    kept = instruction.inputs or instruction.outputs
    return _lowering(ACTIVATIONS[type(instruction.op)].backward, instruction, slots, (*instruction.dys, *kept))


def _lowering(kernel, instruction, slots, reads):
    indices = (*reads, *instruction.writes)
    if not all_float32(slots, indices) or len({slots[i].shape for i in indices}) != 1:
        return None
    numbers = ACTIVATIONS[type(instruction.op)].numbers(instruction.op)

    def made(arrays):
        return kernel.jobs(*[arrays[i].reshape(-1) for i in indices], *numbers)

    return Lowering(made, reads, instruction.writes)
