"""Rounding to a few values, as in training for quantized networks."""

from minikeras.formats.saved_model.graph_ops.registry import graph_op
from minikeras.ops.creation import full
from minikeras.quantizers import fake_quant_with_min_max_vars


@graph_op("FakeQuantWithMinMaxArgs", "inputs")
def between_numbers(x, *, min=-6.0, max=6.0, num_bits=8, narrow_range=False):
    """x clipped to a range, and rounded to 2^num_bits values in it."""
    return fake_quant_with_min_max_vars(x, full((), min, x.dtype), full((), max, x.dtype), num_bits, narrow_range)


@graph_op("FakeQuantWithMinMaxVars", "inputs min max")
def between_tensors(x, min, max, *, num_bits=8, narrow_range=False):
    """The same for bounds that are tensors."""
    return fake_quant_with_min_max_vars(x, min, max, num_bits, narrow_range)


@graph_op("FakeQuantWithMinMaxVarsPerChannel", "inputs min max")
def between_vectors(x, min, max, *, num_bits=8, narrow_range=False):
    """The same for bounds of each position of the last axis."""
    return fake_quant_with_min_max_vars(x, min, max, num_bits, narrow_range, axis=-1)
