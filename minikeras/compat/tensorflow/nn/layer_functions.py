"""Further parts of layers: biases, dropout, rows of a table, blocks of space as depth or batch."""

from minikeras import ops
from minikeras.autodiff.operation import any_symbolic
from minikeras.compat.tensorflow.arrays.borders import clip_by_norm
from minikeras.compat.tensorflow.conversion import floating, integers, number, tensor
from minikeras.compat.tensorflow.nn.windows import is_channels_first
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.ops.partitioning import joined_table
from minikeras.ops.space_blocks import batch_to_space_blocks, paddings_to_blocks, space_to_batch_blocks
from minikeras.random import operations

# Names of `tf.nn`; `batch_to_space`, `space_to_batch_nd` are in `tf` alone.
__all__ = [
    "bias_add",
    "depth_to_space",
    "dropout",
    "embedding_lookup",
    "space_to_batch",
    "space_to_depth",
]


def bias_add(value, bias, data_format=None, name=None):
    """`value` plus a bias for each channel.

    Args:
        bias: a vector as long as the channel axis.
        data_format: "N…C" or None: channels last; "NC…": channels second.
    """
    x = tensor(value)
    bias = tensor(bias, x.dtype)
    if data_format is not None and data_format.startswith("NC"):
        bias = ops.reshape(bias, (-1, *[1] * (len(x.shape) - 2)))
    return x + bias


def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """x with a fraction `rate` of its elements set to 0, the others scaled by 1 / (1 − rate).

    Args:
        noise_shape: of the random decisions, which broadcast with x; by default that of x.
        seed: see `tf.random.set_seed`.
    """
    x = floating(x)
    if any_symbolic((x,)):
        return _dropout_symbolic(x, rate, noise_shape, seed)
    rate = number(rate)
    if not 0 <= rate < 1:
        raise ValueError(f"`rate` must be one number, at least 0 and below 1. Received: rate={rate}")
    if rate == 0:
        return x
    return operations.dropout(x, rate, integers(noise_shape), seed)


def _same(x, *arguments):
    return ops.zeros_like(x)


@symbolic(output_spec=_same)
def _dropout_symbolic(x, rate, noise_shape, seed):
    return dropout(x, rate, noise_shape, seed)


def embedding_lookup(params, ids, max_norm=None, name=None):
    """The rows of a table (or of one that is given in several parts) at `ids`.

    Args:
        params: the table, or a list of tables among which its rows are distributed in turn.
        max_norm: rows with a greater Euclidean norm are scaled down to it.
    """
    if isinstance(params, (list, tuple)) and len(params) > 1:
        table, ids = joined_table([tensor(table) for table in params], tensor(ids))
    else:
        table = tensor(params[0] if isinstance(params, (list, tuple)) else params)
    rows = ops.take(table, tensor(ids), axis=0)
    if max_norm is None:
        return rows
    first = len(rows.shape) - len(table.shape) + 1
    return clip_by_norm(rows, max_norm, axes=list(range(first, len(rows.shape))))


def depth_to_space(input, block_size, data_format="NHWC", name=None):
    """Blocks of `block_size`² channels laid out in space: (batch, height · b, width · b, channels / b²)."""
    keras_format = "channels_first" if is_channels_first(data_format) else "channels_last"
    return ops.depth_to_space(tensor(input), integers(block_size), keras_format)


def space_to_depth(input, block_size, data_format="NHWC", name=None):
    """Blocks of b × b positions stacked in depth: (batch, height / b, width / b, channels · b²)."""
    keras_format = "channels_first" if is_channels_first(data_format) else "channels_last"
    return ops.space_to_depth(tensor(input), integers(block_size), keras_format)


@symbolic
def space_to_batch(input, block_shape, paddings, name=None):
    """Blocks of positions distributed to examples of the batch: (batch · Π b, *spatial / b, …).

    Args:
        block_shape: length of the block along each of the axes after the first; one number for several axes.
        paddings: pairs of zeros (before, after) added along these axes first.
    """
    paddings = integers(paddings)
    return space_to_batch_blocks(tensor(input), _block(block_shape, len(paddings)), paddings)


def space_to_batch_nd(input, block_shape, paddings, name=None):
    """Alias of `space_to_batch`."""
    return space_to_batch(input, block_shape, paddings)


@symbolic
def batch_to_space(input, block_shape, crops, name=None):
    """The inverse of `space_to_batch`, with (before, after) positions cropped from each axis at the end."""
    crops = integers(crops)
    return batch_to_space_blocks(tensor(input), _block(block_shape, len(crops)), crops)


def required_space_to_batch_paddings(input_shape, block_shape, base_paddings=None, name=None):
    """(paddings, crops) by which blocks divide the input: at least `base_paddings`, and what is added at the ends.

    Args:
        input_shape: lengths of the axes to be divided.
        block_shape: as many lengths of blocks.
        base_paddings: (axes, 2), before and after; zeros if None.

    Returns:
        Two int32 tensors (axes, 2), for `tf.space_to_batch` and `tf.batch_to_space`.
    """
    base = None if base_paddings is None else integers(base_paddings)
    paddings, crops = paddings_to_blocks(integers(input_shape), integers(block_shape), base)
    return tensor(paddings, "int32"), tensor(crops, "int32")


def _block(block_shape, count):
    block = integers(block_shape)
    return block if isinstance(block, list) else [block] * count
