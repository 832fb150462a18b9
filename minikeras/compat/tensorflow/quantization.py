"""`tf.quantization`: floats rounded as a few bits can represent them.

Implementation: `quantizers/fake_quantization.py` and `rounded_ranges.py`.
"""

from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.gradient_tape import passed_back
from minikeras.ops.core import cast
from minikeras.quantizers import fake_quant_with_min_max_vars as fake_quant
from minikeras.quantizers.rounded_ranges import rounded_in_range

__all__ = [
    "fake_quant_with_min_max_args",
    "fake_quant_with_min_max_args_gradient",
    "fake_quant_with_min_max_vars",
    "fake_quant_with_min_max_vars_gradient",
    "fake_quant_with_min_max_vars_per_channel",
    "fake_quant_with_min_max_vars_per_channel_gradient",
    "quantize_and_dequantize",
    "quantize_and_dequantize_v2",
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


def quantize_and_dequantize(
    input,
    input_min,
    input_max,
    signed_input=True,
    num_bits=8,
    range_given=False,
    round_mode="HALF_TO_EVEN",
    name=None,
    narrow_range=False,
    axis=None,
):
    """`quantize_and_dequantize_v2` whose gradient passes everywhere. (TensorFlow advises the newer one.)"""
    settings = signed_input, num_bits, range_given, round_mode, narrow_range, axis
    return _rounded(input, input_min, input_max, *settings, passes_all=True)


def quantize_and_dequantize_v2(
    input,
    input_min,
    input_max,
    signed_input=True,
    num_bits=8,
    range_given=False,
    round_mode="HALF_TO_EVEN",
    name=None,
    narrow_range=False,
    axis=None,
):
    """`input` rounded to the multiples of a step that integers of `num_bits` bits can count.

    Args:
        input_min, input_max: the range to which the input is cut with `range_given`, else only that in which
            gradients pass. With `axis`, a value for each index along it.
        signed_input: whether there are negative integers.
        round_mode: "HALF_TO_EVEN" or "HALF_UP".
        narrow_range: whether to omit the smallest integer.
    """
    settings = signed_input, num_bits, range_given, round_mode, narrow_range, axis
    return _rounded(input, input_min, input_max, *settings)


def _rounded(x, low, high, *settings, **passing):
    x = tensor(x)
    return rounded_in_range(x, cast(tensor(low), x.dtype), cast(tensor(high), x.dtype), *settings, **passing)
