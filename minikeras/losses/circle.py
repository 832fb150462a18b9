"""Circle loss: brings embeddings of one class together and pushes those of others apart."""

import numpy as np

from minikeras import ops
from minikeras.losses.labels import as_float_pair
from minikeras.losses.loss import BuiltInLoss


def circle(y_true, y_pred, ref_labels=None, ref_embeddings=None, remove_diagonal=True, gamma=80, margin=0.4):
    """softplus(ln Σ_same exp(γ·w·(d − m)) + ln Σ_other exp(γ·w'·(1 − m − d))) for each embedding.

    d is the cosine distance of two embeddings, at least 0. The weights w = max(m + d, 0) of pairs of one class and
    w' = max(1 + m − d, 0) of pairs of two classes make a pair count more the farther it is from its optimum.
    (Sun et al.: Circle Loss, 2020.)

    Args:
        y_true: class indices, of shape (batch,) or (batch, 1).
        y_pred: embeddings of length 1, of shape (batch, size).
        ref_labels, ref_embeddings: the labels and embeddings to compare with; the batch itself if None.
        remove_diagonal: whether to leave out the pairs (i, i) of an embedding with itself.
        gamma: γ, the scale.
        margin: m, how far apart classes should be.

    Returns:
        Losses of shape (batch,). Embeddings without a partner of their class have loss 0, masked by `_keras_mask`.
    """
    _, embeddings = as_float_pair(0.0, y_pred)
    labels = ops.reshape(ops.cast(y_true, "int32"), (-1, 1))
    others = embeddings if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings, dtype=embeddings.dtype)
    other_labels = ops.reshape(labels if ref_labels is None else ops.cast(ref_labels, "int32"), (1, -1))
    distance = ops.maximum(1.0 - ops.matmul(embeddings, ops.transpose(others)), 0.0)

    same, different = _pairs(labels, other_labels, remove_diagonal)
    pull = ops.maximum(margin + distance, 0.0) * (distance - margin)
    push = ops.maximum(1.0 + margin - distance, 0.0) * (1.0 - margin - distance)
    pull_loss = ops.logsumexp(ops.where(same, gamma * pull, -np.inf), axis=1)
    push_loss = ops.logsumexp(ops.where(different, gamma * push, -np.inf), axis=1)
    losses = ops.softplus(pull_loss + push_loss)
    losses._keras_mask = losses > 0.0
    return losses


def _pairs(labels, other_labels, remove_diagonal):
    """Booleans of shape (batch, others): which pairs have the same label, and which have different ones."""
    same = labels == other_labels
    different = ops.logical_not(same)
    if remove_diagonal:
        off_diagonal = ~np.eye(same.shape[0], same.shape[1], dtype=bool)
        same = ops.logical_and(same, off_diagonal)
    return same, different


class Circle(BuiltInLoss):
    """Circle loss of class indices and embeddings.

    Args:
        gamma, margin, remove_diagonal: as for `circle`.
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(
        self,
        gamma=80.0,
        margin=0.4,
        remove_diagonal=True,
        reduction="sum_over_batch_size",
        name="circle",
        dtype=None,
    ):
        super().__init__(circle, reduction, name, dtype, gamma=gamma, margin=margin, remove_diagonal=remove_diagonal)
