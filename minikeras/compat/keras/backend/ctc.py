"""`K.ctc_batch_cost` and `K.ctc_decode`: labels of unknown position in time. The last class is "blank"."""

from minikeras import ops
from minikeras.config import epsilon
from minikeras.ops.ctc import merge_repeated

__all__ = ["ctc_batch_cost", "ctc_decode"]


def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """The CTC loss of each sample, (batch, 1).

    Args:
        y_true: labels (batch, max labels).
        y_pred: probabilities (batch, time, classes).
        input_length, label_length: numbers of steps and of labels, (batch, 1).
    """
    loss = ops.ctc_loss(
        ops.cast(y_true, "int32"),
        _logits(y_pred),
        ops.cast(ops.squeeze(label_length, -1), "int32"),
        ops.cast(ops.squeeze(input_length, -1), "int32"),
        mask_index=y_pred.shape[-1] - 1,
    )
    return ops.expand_dims(loss, 1)


def ctc_decode(y_pred, input_length, greedy=True, beam_width=100, top_paths=1):
    """The most probable labels.

    Args:
        y_pred: probabilities (batch, time, classes).
        input_length: number of steps of each sample.
        greedy: take the best class of each step, or else search `beam_width` beginnings for the `top_paths` best.

    Returns:
        A list with, for each path, the labels (batch, time) filled up with −1; and the scores (batch, paths). The beam
        search merges equal neighbours in what it returns ("aab" reads "ab"), as TensorFlow's does.
    """
    labels, scores = ops.ctc_decode(
        _logits(y_pred),
        ops.cast(input_length, "int32"),
        strategy="greedy" if greedy else "beam_search",
        beam_width=beam_width,
        top_paths=top_paths,
        mask_index=None,
    )
    paths = [ops.cast(path, "int64") for path in labels]
    return [path if greedy else merge_repeated(path) for path in paths], scores


def _logits(probabilities):
    return ops.log(ops.convert_to_tensor(probabilities) + epsilon())
