"""Quantizers: they convert floats to integers of few bits and back; and the configs of quantized layers."""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.quantizers.abs_max import abs_max_quantize, abs_max_quantize_grouped_with_zero_point
from minikeras.quantizers.calibrated_configs import AWQConfig, GPTQConfig
from minikeras.quantizers.fake_quantization import fake_quant_with_min_max_vars
from minikeras.quantizers.float8 import compute_float8_amax_history, compute_float8_scale, quantize_and_dequantize
from minikeras.quantizers.identifiers import deserialize, get, serialize
from minikeras.quantizers.int4 import pack_int4, unpack_int4
from minikeras.quantizers.quantization_config import (
    Float8QuantizationConfig,
    Int4QuantizationConfig,
    Int8QuantizationConfig,
    QuantizationConfig,
)
from minikeras.quantizers.quantizer import AbsMaxQuantizer, Quantizer

__all__ = [
    "AWQConfig",
    "AbsMaxQuantizer",
    "Float8QuantizationConfig",
    "GPTQConfig",
    "Int4QuantizationConfig",
    "Int8QuantizationConfig",
    "QuantizationConfig",
    "Quantizer",
    "abs_max_quantize",
    "abs_max_quantize_grouped_with_zero_point",
    "compute_float8_amax_history",
    "compute_float8_scale",
    "deserialize",
    "fake_quant_with_min_max_vars",
    "get",
    "pack_int4",
    "quantize_and_dequantize",
    "serialize",
    "unpack_int4",
]

__getattr__ = explain_missing_names(__name__, __all__)
