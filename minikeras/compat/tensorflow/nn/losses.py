"""Losses of each sample (or element), mostly from logits."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.conversion import floating, integers, operands, tensor
from minikeras.ops import elementwise_losses
from minikeras.ops.crossentropy import SigmoidCrossentropy, SoftmaxCrossentropy, SparseSoftmaxCrossentropy
from minikeras.ops.ctc import unique_labels
from minikeras.tensors.sparse import SparseTensor
from minikeras.tensors.sparse.rows import dense_rows

__all__ = [
    "compute_average_loss",
    "ctc_loss",
    "ctc_unique_labels",
    "l2_loss",
    "log_poisson_loss",
    "scale_regularization_loss",
    "sigmoid_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits",
    "sparse_softmax_cross_entropy_with_logits",
    "weighted_cross_entropy_with_logits",
]


def ctc_unique_labels(labels, name=None):
    """[unique labels of each row in the order of their first positions, followed by zeros; each label's place in
    these].

    Args:
        labels: (batch, length).

    Returns:
        int64 and int32, both (batch, length).
    """
    unique, positions = unique_labels(tensor(labels).array)
    return [Tensor(unique), Tensor(positions)]


def softmax_cross_entropy_with_logits(labels, logits, axis=-1, name=None):
    """−Σ labels · ln softmax(logits) along `axis`, for each sample."""
    logits = floating(logits)
    labels = ops.cast(tensor(labels), logits.dtype)
    if labels.shape != logits.shape:
        shape = np.broadcast_shapes(tuple(labels.shape), tuple(logits.shape))
        labels, logits = ops.broadcast_to(labels, shape), ops.broadcast_to(logits, shape)
    return SoftmaxCrossentropy(axis)(labels, logits)


def sparse_softmax_cross_entropy_with_logits(labels, logits, name=None):
    """−ln softmax(logits)[label] along the last axis, for each sample.

    Raises:
        ValueError: the shape of `labels` is not that of `logits` without its last axis.
    """
    labels, logits = tensor(labels), floating(logits)
    if len(labels.shape) != len(logits.shape) - 1:
        raise ValueError(
            f"`labels` must have the shape of `logits` without its last axis. Received: "
            f"labels.shape={tuple(labels.shape)}, logits.shape={tuple(logits.shape)}"
        )
    return SparseSoftmaxCrossentropy()(labels, logits)


def sigmoid_cross_entropy_with_logits(labels=None, logits=None, name=None):
    """−labels · ln sigmoid(logits) − (1 − labels) · ln(1 − sigmoid(logits)), for each element."""
    labels, logits = _same_shape(labels, logits)
    return SigmoidCrossentropy()(labels, logits)


def _same_shape(labels, logits):
    logits = floating(logits)
    labels = ops.cast(tensor(labels), logits.dtype)
    if tuple(labels.shape) != tuple(logits.shape) and None not in (*labels.shape, *logits.shape):
        raise ValueError(
            "`labels` must have the shape of `logits`. Received: "
            f"labels.shape={tuple(labels.shape)}, logits.shape={tuple(logits.shape)}"
        )
    return labels, logits


def weighted_cross_entropy_with_logits(labels, logits, pos_weight, name=None):
    """`sigmoid_cross_entropy_with_logits` with the first term multiplied by `pos_weight`."""
    labels, logits = _same_shape(labels, logits)
    return elementwise_losses.weighted_sigmoid_crossentropy(labels, logits, tensor(pos_weight, logits.dtype))


def log_poisson_loss(targets, log_input, compute_full_loss=False, name=None):
    """exp(c) − z · c with c = log_input, z = targets; in full plus Stirling's z ln z − z + ½ ln 2πz."""
    c, z = operands(log_input, targets)
    return elementwise_losses.log_poisson(z, c, compute_full_loss)


def l2_loss(t, name=None):
    """½ Σ x²."""
    return elementwise_losses.half_square_sum(tensor(t))


def compute_average_loss(per_example_loss, sample_weight=None, global_batch_size=None):
    """Σ of the (weighted) losses, divided by the size of the batch: of this replica's, times the replicas, if None."""
    losses = floating(per_example_loss)
    weight = None if sample_weight is None else tensor(sample_weight, losses.dtype)
    return elementwise_losses.average_loss(losses, weight, integers(global_batch_size))


def scale_regularization_loss(regularization_loss):
    """Σ of the regularization losses, divided by the number of replicas."""
    return elementwise_losses.part_of_penalty(tensor(regularization_loss))


def ctc_loss(
    labels, logits, label_length, logit_length, logits_time_major=True, unique=None, blank_index=None, name=None
):
    """−ln of the probability that the outputs, read over time, are the labels.

    Args:
        labels: (batch, max labels), integers; or a SparseTensor, whose rows may have different lengths.
        logits: (time, batch, classes), or (batch, time, classes) if not `logits_time_major`.
        label_length, logit_length: of each sample.
        unique: has no effect: it only made TensorFlow's computation faster.
        blank_index: the class of "blank", 0 by default.

    Raises:
        ValueError: sparse labels without `blank_index`.
    """
    if isinstance(labels, SparseTensor):
        if blank_index is None:
            raise ValueError("Sparse `labels` need `blank_index`: the number of the class that means no label.")
        labels, label_length = dense_rows(labels)
    logits = floating(logits)
    logits = ops.transpose(logits, (1, 0, 2)) if logits_time_major else logits
    blank = 0 if blank_index is None else integers(blank_index)
    return ops.ctc_loss(tensor(labels), logits, tensor(label_length), tensor(logit_length), mask_index=blank)
