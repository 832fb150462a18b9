"""`MixUp` and `CutMix`: means of a batch and the same batch in another order, of whole images or of rectangles."""

from minikeras import ops, random
from minikeras.errors import InvalidArgumentError
from minikeras.layers.preprocessing.number_arguments import concentration
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer, overlapping_range
from minikeras.layers.preprocessing.rectangles import inside, random_span


class MixUp(RandomImageLayer):
    """In training y[i] = w[i] · x[i] + (1 − w[i]) · x[order[i]], of images, labels and masks. (Zhang et al., 2017)

    w is drawn from the distribution Beta(alpha, alpha), the order is a random permutation. Labels are one-hot or
    probabilities, (batch, classes). The boxes of both images are kept.

    Args:
        alpha: of the distribution; the smaller, the nearer are w to 0 or 1.
        data_format: "channels_last" or "channels_first".
        seed: integer for the same values in every run.

    Raises:
        ValueError: `alpha` is negative.
    """

    def __init__(self, alpha=0.2, data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.alpha = concentration("alpha", alpha)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "mix_weight" w and "permutation_order"."""
        batch, seed = self._batch_size(data), self.generator if seed is None else seed
        order = random.shuffle(ops.arange(0, batch, dtype="int64"), seed=seed)
        weight = random.beta((batch,), self.alpha, self.alpha, seed=seed)
        return {"mix_weight": weight, "permutation_order": order}

    def transform_images(self, images, transformation=None, training=True):
        if not training:
            return images
        images = ops.cast(images, self.compute_dtype)
        return self._mixed("images", images, transformation, (-1, 1, 1, 1), self.compute_dtype)

    def transform_labels(self, labels, transformation, training=True):
        return self._mixed("labels", labels, transformation, (-1, 1)) if training else labels

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        if not training:
            return segmentation_masks
        return self._mixed("segmentation_masks", segmentation_masks, transformation, (-1, 1, 1, 1))

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes of both images, (batch, 2 · boxes, 4). As in Keras labels are joined along the batch axis."""
        if not training:
            return bounding_boxes
        others = {key: ops.take(x, transformation["permutation_order"], axis=0) for key, x in bounding_boxes.items()}
        return {
            "boxes": ops.concatenate([bounding_boxes["boxes"], others["boxes"]], axis=1),
            "labels": ops.concatenate([bounding_boxes["labels"], others["labels"]], axis=0),
        }

    def _mixed(self, kind, x, transformation, shape, dtype=None):
        weight = ops.reshape(transformation["mix_weight"], shape)
        weight = weight if dtype is None else ops.cast(weight, dtype)
        order = ops.convert_to_tensor(transformation["permutation_order"])
        return mixed(self, kind, x, weight, order)


class CutMix(RandomImageLayer):
    """In training a random rectangle of each image and mask comes from another one of the batch. (Yun et al., 2019)

    Labels, (batch, classes), become w · labels + (1 − w) · the other's, w the fraction of the image that remains. An
    image without a batch stays as it is.

    Args:
        factor: (lower, upper) of a, from 0 to 1; the remaining fraction is drawn from the distribution Beta(a, a). One
            number f means (0, f).
        seed: integer for the same values in every run.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: `factor` is not in [0, 1].
        NotImplementedError: bounding boxes, as in Keras.
    """

    def __init__(self, factor=1.0, seed=None, data_format=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = overlapping_range(factor, 0, 1)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "permutation_order", "batch_masks" of the rectangles, and "mix_weight" w."""
        shape = self._images_shape(data)
        if not training or len(shape) == 3:
            return None
        batch, dtype, (height, width) = shape[0], self.compute_dtype, self._size(shape)
        alpha = self._uniform((), *self.factor, seed, dtype) + 1e-6
        seed = self.generator if seed is None else seed
        remaining = random.beta((batch,), alpha, alpha, dtype=dtype, seed=seed)
        share = ops.sqrt(1.0 - remaining)
        x0, x1 = random_span(self, batch, width, share, seed)
        y0, y1 = random_span(self, batch, height, share, seed)
        order = random.shuffle(ops.arange(0, batch, dtype="int32"), seed=seed)
        return {
            "permutation_order": order,
            "batch_masks": inside(self, shape, x0, x1, y0, y1),
            "mix_weight": ops.reshape(1.0 - (x1 - x0) * (y1 - y0) / (width * height), (-1, 1, 1, 1)),
        }

    def transform_images(self, images, transformation=None, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training or transformation is None:
            return images
        others = ops.take(images, transformation["permutation_order"], axis=0)
        return ops.where(transformation["batch_masks"], others, images)

    def transform_labels(self, labels, transformation, training=True):
        if not training or transformation is None:
            return labels
        weight = ops.reshape(transformation["mix_weight"], (-1, 1))
        return mixed(self, "labels", labels, weight, transformation["permutation_order"])

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        if training and transformation is not None:
            check_batch(self, "segmentation_masks", segmentation_masks, transformation["permutation_order"], 4)
        return self.transform_images(segmentation_masks, transformation, training)


def mixed(layer, kind, x, weight, order):
    """weight · x + (1 − weight) · x[order], of the images' labels or masks, or the images themselves.

    Args:
        kind: the key of x in the layer's data, for the message.
        weight: (batch, 1, …), of the rank that x has.

    Raises:
        InvalidArgumentError: x has other axes, or another batch; as in Keras it may have one or two axes only.
    """
    if kind != "images":  # these are the batch; `transform_images` takes one image too
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
