"""The layers among which RandAugment and AugMix choose, and the base of both."""

from minikeras.layers.preprocessing.auto_contrast import AutoContrast
from minikeras.layers.preprocessing.equalization import Equalization
from minikeras.layers.preprocessing.random_brightness import RandomBrightness
from minikeras.layers.preprocessing.random_color_degeneration import RandomColorDegeneration
from minikeras.layers.preprocessing.random_contrast import RandomContrast
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer, overlapping_range
from minikeras.layers.preprocessing.random_posterization import RandomPosterization
from minikeras.layers.preprocessing.random_rotation import RandomRotation
from minikeras.layers.preprocessing.random_sharpness import RandomSharpness
from minikeras.layers.preprocessing.random_shear import RandomShear
from minikeras.layers.preprocessing.random_translation import RandomTranslation
from minikeras.layers.preprocessing.solarization import Solarization


def augmentation_layers(factor, value_range, interpolation, seed, **common):
    """{name: layer}, each as strong as `factor`, (lower, upper); `common` are arguments of them all."""
    values = {"value_range": value_range, **common}
    random = {"seed": seed, **values}
    moving = {"interpolation": interpolation, "seed": seed, **common}
    return {
        "random_shear": RandomShear(x_factor=factor, y_factor=factor, **moving),
        "random_translation": RandomTranslation(height_factor=factor, width_factor=factor, **moving),
        "random_rotation": RandomRotation(factor=factor, **moving),
        "random_brightness": RandomBrightness(factor=factor, **random),
        "random_color_degeneration": RandomColorDegeneration(factor=factor, **random),
        "random_contrast": RandomContrast(factor=factor, **random),
        "random_sharpness": RandomSharpness(factor=factor, **random),
        "random_posterization": RandomPosterization(factor=max(1, int(8 * factor[1])), **random),
        "solarization": Solarization(addition_factor=factor, threshold_factor=factor, **random),
        "auto_contrast": AutoContrast(**values),
        "equalization": Equalization(**values),
    }


class RandomLayerChoice(RandomImageLayer):
    """Base class of the layers that choose among other layers, held in the attributes that `_names` lists."""

    def _set_layers(self, names, value_range, factor, interpolation, seed, **common):
        """Create the layers.

        Args:
            names: of the layers to choose from; None for all.
            value_range, factor, interpolation, seed: as in the constructors.
            common: arguments of all the layers.

        Raises:
            ValueError: `factor` is not in [0, 1].
        """
        self.value_range = value_range
        self.factor = overlapping_range(factor, 0, 1)
        self.interpolation = interpolation
        layers = augmentation_layers(self.factor, value_range, interpolation, seed, **common)
        self._names = tuple(layers) if names is None else names
        for name in self._names:
            setattr(self, name, layers[name])

    def build(self, input_shape):
        for name in self._names:
            getattr(self, name).build(input_shape)
        self.built = True
