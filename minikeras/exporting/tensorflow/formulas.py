"""Formulas for ops for which TensorFlow has no operation, or one whose inputs differ."""

import re

import numpy as np

from minikeras.autodiff.arithmetic import Add
from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.conversions.operators import TENSORFLOW, operators_of
from minikeras.formats.saved_model.attributes import Kind
from minikeras.ops import blocks, padding, reordering, sorting
from minikeras.ops.counting import CategoryCounts
from minikeras.ops.einsum import Contraction
from minikeras.ops.indexing import TakeAlongAxis
from minikeras.ops.reduction import Argmax, Argmin
from minikeras.ops.resampling import Interpolation
from minikeras.ops.shaping import Size
from minikeras.ops.smooth_activation import Celu, Elu
from minikeras.ops.softmax import LogSoftmax, Softmax
from minikeras.tensors.lookup.hash_ops import HashBuckets
from minikeras.tensors.lookup.text_ops import WordIndices
from minikeras.tensors.lookup.vocabulary_ops import TokenIndices

INT32, INT64 = Kind("int32"), Kind("int64")
OPERATORS = operators_of(TENSORFLOW)
writes = OPERATORS.writes


@writes(Add)
def add(graph, x1, x2):
    """Addition; for strings, concatenation."""
    if graph.kinds[x1] == "string":
        return graph.add("StringJoin", [x1, x2])
    return graph.add("AddV2", x1, x2)


@writes(Elu)
def elu(graph, x, alpha, width=1.0):
    """x above 0, alpha · (exp(x / width) − 1) below."""
    zero = graph.number(0, x)
    below = graph.add("Minimum", x, zero)
    below = below if width == 1 else graph.multiply(below, 1 / width)
    return graph.add("SelectV2", graph.add("Greater", x, zero), x, graph.multiply(graph.add("Expm1", below), alpha))


@writes(Celu)
def celu(graph, x, alpha):
    return elu(graph, x, alpha, alpha)


@writes(Matmul)
def matmul(graph, x1, x2, ranks):
    """Vectors become matrices of one row or column."""
    axes = []
    if ranks[0] == 1:
        x1, axes = graph.unsqueeze(x1, [0]), [-2]
    if ranks[1] == 1:
        x2, axes = graph.unsqueeze(x2, [1]), [*axes, -1]
    y = graph.add("MatMul" if max(ranks) <= 2 else "BatchMatMulV2", x1, x2)
    return graph.squeeze(y, axes) if axes else y


@writes(Contraction)
def contraction(graph, *names, equation):
    return graph.add("Einsum", list(names), equation=equation)


@writes(Softmax)
def softmax(graph, x, axis, rank, operator="Softmax"):
    """The operations work along the last axis."""
    order, back = axis_last(axis, rank)
    return graph.transpose(graph.add(operator, graph.transpose(x, order)), back)


@writes(LogSoftmax)
def log_softmax(graph, x, axis, rank):
    return softmax(graph, x, axis, rank, "LogSoftmax")


def axis_last(axis, rank):
    """The order of axes with one of them at the end, and the order back."""
    order = [*[a for a in range(rank) if a != axis], axis]
    return order, np.argsort(order).tolist()


@writes(Size)
def size(graph, name):
    return graph.add("Size", name, out_type=INT32)


@writes(padding.Pad)
def pad(graph, name, value, pairs, mode):
    widths = graph.constant(np.array(pairs, np.int64).reshape(-1, 2))
    if mode == "constant":
        return graph.add("PadV2", name, widths, value)
    return graph.add("MirrorPad", name, widths, mode=mode.upper())


@writes(reordering.Flip)
def flip(graph, name, axes):
    return graph.add("ReverseV2", name, graph.constant(axes, np.int32))


@writes(TakeAlongAxis)
def take_along_axis(graph, name, positions, axis, rank):
    """Along the last axis, the others being batches, for which `GatherV2` has `batch_dims`."""
    order, back = axis_last(axis, rank)
    inputs = graph.transpose(name, order), graph.transpose(positions, order), graph.constant(rank - 1, np.int32)
    return graph.transpose(graph.add("GatherV2", *inputs, batch_dims=rank - 1), back)


