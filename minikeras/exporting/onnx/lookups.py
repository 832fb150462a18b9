"""Tokens as indices in a vocabulary, by operators of ONNX that map and split strings."""

import numpy as np

from minikeras.exporting.graph import Inexpressible, Value
from minikeras.exporting.onnx.formulas import writes
from minikeras.exporting.onnx.registry import converts
from minikeras.tensors.lookup.hash_ops import CrossedBuckets, HashBuckets
from minikeras.tensors.lookup.text_ops import WordIndices
from minikeras.tensors.lookup.vocabulary_ops import TokenIndices


@writes(TokenIndices)
def token_indices(graph, name, dtype, indices, default):
    """A LabelEncoder, an operator of the domain ai.onnx.ml."""
    kind = "strings" if dtype.kind == "O" else "int64s"
    columns = {f"keys_{kind}": list(indices), "values_int64s": list(indices.values()), "default_int64": default}
    return graph.add("LabelEncoder", name, **columns)


@writes(WordIndices)
def word_indices(graph, name, dtype, words):
    """StringSplit splits at spaces, which first replace other whitespace."""
    if words.table is not None:  # bytes in lower case, as in this locale
        name = graph.add("StringNormalizer", name, case_change_action="LOWER", locale="C")
    for characters, replacement in ((words.removed.decode(), ""), ("\t\n\v\f\r", " ")):
        for character in characters:
            name = _replaced(graph, name, character, replacement)
    tokens, _ = graph.add("StringSplit", name, outputs=2)
    vocabulary = words.lookup.token_indices()
    return token_indices(graph, tokens, dtype, vocabulary.indices | {b"": words.padding}, vocabulary.unknown)


def _replaced(graph, texts, character, replacement):
    """Texts are split at the character, and a loop joins the parts with the replacement, up to each text's last part.

    It is not a Scan, in which StringConcat of ONNX Runtime 1.32 appends to the result of an earlier step.
    """
    parts, _ = graph.add("StringSplit", texts, outputs=2, delimiter=character)
    body = graph.body()
    number = body.argument("number", (), np.int64)
    goes_on, joined = body.argument("goes_on", (), bool), body.argument("text", (None,), object)
    if replacement:
        joined = body.add("StringConcat", joined, body.constant(np.array(replacement, object)))
    joined = body.add("StringConcat", joined, body.add("Gather", parts, number, axis=1))
    body.outputs = [
        Value((), np.dtype(bool), name=body.identity(goes_on)),
        Value((None,), np.dtype(object), name=joined),
    ]
    count = graph.add("Gather", graph.add("Shape", parts), graph.constant(1, np.int64), axis=0)
    empty = graph.add("Expand", graph.constant(np.array("", object)), graph.add("Shape", texts))
    return graph.add("Loop", count, "", empty, body=body)


@converts(HashBuckets, CrossedBuckets)
def buckets(graph, step, *tokens):
    raise Inexpressible("hashes by FarmHash or SipHash, which ONNX does not have")
