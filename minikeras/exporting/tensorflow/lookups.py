"""Hashes of tokens, and custom tables."""

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.tensorflow.registry import converts
from minikeras.tensors.lookup.hash_ops import CrossedBuckets, HashBuckets
from minikeras.tensors.lookup.tables import HashTable, LookUp, MutableHashTable


@converts(LookUp)
def look_up(graph, step, keys):
    """An immutable table of `tf.lookup`."""
    table = step.op.table
    if isinstance(table, MutableHashTable) or not isinstance(table, HashTable):
        raise Inexpressible("looks up in a table of another kind than a `tf.lookup.StaticHashTable`")
    tokens, values = [x.array for x in table.export()]
    default = np.array(table.default_value, values.dtype)
    return graph.add(
        "LookupTableFindV2", graph.table(tokens, values), graph.read(keys, tokens.dtype), graph.constant(default)
    )


@converts(HashBuckets)
def hash_buckets(graph, step, x):
    op, name = step.op, graph.read(x, np.int64 if x.dtype.kind == "f" else None)
    has_mask = op.mask_value is not None and op.num_buckets > 1
    y = graph.op(HashBuckets, name, count=op.num_buckets - has_mask, key=op.key)
    if not has_mask:
        return y
    mask = np.array(op.mask_value.encode() if isinstance(op.mask_value, str) else op.mask_value, x.dtype)
    masked = graph.add("Equal", graph.read(x), graph.constant(mask))
    return graph.add("SelectV2", masked, graph.constant(0, np.int64), graph.plus(y, 1))


@converts(CrossedBuckets)
def crossed_buckets(graph, step, *columns):
    raise Inexpressible("joins the hashes of several columns")
