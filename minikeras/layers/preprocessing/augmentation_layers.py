"""The layers among which RandAugment and AugMix choose."""

from minikeras.layers.preprocessing.auto_contrast import AutoContrast
from minikeras.layers.preprocessing.equalization import Equalization
from minikeras.layers.preprocessing.random_brightness import RandomBrightness
from minikeras.layers.preprocessing.random_color_degeneration import RandomColorDegeneration
from minikeras.layers.preprocessing.random_contrast import RandomContrast
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
