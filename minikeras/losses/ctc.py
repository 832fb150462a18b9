"""Connectionist temporal classification: the loss for sequences whose alignment with the labels is unknown."""

from minikeras import ops
from minikeras.losses.loss import BuiltInLoss

BLANK = 0  # the class that means "no label here", and the padding of labels


def ctc(y_true, y_pred):
    """−ln of the total probability of all alignments of the labels. (Graves et al., 2006; see `ops.ctc_loss`.)

    Args:
        y_true: class indices from 1, of shape (batch, max labels), padded with 0.
        y_pred: logits of shape (batch, time, classes); class 0 is the blank.

    Raises:
        ValueError: the shapes are not as above.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) != 2:
        raise ValueError(
            "ctc: labels must be class indices of shape (batch, max labels), padded with 0. "
            f"Received: y_true.shape={tuple(y_true.shape)}."
        )
    if len(y_pred.shape) != 3:
        raise ValueError(
            "ctc: predictions must be logits of shape (batch, time, classes). "
            f"Received: y_pred.shape={tuple(y_pred.shape)}."
        )
    batch, time = y_pred.shape[:2]
    labels = ops.cast(y_true, "int32")
    label_lengths = ops.sum(ops.cast(labels != BLANK, "int32"), axis=-1)
    return ops.ctc_loss(labels, y_pred, label_lengths, ops.full((batch,), time, dtype="int32"), mask_index=BLANK)


class CTC(BuiltInLoss):
    """−ln of the probability of the labels, in any alignment.

    Args:
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(self, reduction="sum_over_batch_size", name="ctc", dtype=None):
        super().__init__(ctc, reduction, name, dtype)
