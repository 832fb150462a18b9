"""Tokens as their indices in a vocabulary, and the reverse."""

import numpy as np

from minikeras.exporting.onnx.graph import Inexpressible
from minikeras.exporting.onnx.registry import converts
from minikeras.lookup.vocabulary_ops import UNKNOWN, RemainingUnknown, TokenIndices, TokensAt


@converts(TokenIndices)
def token_indices(graph, step, tokens):
    """A LabelEncoder, an operator of the domain ai.onnx.ml."""
    known, unknown = step.op.indices, step.op.unknown
    if not isinstance(unknown, (int, RemainingUnknown)):
        reason = "spreads unknown tokens by their hash" if unknown else "raises an error for unknown tokens"
        raise Inexpressible(f"{reason} (`num_oov_indices`)")
    kind = "strings" if tokens.dtype.kind == "O" else "int64s"
    default = unknown if isinstance(unknown, int) else UNKNOWN
    name = graph.read(tokens)
    columns = {f"keys_{kind}": list(known), "values_int64s": list(known.values()), "default_int64": default}
    found = graph.add("LabelEncoder", name, **columns)
    if isinstance(unknown, int):
        return found
    rest = graph.add("Mod", name, graph.constant(unknown.count, np.int64))
    is_unknown = graph.add("Equal", found, graph.constant(UNKNOWN, np.int64))
    return graph.add("Where", is_unknown, graph.add("Add", rest, graph.constant(unknown.start, np.int64)), found)


@converts(TokensAt)
def tokens_at(graph, step, indices):
    """A Gather. The last token is that of indices which there are none for."""
    tokens = step.op.table.tokens
    end = graph.constant(len(tokens) - 1, np.int64)
    name = graph.read(indices, np.int64)
    is_below = graph.add("Less", name, graph.constant(0, np.int64))
    is_outside = graph.add("Or", is_below, graph.add("Greater", name, end))
    return graph.add("Gather", graph.constant(tokens), graph.add("Where", is_outside, end, name))
