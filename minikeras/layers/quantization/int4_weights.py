"""Weights of four bits, two in a byte, with a scale for each output, or for each group of inputs.

w ≈ q / scale                                     one scale for each output
w ≈ (q − zero) · scale                            a scale and a zero for each group of inputs
"""

import numpy as np

from minikeras import ops
from minikeras.layers.quantization.float_weights import FloatRows, FloatWeight, Packed
from minikeras.layers.quantization.integer_product import IntegerKernel, IntegerTable
from minikeras.layers.quantization.weight import QuantizedWeight
from minikeras.quantizers import (
    AbsMaxQuantizer,
    abs_max_quantize_grouped_with_zero_point,
    pack_int4,
    unpack_int4,
)

_RANGE = (-8, 7)


def group_numbers(length, block_size):
    """The number of the group of each input: 0, 0, …, 1, 1, …"""
    return np.arange(length) // block_size


def block_size_of(config, policy):
    """The length of groups; None without groups."""
    size = getattr(policy, "block_size", None) if config is None else config.block_size
    return None if size in (None, -1) else size


class _Int4Weight(QuantizedWeight):
    """Base class of Int4Kernel and Int4Table: their quantizers."""

    mode = "int4"

    def __init__(self, layer, config, policy, shape):
        super().__init__(layer, config, policy, shape)
        self.use_quantizers(AbsMaxQuantizer(value_range=_RANGE), None)
        self.block_size = block_size_of(config, policy)


class Int4Kernel(IntegerKernel, _Int4Weight):
    """The kernel of a Dense or EinsumDense layer, as a matrix of all its inputs and all its outputs.

    As in Keras, the kernel's elements keep their order, so each scale belongs to one output only if the axes of the
    inputs are the kernel's first ones.
    """

    names = ("kernel", "bias", "kernel_scale", "kernel_zero", "g_idx")

    def build(self):
        rows, columns = self.layer._kernel_axes().matrix_shape
        self.add("kernel", (rows, -(-columns // 2)), "int8")
        if self.block_size is None:
            self.add("kernel_scale", (columns,), initializer="ones")
            return
        groups = -(-rows // self.block_size)
        self.add("kernel_scale", (groups, columns), initializer="ones")
        self.add("kernel_zero", (groups, columns), "int8")
        self.add("g_idx", (rows,), "float32")
        self.layer.g_idx.assign(group_numbers(rows, self.block_size))

    def quantized(self, weight, quantizer):
        axes = self.layer._kernel_axes()
        weight = np.asarray(weight).reshape(axes.matrix_shape)
        if self.block_size is None:
            q, scale = quantizer(weight, axis=0, to_numpy=True)
            stored = {"kernel_scale": ops.reshape(scale, (axes.matrix_shape[1],))}
        else:
            q, scale, zero = abs_max_quantize_grouped_with_zero_point(weight, self.block_size, to_numpy=True)
            stored = {"kernel_scale": scale, "kernel_zero": zero}
        return {"kernel": pack_int4(q, axis=-1)[0], **stored}

    @property
    def packed(self):
        """Pairs of neighbouring outputs."""
        return Packed(self.layer._kernel_axes().matrix_shape[1])

    def integers(self):
        return ops.reshape(unpack_int4(self.layer._kernel, self.packed.length, axis=-1), self.shape)

    def floats(self):
        layer = self.layer
        groups = () if self.block_size is None else (layer.kernel_zero, layer.g_idx)
        return FloatWeight(self.shape, packed=self.packed)(layer._kernel, layer.kernel_scale, *groups)

    def matrix(self, rows, columns):
        return self.layer._kernel, self.layer.kernel_scale


class Int4Table(IntegerTable, _Int4Weight):
    """The table of an Embedding. Groups are parts of a row."""

    names = ("embeddings", "embeddings_scale", "embeddings_zero", "g_idx")

    def build(self):
        rows, length = self.shape
        self.add("embeddings", (rows, -(-length // 2)), "int8")
        if self.block_size is None:
            self.add("embeddings_scale", (rows,), initializer="ones")
            return
        groups = -(-length // self.block_size)
        self.add("embeddings_scale", (rows, groups), initializer="ones")
        self.add("embeddings_zero", (rows, groups), "int8")
        self.add("g_idx", (length,), "float32")
        self.layer.g_idx.assign(group_numbers(length, self.block_size))

    def quantized(self, weight, quantizer):
        if self.block_size is None:
            q, scale = quantizer(weight, axis=-1, to_numpy=True)
            stored = {"embeddings_scale": ops.reshape(scale, self.shape[:1])}
        else:
            groups = abs_max_quantize_grouped_with_zero_point(np.asarray(weight).T, self.block_size, to_numpy=True)
            q, scale, zero = (np.ascontiguousarray(np.asarray(part).T) for part in groups)
            stored = {"embeddings_scale": scale, "embeddings_zero": zero}
        return {"embeddings": pack_int4(q, axis=-1)[0], **stored}

    @property
    def packed(self):
        """Pairs of neighbouring elements of a row."""
        return Packed(self.shape[-1])

    def integers(self):
        return unpack_int4(self.layer._embeddings, self.shape[-1], axis=-1)

    def floats(self):
        layer = self.layer
        if self.block_size is None:
            stored = layer._embeddings, layer.embeddings_scale
            return FloatWeight(self.shape, (self.shape[0], 1), self.packed)(*stored)
        every = ops.arange(self.shape[0])
        return self.rows(every)

    def rows(self, tokens):
        """The rows of the table for these tokens, as floats."""
        layer = self.layer
        groups = () if self.block_size is None else (layer.embeddings_zero, layer.g_idx)
        return FloatRows(self.packed)(layer._embeddings, tokens, layer.embeddings_scale, *groups)
