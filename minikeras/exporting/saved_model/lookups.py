"""Words and other tokens as their numbers in a vocabulary, and the reverse; texts cut into words; hashes."""

import re

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.saved_model.indexing import gathered
from minikeras.exporting.saved_model.registry import converts
from minikeras.lookup.hash_ops import CrossedBuckets, HashBuckets
from minikeras.lookup.tables import HashTable, LookUp, MutableHashTable
from minikeras.lookup.text_ops import WordIndices
from minikeras.lookup.vocabulary_ops import UNKNOWN, HashedUnknown, RemainingUnknown, TokenIndices, TokensAt


@converts(TokenIndices)
def token_indices(graph, step, tokens):
    """A table. Where unknown tokens are an error, it gives places in a list of the numbers, theirs is behind the list,
    which is an error of GatherV2.
    """
    known, unknown = step.op.indices, step.op.unknown
    name = graph.read(tokens)
    if unknown is None:
        places = found_in(graph, name, tokens.dtype, dict(zip(known, range(len(known)), strict=True)), len(known))
        return gathered(graph, graph.integers(known.values()), places, 0)
    if isinstance(unknown, int):
        return found_in(graph, name, tokens.dtype, known, unknown)
    found = found_in(graph, name, tokens.dtype, known, UNKNOWN)
    if isinstance(unknown, RemainingUnknown):
        rest = graph.add("FloorMod", graph.cast(name, np.dtype(np.int64)), graph.constant(unknown.count, np.int64))
    elif isinstance(unknown, HashedUnknown):
        rest = buckets_of(graph, name, unknown.count, unknown.salt)
    else:
        raise Inexpressible("gives unknown tokens numbers by a function of its own")
    rest = graph.add("AddV2", rest, graph.constant(unknown.start, np.int64))
    return graph.add("SelectV2", graph.add("Equal", found, graph.constant(UNKNOWN, np.int64)), rest, found)


def found_in(graph, name, dtype, numbers, default):
    """The number of each token, by a table."""
    keys = np.empty(len(numbers), object)
    keys[:] = list(numbers)
    keys = keys if dtype.kind == "O" else keys.astype(dtype)
    table = graph.table(keys, np.array(list(numbers.values()), np.int64))
    return graph.add("LookupTableFindV2", table, name, graph.constant(default, np.int64))


@converts(LookUp)
def look_up(graph, step, keys):
    """A table of TensorFlow's that does not change."""
    table = step.op.table
    if isinstance(table, MutableHashTable) or not isinstance(table, HashTable):
        raise Inexpressible("looks up in a table of another kind than a `tf.lookup.StaticHashTable`")
    tokens, values = [x.array for x in table.export()]
    default = np.array(table.default_value, values.dtype)
    return graph.add(
        "LookupTableFindV2", graph.table(tokens, values), graph.read(keys, tokens.dtype), graph.constant(default)
    )


@converts(TokensAt)
def tokens_at(graph, step, indices):
    """The last token is that of indices which there are none for."""
    tokens = step.op.table.tokens
    end = graph.constant(len(tokens) - 1, np.int64)
    name = graph.read(indices, np.int64)
    below = graph.add("Less", name, graph.constant(0, np.int64))
    outside = graph.add("LogicalOr", below, graph.add("Greater", name, end))
    return gathered(graph, graph.constant(tokens), graph.add("SelectV2", outside, end, name), 0)


@converts(WordIndices)
def word_indices(graph, step, texts):
    """Texts are standardized, cut at whitespace; the words' numbers are put where the words are, padding elsewhere."""
    op, name = step.op, graph.reshape(graph.read(texts), [-1])
    if op.widths is not None:
        raise Inexpressible("joins words to n-grams (`ngrams`)")
    if op.length is None and op.padding == 0 and step.outputs[0].shape[1] in graph.lengths.places:
        raise Inexpressible("may find another number of words than that of another layer (`output_sequence_length`)")
    if op.table is not None:
        name = graph.add("StringLower", name)
    if op.removed:
        pattern = f"[{re.escape(op.removed.decode())}]"
        name = graph.add("StaticRegexReplace", name, pattern=pattern, rewrite="", replace_global=True)
    places, words, shape = graph.add("StringSplitV2", name, graph.constant(np.array(b"", object)))
    vocabulary = op.lookup.token_indices()
    found = found_in(graph, words, texts.dtype, vocabulary.indices, vocabulary.unknown)
    padding = graph.constant(op.padding, np.int64)
    rows = graph.add("TensorScatterUpdate", graph.add("Fill", shape, padding), places, found)
    if op.length is None:
        return rows
    more = graph.expanded(padding, graph.shape((texts.shape[0], op.length)))
    return graph.slice(graph.joined([rows, more], 1), 1, 0, op.length)


@converts(HashBuckets)
def hash_buckets(graph, step, x):
    op, name = step.op, graph.read(x, np.int64 if x.dtype.kind == "f" else None)
    has_mask = op.mask_value is not None and op.num_buckets > 1
    y = buckets_of(graph, name, op.num_buckets - has_mask, op.key)
    if not has_mask:
        return y
    mask = np.array(op.mask_value.encode() if isinstance(op.mask_value, str) else op.mask_value, x.dtype)
    masked = graph.add("Equal", graph.read(x), graph.constant(mask))
    zero, one = graph.constant(0, np.int64), graph.constant(1, np.int64)
    return graph.add("SelectV2", masked, zero, graph.add("AddV2", y, one))


def buckets_of(graph, name, count, key):
    """Hashes of texts, or of numbers written as texts: FarmHash, or SipHash under a key."""
    texts = name if graph.kinds[name] == "string" else graph.add("AsString", name)
    if key is None:
        return graph.add("StringToHashBucketFast", texts, num_buckets=int(count))
    return graph.add("StringToHashBucketStrong", texts, num_buckets=int(count), key=[int(k) for k in key])


@converts(CrossedBuckets)
def crossed_buckets(graph, step, *columns):
    raise Inexpressible("joins the hashes of several columns")
