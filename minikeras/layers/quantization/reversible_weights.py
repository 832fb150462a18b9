"""Quantized weights of a ReversibleEmbedding: a table and, if weights are not tied, a kernel from vectors to logits.

The kernel is (output_dim, input_dim), and has a scale for each token, or for each group of inputs of a token.
"""

from minikeras import ops
from minikeras.layers.quantization.int4_weights import Int4Table
from minikeras.layers.quantization.int8_weights import Int8Table
from minikeras.quantizers import abs_max_quantize_grouped_with_zero_point, pack_int4, unpack_int4

_REVERSE = "reverse_embeddings"


class Int8ReversibleTable(Int8Table):
    """A scale for each row of the table and each column of the kernel."""

    names = (*Int8Table.names, _REVERSE, f"{_REVERSE}_scale")

    def build(self):
        super().build()
        if not self.layer.tie_weights:
            self.add(_REVERSE, self.shape[::-1], "int8")
            self.add(f"{_REVERSE}_scale", self.shape[:1], initializer="ones")

    def stored_for(self, weights):
        stored = super().stored_for(weights)
        if _REVERSE in weights:
            q, scale = self.weight_quantizer(weights[_REVERSE], axis=0, to_numpy=True)
            stored |= {_REVERSE: q, f"{_REVERSE}_scale": ops.reshape(scale, self.shape[:1])}
        return stored

    def logits(self, x):
        layer = self.layer
        if layer.tie_weights:
            return super().logits(x)
        return self.logits_of_integers(x, layer.reverse_embeddings, layer.reverse_embeddings_scale)


class Int4ReversibleTable(Int4Table):
    """Four bits, packed along the kernel's inputs, with a scale for each row or group as in `Int4Table`."""

    names = (*Int4Table.names, _REVERSE, f"{_REVERSE}_scale", f"{_REVERSE}_zero")

    def build(self):
        super().build()
        if self.layer.tie_weights:
            return
        tokens, length = self.shape
        groups = None if self.block_size is None else -(-length // self.block_size)
        self.add(_REVERSE, (-(-length // 2), tokens), "int8")
        self.add(f"{_REVERSE}_scale", (tokens,) if groups is None else (groups, tokens), initializer="ones")
        if groups is not None:
            self.add(f"{_REVERSE}_zero", (groups, tokens))

    def stored_for(self, weights):
        stored = super().stored_for(weights)
        if _REVERSE not in weights:
            return stored
        weight = weights[_REVERSE]
        if self.block_size is None:
            q, scale = self.weight_quantizer(weight, axis=0, to_numpy=True)
            scale = ops.reshape(scale, self.shape[:1])
        else:
            q, scale, zero = abs_max_quantize_grouped_with_zero_point(weight, self.block_size, to_numpy=True)
            stored[f"{_REVERSE}_zero"] = ops.cast(zero, self.layer.variable_dtype)
        return {**stored, _REVERSE: pack_int4(q, axis=0)[0], f"{_REVERSE}_scale": scale}

    def logits(self, x):
        layer = self.layer
        if layer.tie_weights:
            return super().logits(x)
        q, scale = unpack_int4(layer.reverse_embeddings, self.shape[1], axis=0), layer.reverse_embeddings_scale
        if self.block_size is None:
            return self.logits_of_integers(x, q, scale)
        group = ops.cast(layer.g_idx, "int32")
        zero = ops.cast(ops.take(layer.reverse_embeddings_zero, group, axis=0), x.dtype)
        return ops.matmul(x, (ops.cast(q, x.dtype) - zero) * ops.take(scale, group, axis=0))
