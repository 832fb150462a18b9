"""Reads and changes shapes; reorders axes; joins, splits, repeats, pads and creates tensors."""

import numpy as np

from minikeras import ops
from minikeras.formats.saved_model.graph_ops.registry import graph_op, graph_ops
from minikeras.ops.diagonal_bands import band_part, diag, diag_part, set_diag, tensor_diag, tensor_diag_part
from minikeras.ops.shaping import broadcast_to
from minikeras.ops.space_blocks import batch_to_space_blocks, space_to_batch_blocks


@graph_op("Shape", "input")
def shape(x, *, out_type="int32"):
    """The lengths of the axes, a constant."""
    return np.asarray(x.shape, out_type)


@graph_op("ShapeN", "input:N")
def shapes(xs, *, out_type="int32"):
    """The lengths of the axes of each."""
    return tuple([np.asarray(x.shape, out_type) for x in xs])


@graph_op("Size", "input")
def size(x, *, out_type="int32"):
    """The number of elements, a constant."""
    return np.asarray(np.prod(x.shape, dtype=np.int64), out_type)


@graph_op("Rank", "input")
def rank(x):
    """The number of axes, a constant."""
    return np.asarray(len(x.shape), np.int32)


graph_ops("tensor shape!", Reshape=lambda x, shape: ops.reshape(x, shape.tolist()))
graph_ops("input shape!", BroadcastTo=lambda x, shape: broadcast_to(x, shape.tolist()))
graph_ops("x perm!", Transpose=lambda x, perm: ops.transpose(x, perm.tolist()))
graph_ops("input axis!", ExpandDims=lambda x, dim: ops.expand_dims(x, int(dim.item())))
graph_ops("input multiples!", Tile=lambda x, multiples: ops.tile(x, multiples.tolist()))
graph_ops("tensor axis!", ReverseV2=lambda x, axis: ops.flip(x, tuple(axis.tolist())) if axis.size else x)
graph_ops("s0! s1!", BroadcastArgs=lambda a, b: np.asarray(np.broadcast_shapes(a.tolist(), b.tolist()), a.dtype))
graph_ops("input paddings!", Pad=lambda x, pairs: ops.pad(x, pairs.tolist()))
graph_ops(
    "input paddings! constant_values", PadV2=lambda x, pairs, value: ops.pad(x, pairs.tolist(), "constant", value)
)
graph_ops("dims! value", Fill=lambda dims, value: ops.broadcast_to(value, dims.tolist()))
graph_ops("input num_lower! num_upper!", MatrixBandPart=lambda x, lower, upper: band_part(x, int(lower), int(upper)))
graph_ops("diagonal", MatrixDiag=lambda x: diag(x), Diag=tensor_diag)
graph_ops("input", DiagPart=tensor_diag_part, MatrixDiagPart=lambda x: diag_part(x))
graph_ops("input diagonal", MatrixSetDiag=lambda x, diagonal: set_diag(x, diagonal))


@graph_op("Squeeze", "input")
def squeeze(x, *, squeeze_dims=()):
    """x without axes of length 1."""
    return ops.squeeze(x, tuple(squeeze_dims) or None)


@graph_op("Pack", "values:N")
def pack(values, *, axis=0):
    """Tensors joined along a new axis."""
    return ops.stack(values, axis)


@graph_op("Unpack", "value")
def unpack(x, *, num, axis=0):
    """The slices along an axis."""
    return tuple(ops.unstack(x, num, axis))


@graph_op("ConcatV2", "values:N axis!")
def concat(values, axis):
    """Tensors joined along an axis."""
    return ops.concatenate(values, int(axis))


@graph_op("Split", "axis! value")
def split(axis, x, *, num_split):
    """Equal parts along an axis."""
    return tuple(ops.split(x, num_split, int(axis)))


@graph_op("SplitV", "value size_splits! axis!")
def split_sizes(x, size_splits, split_dim, *, num_split):
    """Parts of given lengths along an axis; one of them may be −1, for the remainder."""
    sizes, axis = size_splits.tolist(), int(split_dim)
    if -1 in sizes:
        sizes[sizes.index(-1)] = x.shape[axis] - sum(sizes) - 1
    return tuple(ops.split(x, np.cumsum(sizes)[:-1].tolist(), axis)) if len(sizes) > 1 else (x,)


@graph_op("MirrorPad", "input paddings!")
def mirror_pad(x, paddings, *, mode):
    """x with a border that is its mirror image."""
    return ops.pad(x, paddings.tolist(), mode.lower())


@graph_op("Roll", "input shift! axis!")
def roll(x, shift, axis):
    """x shifted cyclically along axes."""
    shifts, axes = shift.ravel().tolist(), axis.ravel().tolist()
    for by, along in zip(shifts, axes, strict=True):
        x = ops.roll(x, by, along)
    return x


@graph_op("Range", "start! limit! delta!")
def arange(start, limit, delta):
    """start, start + delta, … before limit, a constant."""
    return np.arange(start.item(), limit.item(), delta.item(), start.dtype)


@graph_op("LinSpace", "start! stop! num!")
def linspace(start, stop, num):
    """`num` numbers from `start` to `stop` at equal distances."""
    return ops.linspace(start.item(), stop.item(), int(num), dtype=start.dtype.name)


@graph_op("SpaceToBatchND", "input block_shape! paddings!")
def space_to_batch(x, block_shape, paddings):
    """Blocks of positions distributed to the batch."""
    return space_to_batch_blocks(x, block_shape.tolist(), paddings.tolist())


@graph_op("BatchToSpaceND", "input block_shape! crops!")
def batch_to_space(x, block_shape, crops):
    """The inverse of `SpaceToBatchND`."""
    return batch_to_space_blocks(x, block_shape.tolist(), crops.tolist())


@graph_op("SpaceToDepth", "input")
def space_to_depth(x, *, block_size, data_format="NHWC"):
    """Blocks of positions as channels."""
    return ops.space_to_depth(x, block_size, _keras_format(data_format))


@graph_op("DepthToSpace", "input")
def depth_to_space(x, *, block_size, data_format="NHWC"):
    """Channels as blocks of positions."""
    return ops.depth_to_space(x, block_size, _keras_format(data_format))


def _keras_format(data_format):
    return "channels_first" if data_format == "NCHW" else "channels_last"


@graph_op("OneHot", "indices depth! on_value off_value")
def one_hot(indices, depth, on_value, off_value, *, axis=-1):
    """`on_value` at the position of each index along a new axis, else `off_value`."""
    return ops.where(ops.one_hot(indices, int(depth), axis, "bool"), on_value, off_value)


@graph_op("MatrixDiagV3", "diagonal k! num_rows! num_cols! padding_value")
def matrix_diag(diagonal, k, num_rows, num_cols, padding_value, *, align="RIGHT_LEFT"):
    """Matrices with these diagonals."""
    return diag(diagonal, _diagonals(k), int(num_rows), int(num_cols), padding_value, align)


@graph_op("MatrixDiagPartV3", "input k! padding_value")
def matrix_diag_part(x, k, padding_value, *, align="RIGHT_LEFT"):
    """Diagonals of matrices."""
    return diag_part(x, _diagonals(k), padding_value, align)


@graph_op("MatrixSetDiagV3", "input diagonal k!")
def matrix_set_diag(x, diagonal, k, *, align="RIGHT_LEFT"):
    """Matrices with other diagonals."""
    return set_diag(x, diagonal, _diagonals(k), align)


def _diagonals(k):
    bounds = k.ravel().tolist()
    return bounds[0] if len(bounds) == 1 else tuple(bounds)
