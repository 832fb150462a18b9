"""`RandAugment`: applies a few randomly chosen augmentations of the same strength to a batch of images."""

from minikeras import ops, random
from minikeras.layers.preprocessing.augmentation_layers import RandomLayerChoice
from minikeras.layers.preprocessing.number_arguments import integer


class RandAugment(RandomLayerChoice):
    """In training, applies `num_ops` of eleven layers, chosen at random for the batch, in turn. (Cubuk et al., 2019)

    They are RandomShear, RandomTranslation, RandomRotation, RandomBrightness, RandomColorDegeneration, RandomContrast,
    RandomSharpness, RandomPosterization, Solarization, AutoContrast and Equalization. Every call draws parameters for
    all of them from this layer's generator, but runs only those chosen.

    Args:
        value_range: the smallest and the largest value of pixels.
        num_ops: number of layers to apply.
        factor: (lower, upper) of the factors of all layers, from 0 to 1. One number f means (0, f).
        interpolation: "nearest" or "bilinear".
        seed: integer for the same choices in every run.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: `factor` is not in [0, 1].
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_ops=2,
        factor=0.5,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.num_ops = integer("num_ops", num_ops, 0)
        self._set_layers(None, value_range, factor, interpolation, seed, data_format=data_format, **kwargs)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "layer_idxes" of the chosen layers, and the "transforms" of all of them by name."""
        if not training:
            return None
        chosen = random.randint((self.num_ops,), 0, len(self._names), seed=self.generator)
        transforms = {
            name: getattr(self, name).get_random_transformation(data, training=training, seed=self.generator)
            for name in self._names
        }
        return {"transforms": transforms, "layer_idxes": chosen}

    def _chosen_layers(self, transformation):
        """(layer, its transformation) for each of the chosen ones, in order."""
        names = [self._names[int(number)] for number in transformation["layer_idxes"]]
        return [(getattr(self, name), transformation["transforms"][name]) for name in names]

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if training:
            for layer, transform in self._chosen_layers(transformation):
                images = layer.transform_images(images, transform)
        return ops.cast(images, self.compute_dtype)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        if training:
            for layer, transform in self._chosen_layers(transformation):
                segmentation_masks = layer.transform_segmentation_masks(segmentation_masks, transform)
        return segmentation_masks

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """Boxes moved by the chosen layers; as in Keras, each once and in the order of the list above."""
        if training:
            chosen = {layer.name: (layer, transform) for layer, transform in self._chosen_layers(transformation)}
            for layer in [getattr(self, name) for name in self._names]:
                if layer.name in chosen:
                    bounding_boxes = layer.transform_bounding_boxes(bounding_boxes, chosen[layer.name][1])
        return bounding_boxes
