"""`tf.compat.v1.nn`: functions whose arguments differ from `tf.nn`'s, and those that are the same."""

from minikeras.compat.tensorflow import nn

__all__ = ["ctc_loss"]

_SAME = (  # functions whose arguments are those of `tf.nn`'s
    *("bias_add", "ctc_greedy_decoder", "elu", "in_top_k", "l2_loss", "l2_normalize", "relu", "relu6", "selu"),
    *("sigmoid", "sigmoid_cross_entropy_with_logits", "softmax", "softplus", "softsign"),
    *("sparse_softmax_cross_entropy_with_logits", "tanh"),
)


def ctc_loss(
    labels,
    inputs=None,
    sequence_length=None,
    preprocess_collapse_repeated=False,
    ctc_merge_repeated=True,
    ignore_longer_outputs_than_inputs=False,
    time_major=True,
    logits=None,
):
    """`tf.nn.ctc_loss` with sparse labels and the last class as the blank.

    Args:
        labels: a SparseTensor (batch, max labels).
        inputs, logits: one of both: (time, batch, classes), or (batch, time, classes) if not `time_major`.
        sequence_length: how many steps of each sample count.
        preprocess_collapse_repeated, ctc_merge_repeated, ignore_longer_outputs_than_inputs: their defaults only.
    """
    if preprocess_collapse_repeated or not ctc_merge_repeated or ignore_longer_outputs_than_inputs:
        raise NotImplementedError("`tf.compat.v1.nn.ctc_loss` has the defaults of its three switches only.")
    logits = inputs if logits is None else logits
    return nn.ctc_loss(labels, logits, None, sequence_length, time_major, blank_index=-1)


def __getattr__(name):
    if name in _SAME:
        return getattr(nn, name)
    raise AttributeError(f"tf.compat.v1.nn.{name} is not in minikeras. Use tf.nn.{name}.", name=name)
