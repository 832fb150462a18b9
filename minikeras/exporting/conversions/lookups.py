"""Tokens as indices in a vocabulary, and back; texts split into words."""

import numpy as np

from minikeras.autodiff.arithmetic import Mod, Where
from minikeras.autodiff.comparison import Equal, Greater, Less, LogicalOr
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.registry import converts
from minikeras.tensors.lookup.hash_ops import HashBuckets
from minikeras.tensors.lookup.text_ops import WordIndices
from minikeras.tensors.lookup.vocabulary_ops import UNKNOWN, HashedUnknown, RemainingUnknown, TokenIndices, TokensAt


@converts(TokenIndices)
def token_indices(graph, step, tokens):
    """A table lookup. If unknown tokens are an error, the table returns positions in a list of the indices; that of
    unknown tokens is beyond the list, which is an error in the format's operator.
    """
    known, unknown = step.op.indices, step.op.unknown
    name = graph.read(tokens)

    def found(indices, default):
        return graph.op(TokenIndices, name, dtype=tokens.dtype, indices=indices, default=default)

    if unknown is None:
        positions = found(dict(zip(known, range(len(known)), strict=True)), len(known))
        return graph.gather(graph.integers(known.values()), positions, 0)
    if isinstance(unknown, int):
        return found(known, unknown)
    indices = found(known, UNKNOWN)
    if isinstance(unknown, RemainingUnknown):
        rest = graph.op(Mod, graph.cast(name, np.int64), graph.constant(unknown.count, np.int64))
    elif isinstance(unknown, HashedUnknown):
        rest = graph.op(HashBuckets, name, count=unknown.count, key=unknown.salt)
    else:
        raise Inexpressible("gives unknown tokens numbers by a function of its own")
    is_unknown = graph.op(Equal, indices, graph.constant(UNKNOWN, np.int64))
    return graph.op(Where, is_unknown, graph.plus(rest, unknown.start), indices)


@converts(TokensAt)
def tokens_at(graph, step, indices):
    """The last token is the one for indices without a token."""
    tokens = step.op.table.tokens
    name, end = graph.read(indices, np.int64), graph.constant(len(tokens) - 1, np.int64)
    is_outside = graph.op(LogicalOr, graph.op(Less, name, graph.number(0, name)), graph.op(Greater, name, end))
    return graph.gather(graph.constant(tokens), graph.op(Where, is_outside, end, name), 0)


@converts(WordIndices)
def word_indices(graph, step, texts):
    """Texts are standardized and split at whitespace; padding follows the last word."""
    op, name = step.op, graph.reshape(graph.read(texts), [-1])
    if op.widths is not None:
        raise Inexpressible("joins words to n-grams (`ngrams`)")
    if op.length is None and op.padding == 0 and step.outputs[0].shape[1] in graph.lengths.positions:
        raise Inexpressible("may find another number of words than that of another layer (`output_sequence_length`)")
    rows = graph.op(WordIndices, name, dtype=texts.dtype, words=op)
    if op.length is None:
        return rows
    padding = graph.expanded(graph.constant(op.padding, np.int64), graph.shape((texts.shape[0], op.length)))
    return graph.slice(graph.joined([rows, padding], 1), 1, 0, op.length)
