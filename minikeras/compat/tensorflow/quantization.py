"""`tf.quantization`: floats rounded as few bits can represent them. (See `quantizers/fake_quantization.py`.)"""

from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.gradient_tape import passed_back
from minikeras.quantizers import fake_quant_with_min_max_vars as fake_quant

__all__ = [
    "fake_quant_with_min_max_args",
    "fake_quant_with_min_max_args_gradient",
    "fake_quant_with_min_max_vars",
    "fake_quant_with_min_max_vars_gradient",
    "fake_quant_with_min_max_vars_per_channel",
    "fake_quant_with_min_max_vars_per_channel_gradient",
]


def fake_quant_with_min_max_args(inputs, min=-6, max=6, num_bits=8, narrow_range=False, name=None):
    """`inputs` cut to [min, max] and rounded to 2^num_bits values in it."""
    return fake_quant(tensor(inputs), float(min), float(max), num_bits, narrow_range)


def fake_quant_with_min_max_vars(inputs, min, max, num_bits=8, narrow_range=False, name=None):
    """The same with tensors or Variables as bounds, which get gradients."""
    return fake_quant(tensor(inputs), tensor(min), tensor(max), num_bits, narrow_range)


def fake_quant_with_min_max_vars_per_channel(inputs, min, max, num_bits=8, narrow_range=False, name=None):
    """The same with bounds for each index of the last axis."""
    return fake_quant(tensor(inputs), tensor(min), tensor(max), num_bits, narrow_range, axis=-1)


def fake_quant_with_min_max_args_gradient(gradients, inputs, min=-6, max=6, num_bits=8, narrow_range=False, name=None):
    """What `fake_quant_with_min_max_args` passes to its inputs of the gradients of its result."""
    return _gradient(fake_quant_with_min_max_args, gradients, (inputs,), min, max, num_bits, narrow_range)[0]


def fake_quant_with_min_max_vars_gradient(gradients, inputs, min, max, num_bits=8, narrow_range=False, name=None):
    """What `fake_quant_with_min_max_vars` passes to inputs, min and max of the gradients of its result."""
    return _gradient(fake_quant_with_min_max_vars, gradients, (inputs, min, max), num_bits, narrow_range)


def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients, inputs, min, max, num_bits=8, narrow_range=False, name=None
):
    """What `fake_quant_with_min_max_vars_per_channel` passes to inputs, min and max of the gradients of its result."""
    return _gradient(fake_quant_with_min_max_vars_per_channel, gradients, (inputs, min, max), num_bits, narrow_range)


def _gradient(function, gradients, inputs, *settings):
    return passed_back(lambda *x: function(*x, *settings), [tensor(x) for x in inputs], tensor(gradients))
