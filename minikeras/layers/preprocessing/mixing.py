"""Weighted means of a batch and a permutation of it, for `MixUp` and `CutMix`."""

from minikeras import ops
from minikeras.base.errors import InvalidArgumentError


def mixed(layer, kind, x, weight, order):
    """weight · x + (1 − weight) · x[order], of the images' labels or masks, or the images themselves.

    Args:
        kind: the key of x in the layer's data, for the message.
        weight: (batch, 1, …), of the rank that x has.

    Raises:
        InvalidArgumentError: x has another rank or batch size than expected; as in Keras, ranks 1 and 2 are allowed.
    """
    if kind != "images":  # images define the batch; `transform_images` takes a single image too
        check_batch(layer, kind, x, order, len(weight.shape))
    return weight * x + (1.0 - weight) * ops.take(x, order, axis=0)


def check_batch(layer, kind, x, order, ndim):
    """Raise an InvalidArgumentError unless x has `ndim` axes, or one or two, and the batch that `order` permutes."""
    batch, shape = order.shape[0], tuple(x.shape)
    has_axes = len(shape) == ndim or len(shape) < 3
    has_batch = not shape or None in (batch, shape[0]) or shape[0] == batch
    if not (has_axes and has_batch):
        expected = "(batch, classes)" if ndim == 2 else "(batch, height, width, channels)"
        sentence = (
            f"Layer '{layer.name}' ({type(layer).__name__}) takes `{kind}` of shape {expected}, with a "
            f"batch of {batch} as the images. Received: {kind} of shape {shape}"
        )
        raise InvalidArgumentError(None, None, sentence)
