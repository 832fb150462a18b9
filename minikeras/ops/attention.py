"""Scaled dot-product attention."""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Cast, Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.lowering import OpLowering
from minikeras.autodiff.operation import Op
from minikeras.base.extension_dtypes import dtype_limits
from minikeras.kernels import attention as kernels
from minikeras.kernels.attention import attention_gradient_jobs, attention_jobs
from minikeras.ops.comparison import logical_and
from minikeras.ops.core import as_float_tensor, cast, convert_to_tensor, is_array
from minikeras.ops.einsum import einsum
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import repeat
from minikeras.ops.softmax import Softmax


class OfHeads(OpLowering):
    """One job in each direction, for float32."""

    def forward(self, op, inputs, outputs):
        if not _are_float32(inputs[:3] + outputs) or not _are_masks(inputs[3:]):
            return None

        def jobs(inputs, outputs):
            mask = _only(inputs[3:])
            return attention_jobs(*inputs[:3], *outputs, mask, op.scale, op.is_causal)

        return jobs

    def backward(self, op, inputs, outputs, dys, dxs):
        if None in dxs[:3] or not _are_float32(inputs[:3] + dys + dxs[:3]) or not _are_masks(inputs[3:]):
            return None

        def jobs(inputs, outputs, dys, dxs):
            mask = _only(inputs[3:])
            return attention_gradient_jobs(*dys, *inputs[:3], *dxs[:3], mask, op.scale, op.is_causal)

        return jobs


class DotProductAttention(Op):
    """y = softmax(scale · q kᵀ) v for each head, without keeping the softmax; see `kernels/attention.py`.

    Inputs: query (batch, targets, heads, size), key (batch, sources, heads, size), value (batch, sources, heads,
    width), and perhaps booleans that broadcast to (batch, heads, targets, sources).

    Args:
        scale: factor of the products.
        is_causal: whether target i attends to the sources 0 … i only.
    """

    keeps = ("inputs",)
    lowering = OfHeads()

    def __init__(self, scale, is_causal):
        self.scale = scale
        self.is_causal = is_causal

    def forward(self, query, key, value, mask=None):
        return kernels.attention(query, key, value, self.scale, self.is_causal, mask)

    def backward(self, call, dy):
        query, key, value, *masks = call.inputs
        none = (None,) * len(masks)
        if is_array(query) and is_array(dy):
            return *kernels.attention_gradient(dy, query, key, value, self.scale, self.is_causal, *masks), *none
        scores, mask = einsum("BTNH,BSNH->BNTS", query, key) * self.scale, masks[0] if masks else None
        p = Softmax(-1)(_forbid(scores, mask, self.is_causal))
        dp = einsum("BTNH,BSNH->BNTS", dy, value)
        ds = p * (dp - sum_over(p * dp, axis=-1, keepdims=True)) * self.scale
        ds = _forbid(ds, mask, self.is_causal, 0.0)
        dquery, dkey = einsum("BNTS,BSNH->BTNH", ds, key), einsum("BNTS,BTNH->BSNH", ds, query)
        return dquery, dkey, einsum("BNTS,BTNH->BSNH", p, dy), *none

    def multiplications(self, shapes, output_shape):
        (batch, targets, heads, size), (_, sources, _, _), (_, _, _, width) = shapes[:3]
        return batch * heads * targets * sources * (size + width)

    def elementary_operations(self, shapes, output_shape):
        (batch, targets, heads, _), sources = shapes[0], shapes[1][1]
        return 6 * batch * heads * targets * sources  # the scale, then those of softmax

    def output_shape(self, query, key, value, mask=None):
        return (*query[:3], value[3])


@composed(inputs=("query", "key", "value", "bias", "mask", "scale"))
def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    """For each query the mean of the values, weighted by softmax(scale · query · key + bias). (Vaswani et al., 2017)

    Args:
        query: (batch, targets, heads, size).
        key, value: (batch, sources, heads, size); or with fewer heads, each shared by several of the query's.
        bias: added to the logits, of a shape that broadcasts to (batch, heads, targets, sources).
        mask: booleans of such a shape; False masks a source for a target.
        scale: 1/√size by default.
        is_causal: whether target i attends to the sources 0 … i only.
        flash_attention: None or False; there is one implementation.
        attn_logits_soft_cap: only None, as in Keras on TensorFlow.

    Returns:
        (batch, targets, heads, size).

    Raises:
        ValueError: an input has not four axes, or an argument needs another backend.
    """
    if flash_attention or attn_logits_soft_cap is not None:
        raise ValueError(
            "Flash attention and a soft cap for logits are not supported (Keras has them on JAX). Received: "
            f"flash_attention={flash_attention}, attn_logits_soft_cap={attn_logits_soft_cap}. Leave both at None."
        )
    query, key, value = (as_float_tensor(x) for x in (query, key, value))
    if {len(x.shape) for x in (query, key, value)} != {4}:
        raise ValueError(
            "`dot_product_attention` only supports 4D inputs, (batch, length, heads, size). Received: "
            f"query.shape={tuple(query.shape)}, key.shape={tuple(key.shape)}, value.shape={tuple(value.shape)}"
        )
    dtype = result_type(query.dtype, key.dtype, value.dtype)
    query, key, value = (cast(x, dtype) for x in (query, key, value))
    if isinstance(query, KerasTensor):
        return KerasTensor((*query.shape[:3], query.shape[3] if value.shape[3] is None else value.shape[3]), dtype)
    heads, key_heads = query.shape[2], key.shape[2]
    if 1 < key_heads < heads:
        key, value = (repeat(x, heads // key_heads, axis=2) for x in (key, value))
    scale = 1 / math.sqrt(key.shape[-1]) if scale is None else scale
    if bias is None and dtype in ("float32", "float64") and isinstance(scale, float) and key.shape[2] == heads:
        masks = () if mask is None else (Cast("bool")(convert_to_tensor(mask)),)
        return DotProductAttention(scale, bool(is_causal))(query, key, value, *masks)
    logits = cast(einsum("BTNH,BSNH->BNTS", query, key), result_type(dtype, "float32")) * scale
    if bias is not None:
        logits = logits + cast(bias, logits.dtype)
    probabilities = Softmax(-1)(_forbid(logits, mask, is_causal))
    return einsum("BNTS,BSNH->BTNH", cast(probabilities, dtype), value)


def _forbid(logits, mask, is_causal, number=None):
    """Logits with a very negative value at masked sources. (−∞ would give NaN if all are masked.)"""
    if is_causal:
        targets, sources = logits.shape[-2:]
        seen = np.tri(targets, sources, dtype=bool)
        mask = seen if mask is None else logical_and(convert_to_tensor(mask), seen)
    if mask is None:
        return logits
    return Where()(
        convert_to_tensor(mask), logits, -0.7 * float(dtype_limits(logits.dtype).max) if number is None else number
    )


def _are_masks(inputs):
    return all(x is not None and x.dtype == np.bool_ and len(x.shape) <= 4 and 0 not in x.shape for x in inputs)


def _only(masks):
    """The mask, or None."""
    return masks[0] if masks else None


def _are_float32(arrays):
    return all(x is not None and x.dtype == np.float32 and 0 not in x.shape for x in arrays)
