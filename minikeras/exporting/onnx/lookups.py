"""Words and other tokens as their indices in a vocabulary, and the reverse."""

import numpy as np

from minikeras.exporting.graph import Inexpressible, Value
from minikeras.exporting.onnx.registry import converts
from minikeras.lookup.hash_ops import CrossedBuckets, HashBuckets
from minikeras.lookup.text_ops import WordIndices
from minikeras.lookup.vocabulary_ops import UNKNOWN, RemainingUnknown, TokenIndices, TokensAt


@converts(TokenIndices)
def token_indices(graph, step, tokens):
    """A LabelEncoder, an operator of the domain ai.onnx.ml.

    Where unknown tokens are an error, it finds places in a table of the indices. Theirs is behind the table, which is
    an error of Gather.
    """
    known, unknown = step.op.indices, step.op.unknown
    name = graph.read(tokens)
    if unknown is None:
        places = encoded(graph, name, tokens.dtype, dict(zip(known, range(len(known)), strict=True)), len(known))
        return graph.add("Gather", graph.integers(known.values()), places)
    if isinstance(unknown, int):
        return encoded(graph, name, tokens.dtype, known, unknown)
    if not isinstance(unknown, RemainingUnknown):
        raise Inexpressible("spreads unknown tokens by their FarmHash or SipHash (`num_oov_indices`), which ONNX lacks")
    found = encoded(graph, name, tokens.dtype, known, UNKNOWN)
    rest = graph.add("Mod", name, graph.constant(unknown.count, np.int64))
    is_unknown = graph.add("Equal", found, graph.constant(UNKNOWN, np.int64))
    return graph.add("Where", is_unknown, graph.add("Add", rest, graph.constant(unknown.start, np.int64)), found)


def encoded(graph, name, dtype, indices, default):
    """The integer of each token."""
    kind = "strings" if dtype.kind == "O" else "int64s"
    columns = {f"keys_{kind}": list(indices), "values_int64s": list(indices.values()), "default_int64": default}
    return graph.add("LabelEncoder", name, **columns)


@converts(TokensAt)
def tokens_at(graph, step, indices):
    """A Gather. The last token is that of indices which there are none for."""
    tokens = step.op.table.tokens
    end = graph.constant(len(tokens) - 1, np.int64)
    name = graph.read(indices, np.int64)
    is_below = graph.add("Less", name, graph.constant(0, np.int64))
    is_outside = graph.add("Or", is_below, graph.add("Greater", name, end))
    return graph.add("Gather", graph.constant(tokens), graph.add("Where", is_outside, end, name))


@converts(WordIndices)
def word_indices(graph, step, texts):
    """StringSplit cuts at spaces, which take the place of other whitespace."""
    op, name = step.op, graph.reshape(graph.read(texts), [-1])
    if op.widths is not None:
        raise Inexpressible("joins words to n-grams (`ngrams`)")
    if op.length is None and op.padding == 0 and step.outputs[0].shape[1] in graph.lengths.places:
        raise Inexpressible("may find another number of words than that of another layer (`output_sequence_length`)")
    if op.table is not None:  # bytes in lower case, as in this locale
        name = graph.add("StringNormalizer", name, case_change_action="LOWER", locale="C")
    for characters, replacement in ((op.removed.decode(), ""), ("\t\n\v\f\r", " ")):
        for character in characters:
            name = _replaced(graph, name, character, replacement)
    words, _ = graph.add("StringSplit", name, outputs=2)
    vocabulary = op.lookup.token_indices()
    found = encoded(graph, words, texts.dtype, vocabulary.indices | {b"": op.padding}, vocabulary.unknown)
    if op.length is None:
        return found
    padding = graph.add("Expand", graph.constant(op.padding, np.int64), graph.shape((texts.shape[0], op.length)))
    return graph.slice(graph.add("Concat", found, padding, axis=1), 1, 0, op.length)


def _replaced(graph, texts, character, replacement):
    """Texts are cut at the character, and a loop joins the parts, with replacements behind shorter texts too.

    It is no Scan, in which StringConcat of ONNX Runtime 1.32 appends to what an earlier step has left.
    """
    parts, _ = graph.add("StringSplit", texts, outputs=2, delimiter=character)
    body = graph.body()
    number, goes_on, joined = names = [graph.unique(f"{graph.scope}/{name}") for name in ("number", "goes_on", "text")]
    if replacement:
        joined = body.add("StringConcat", joined, body.constant(np.array(replacement, object)))
    joined = body.add("StringConcat", joined, body.add("Gather", parts, number, axis=1))
    kinds = ((), np.int64), ((), bool), ((None,), object)
    body.inputs = [Value(shape, np.dtype(dtype), name=name) for name, (shape, dtype) in zip(names, kinds, strict=True)]
    body.outputs = [
        Value((), np.dtype(bool), name=body.add("Identity", goes_on)),
        Value((None,), np.dtype(object), name=joined),
    ]
    count = graph.add("Gather", graph.add("Shape", parts), graph.constant(1, np.int64), axis=0)
    empty = graph.add("Expand", graph.constant(np.array("", object)), graph.add("Shape", texts))
    return graph.add("Loop", count, "", empty, body=body)


@converts(HashBuckets, CrossedBuckets)
def buckets(graph, step, *tokens):
    raise Inexpressible("hashes by FarmHash or SipHash, which ONNX does not have")
