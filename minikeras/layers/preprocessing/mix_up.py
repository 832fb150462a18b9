"""`MixUp`: weighted means of pairs of images, and of their labels."""

from minikeras import ops, random
from minikeras.layers.preprocessing.mixing import mixed
from minikeras.layers.preprocessing.number_arguments import concentration
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer


class MixUp(RandomImageLayer):
    """In training, y[i] = w[i] · x[i] + (1 − w[i]) · x[order[i]], of images, labels and masks. (Zhang et al., 2017)

    w is drawn from the distribution Beta(alpha, alpha), the order is a random permutation. Labels are one-hot or
    probabilities, (batch, classes). The boxes of both images are kept.

    Args:
        alpha: of the distribution; the smaller it is, the nearer w is to 0 or 1.
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
        """The boxes of both images, (batch, 2 · boxes, 4). As in Keras, labels are joined along the batch axis."""
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
