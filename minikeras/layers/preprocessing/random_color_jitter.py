"""`RandomColorJitter`: changes brightness, contrast, saturation and hue at random."""

from minikeras import ops
from minikeras.layers.preprocessing.random_brightness import RandomBrightness
from minikeras.layers.preprocessing.random_contrast import RandomContrast
from minikeras.layers.preprocessing.random_hue import RandomHue
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer
from minikeras.layers.preprocessing.random_saturation import RandomSaturation

PARTS = {
    "brightness": RandomBrightness,
    "contrast": RandomContrast,
    "saturation": RandomSaturation,
    "hue": RandomHue,
}


class RandomColorJitter(RandomImageLayer):
    """In training, applies RandomBrightness, RandomContrast, RandomSaturation and RandomHue in turn.

    They draw from this layer's generator when images are transformed.

    Args:
        value_range: the smallest and the largest value of pixels.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: the `factor` of each layer; None omits it.
        seed: integer for the same values in every run.
        data_format: "channels_last" or "channels_first". As in Keras, the four layers use the global setting.

    Raises:
        ValueError: as those layers.
    """

    moves_pixels = False

    def __init__(
        self,
        value_range=(0, 255),
        brightness_factor=None,
        contrast_factor=None,
        saturation_factor=None,
        hue_factor=None,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.value_range = value_range
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor
        for name, layer in PARTS.items():
            factor = getattr(self, f"{name}_factor")
            part = None if factor is None else layer(factor=factor, value_range=value_range, seed=seed)
            setattr(self, f"random_{name}", part)

    def _parts(self):
        return [part for part in (getattr(self, f"random_{name}") for name in PARTS) if part is not None]

    def build(self, input_shape):
        for part in self._parts():
            part.build(input_shape)
        self.built = True

    def transform_images(self, images, transformation, training=True):
        if not training:
            return images
        images = ops.cast(images, self.compute_dtype)
        for part in self._parts():
            drawn = part.get_random_transformation(images, seed=self.generator)
            images = part.transform_images(images, drawn)
        return ops.cast(images, self.compute_dtype)