@writes(blocks.Slice)
def block(graph, name, start, lengths):
    return graph.add("Slice", name, start, lengths)


@writes(Argmax)
def argmax(graph, name, axis):
    return graph.add("ArgMax", name, graph.constant(axis, np.int32), output_type=INT64)


@writes(Argmin)
def argmin(graph, name, axis):
    return graph.add("ArgMin", name, graph.constant(axis, np.int32), output_type=INT64)


@writes(sorting.TopK)
def top_k(graph, name, count):
    return graph.add("TopKV2", name, graph.cast(graph.scalar(count), INT32), index_type=INT32)


@writes(sorting.Sort)
def sort(graph, name, axis, rank):
    """The k largest of the negated values; equal values in order of their indices."""
    if graph.dtype_of(name).kind not in "fi":
        name = graph.cast(name, np.int64)
    order, back = axis_last(axis, rank)
    name = graph.add("Neg", graph.transpose(name, order))
    values, positions = top_k(graph, name, graph.length_of(name, rank - 1))
    return graph.transpose(graph.add("Neg", values), back), graph.transpose(positions, back)


@writes(CategoryCounts)
def counts(graph, rows, depth):
    """How often each number is in each row of a matrix, as float32."""
    return graph.add("DenseBincount", rows, graph.constant(depth, np.int64), graph.constant(np.zeros(0, np.float32)))


@writes(Interpolation)
def resized(graph, x, y, method, axis):
    """An operation for images (batch, height, width, channels): the axis becomes the height, later axes the width."""
    operator = {"bilinear": "ResizeBilinear", "nearest": "ResizeNearestNeighbor"}[method]
    order, back = axis_last(axis, x.rank)
    name = graph.transpose(graph.read(x, np.float32), order)
    rows = graph.reshaped(name, graph.joined([graph.integers([-1]), graph.length(x.shape[axis])], 0))
    size = graph.joined([graph.length(y.shape[axis]), graph.integers([1])], 0)
    images = graph.add(operator, graph.unsqueeze(rows, [2, 3]), size, half_pixel_centers=True)
    return graph.transpose(graph.reshape(images, [y.shape[a] for a in order]), back)


# --- texts -----------------------------------------------------------------------------------------------------------


@writes(TokenIndices)
def token_indices(graph, name, dtype, indices, default):
    keys = np.empty(len(indices), object)
    keys[:] = list(indices)
    keys = keys if dtype.kind == "O" else keys.astype(dtype)
    table = graph.table(keys, np.array(list(indices.values()), np.int64))
    return graph.add("LookupTableFindV2", table, name, graph.constant(default, np.int64))


@writes(WordIndices)
def word_indices(graph, name, dtype, words):
    """The words' indices are put where the words are, padding elsewhere."""
    if words.table is not None:
        name = graph.add("StringLower", name)
    if words.removed:
        pattern = f"[{re.escape(words.removed.decode())}]"
        name = graph.add("StaticRegexReplace", name, pattern=pattern, rewrite="", replace_global=True)
    positions, tokens, shape = graph.add("StringSplitV2", name, graph.constant(np.array(b"", object)))
    vocabulary = words.lookup.token_indices()
    found = token_indices(graph, tokens, dtype, vocabulary.indices, vocabulary.unknown)
    padding = graph.constant(words.padding, np.int64)
    return graph.add("TensorScatterUpdate", graph.add("Fill", shape, padding), positions, found)


@writes(HashBuckets)
def hash_buckets(graph, name, count, key):
    """Hashes of texts, or of numbers written as texts: FarmHash, or SipHash under a key."""
    texts = name if graph.kinds[name] == "string" else graph.add("AsString", name)
    if key is None:
        return graph.add("StringToHashBucketFast", texts, num_buckets=int(count))
    return graph.add("StringToHashBucketStrong", texts, num_buckets=int(count), key=[int(k) for k in key])
