"""`tf.nn.embedding_lookup_sparse` and its safe form: rows of a table combined for each row of sparse ids."""

from minikeras import ops
from minikeras.compat.tensorflow import sparse
from minikeras.compat.tensorflow.nn.layer_functions import embedding_lookup
from minikeras.compat.tensorflow.sparse_values.combining import combined_rows, valid_ids
from minikeras.tensors.sparse import SparseTensor

__all__ = ["embedding_lookup_sparse", "safe_embedding_lookup_sparse"]


def embedding_lookup_sparse(
    params, sp_ids, sp_weights, combiner=None, max_norm=None, name=None, allow_fast_lookup=False
):
    """For each row of `sp_ids`, the sum, mean or sum / √n of the rows of a table at its ids, weighted.

    Args:
        params: the table, or a list of tables among which its rows are distributed in turn.
        sp_ids: SparseTensor (rows, any), in row-major order, without empty rows.
        sp_weights: SparseTensor of the same positions, or None.
        combiner: the divisor of the sum: "mean" (or None) the sum of weights, "sqrtn" their 2-norm, "sum" none.
        max_norm: rows of the table with a greater Euclidean norm are scaled down to it.
        allow_fast_lookup: has no effect.

    Raises:
        TypeError: `sp_ids` or `sp_weights` is not a SparseTensor.
        ValueError: another combiner.
    """
    combiner = "mean" if combiner is None else combiner
    for given in (sp_ids, sp_weights):
        if not isinstance(given, SparseTensor) and (given is sp_ids or given is not None):
            raise TypeError(f"`sp_ids` and `sp_weights` must be SparseTensors. Received: {given!r}")
    rows = embedding_lookup(params, sp_ids.values, max_norm)
    weights = None if sp_weights is None else sp_weights.values
    return combined_rows(rows, sp_ids.indices.array[:, 0], weights, combiner)


def safe_embedding_lookup_sparse(
    embedding_weights,
    sparse_ids,
    sparse_weights=None,
    combiner="mean",
    default_id=None,
    max_norm=None,
    name=None,
    allow_fast_lookup=False,
):
    """`embedding_lookup_sparse` without negative ids and ids without positive weight; a row without any gives zeros,
    or the row `default_id` of the table. Ids of more than two axes give a row for each of the axes but the last.
    """
    shape = sparse_ids.shape
    flat = sparse.reshape(sparse_ids, [-1, shape[-1]])
    weights = None if sparse_weights is None else sparse.reshape(sparse_weights, [-1, shape[-1]])
    kept = valid_ids(flat.values, None if weights is None else weights.values)
    flat, weights = sparse.retain(flat, kept), None if weights is None else sparse.retain(weights, kept)
    flat, is_empty = sparse.fill_empty_rows(flat, default_id or 0)
    if weights is not None:
        weights, _ = sparse.fill_empty_rows(weights, 1.0)
    y = embedding_lookup_sparse(embedding_weights, flat, weights, combiner, max_norm)
    if default_id is None:
        y = ops.where(ops.expand_dims(is_empty, 1), ops.zeros_like(y), y)
    return ops.reshape(y, (*shape[:-1], y.shape[-1]))
