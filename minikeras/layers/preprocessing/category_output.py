"""Class indices in the output modes that several layers share: "int", "one_hot", "multi_hot", "count"."""

from minikeras import ops
from minikeras.autodiff.arithmetic import Cast
from minikeras.ops.counting import CategoryCounts
from minikeras.tensors.sparse import encoding, from_dense

MODES = ("int", "one_hot", "multi_hot", "count")
OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def checked_mode(output_mode, allowed=MODES):
    """An output mode by its current name.

    Raises:
        ValueError: it is not one of the allowed modes.
    """
    output_mode = OLD_MODES.get(output_mode, output_mode) if isinstance(output_mode, str) else output_mode
    if output_mode not in allowed:
        raise ValueError(
            f"Invalid value for argument `output_mode`. Unknown arg for output_mode: {output_mode}. Allowed values are "
            f"{allowed}."
        )
    return output_mode


def checked_sparse(sparse, output_mode):
    """Whether to output sparse vectors.

    Raises:
        ValueError: in mode "int", which does not output vectors.
    """
    if sparse and output_mode == "int":
        raise ValueError("`sparse` may only be true if `output_mode` has vectors, such as 'multi_hot'. Received: 'int'")
    return bool(sparse)


def encoded(x, output_mode, depth, dtype, count_weights=None, sparse=False):
    """Class indices in an output mode.

    Args:
        x: class indices, a tensor.
        output_mode: "int": unchanged; "one_hot": each index as a vector, in place of a last axis of length 1;
            "multi_hot", "count": each row as one vector. With three or more axes, rows are along the second, as in
            Keras.
        depth: length of the vectors; larger indices are ignored.
        dtype: of the result.
        count_weights: the weight of each index, in mode "count".
        sparse: whether the vectors are a SparseTensor.
    """
    if output_mode == "int":
        return Cast(dtype)(x)
    x = ops.reshape(x, (1,)) if len(x.shape) == 0 else x
    if output_mode == "one_hot":
        x = ops.squeeze(x, -1) if len(x.shape) > 1 and x.shape[-1] == 1 else x
        return ops.one_hot(x, depth, dtype=dtype, sparse=sparse)
    if sparse and len(x.shape) <= 2:
        return encoding.counts(x, depth, output_mode == "multi_hot", dtype, count_weights)
    if len(x.shape) <= 2:
        counts = CategoryCounts(depth, output_mode == "multi_hot", dtype)
        return counts(x) if count_weights is None else counts(x, count_weights)
    if output_mode == "multi_hot":
        return ops.multi_hot(x, depth, dtype=dtype, sparse=sparse)
    hot = ops.one_hot(x, depth, dtype=dtype)
    sums = ops.sum(hot if count_weights is None else hot * ops.expand_dims(count_weights, -1), axis=1)
    return from_dense(sums) if sparse else sums
