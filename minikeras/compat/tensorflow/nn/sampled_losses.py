"""`tf.nn.nce_loss` and `tf.nn.sampled_softmax_loss`: see `minikeras/compat/tensorflow/nn/sampled_logits.py`."""

from minikeras import ops
from minikeras.base.replay import unsafe_to_replay
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.nn import sampled_logits as sampled_losses
from minikeras.compat.tensorflow.random.candidates import log_uniform_candidates

__all__ = ["nce_loss", "sampled_softmax_loss"]


def nce_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=False,
    name="nce_loss",
):
    """Noise-contrastive estimation: binary crossentropies of the true and of sampled classes, for each sample.

    Args:
        weights: (num_classes, features), or a list of its parts.
        biases: (num_classes,).
        labels: (batch, num_true).
        inputs: (batch, features).
        num_sampled: how many classes are drawn for the whole batch.
        sampled_values: what a candidate sampler returned; log-uniform, all different, by default.
        remove_accidental_hits: whether to ignore drawn classes that are true classes of a sample.
    """
    return sampled_losses.nce_loss(
        *_arguments(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values),
        remove_accidental_hits,
    )


def sampled_softmax_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=True,
    seed=None,
    name="sampled_softmax_loss",
):
    """The softmax crossentropy among the true and sampled classes; the arguments are those of `nce_loss`."""
    return sampled_losses.sampled_softmax_loss(
        *_arguments(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, seed),
        remove_accidental_hits,
    )


@unsafe_to_replay("it draws other classes in every step")
def _arguments(weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, seed=None):
    labels = ops.reshape(ops.cast(tensor(labels), "int64"), (-1, num_true))
    if sampled_values is None:
        sampled_values = log_uniform_candidates(labels, num_true, num_sampled, True, num_classes, seed)
    if isinstance(weights, (list, tuple)):
        weights = ops.concatenate([tensor(part) for part in weights], 0)
    sampled, *counts = (tensor(values) for values in sampled_values)
    return tensor(weights), tensor(biases), labels, tensor(inputs), (ops.cast(sampled, "int64"), *counts)
