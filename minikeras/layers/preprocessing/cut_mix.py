"""`CutMix`: replaces a rectangle of each image by that of another image, and mixes the labels accordingly."""

from minikeras import ops, random
from minikeras.layers.preprocessing.mixing import check_batch, mixed
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer, overlapping_range
from minikeras.layers.preprocessing.rectangles import inside, random_span


class CutMix(RandomImageLayer):
    """In training, a random rectangle of each image and mask comes from another one of the batch. (Yun et al., 2019)

    Labels (batch, classes) become w · labels + (1 − w) · the other image's, where w is the fraction of the image that
    remains. A single image without a batch axis is returned unchanged.

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
