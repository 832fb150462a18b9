"""`AugMix`: mixes an image with several randomly augmented versions of itself."""

import random as python_random

from minikeras import ops, random
from minikeras.base.replay import unsafe_to_replay
from minikeras.layers.preprocessing.augmentation_layers import RandomLayerChoice
from minikeras.layers.preprocessing.number_arguments import concentration, integer

WITHOUT_ALL_OPS = (
    "random_shear",
    "random_translation",
    "random_rotation",
    "random_posterization",
    "solarization",
    "auto_contrast",
    "equalization",
)
ALL_OPS = (*WITHOUT_ALL_OPS, "random_brightness", "random_color_degeneration", "random_contrast", "random_sharpness")


class AugMix(RandomLayerChoice):
    """In training y = w · x + (1 − w) · Σ vₖ · chainₖ(x), clipped. (Hendrycks et al., 2019)

    Each chain applies up to `chain_depth` layers in sequence, chosen for the whole batch; v is drawn from a Dirichlet
    distribution, w from Beta(alpha, alpha). As in Keras, the layers are chosen by Python's `random`, which
    `keras.utils.set_random_seed` seeds, but `seed` does not.

    Args:
        value_range: the smallest and the largest value of pixels.
        num_chains: number of chains.
        chain_depth: number of choices per chain; "no layer" is one of the options.
        factor: (lower, upper) of the factors of all layers, from 0 to 1. One number f means (0, f).
        alpha: of the distributions.
        all_ops: whether brightness, colour, contrast and sharpness change too.
        interpolation: "nearest" or "bilinear".
        seed: integer for the same numbers in every run.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: `factor` is not in [0, 1].
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_chains=3,
        chain_depth=3,
        factor=0.3,
        alpha=1.0,
        all_ops=True,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.num_chains = integer("num_chains", num_chains, 0)
        self.chain_depth = integer("chain_depth", chain_depth)
        self.alpha = concentration("alpha", alpha)
        self.all_ops = all_ops
        names = ALL_OPS if all_ops else WITHOUT_ALL_OPS
        self._set_layers(names, value_range, factor, interpolation, seed, data_format=data_format, **kwargs)

    def get_random_transformation(self, data, training=True, seed=None):
        """ "chain_mixing_weights" v, "weight_sample" w, and "chain_transforms": the layers and their draws."""
        if not training:
            return None
        seed = self.generator if seed is None else seed
        weights = random.gamma((self.num_chains,), self.alpha, seed=seed)
        weight = random.beta((), self.alpha, self.alpha, seed=seed)
        return {
            "chain_mixing_weights": weights / ops.sum(weights, axis=-1, keepdims=True),
            "weight_sample": weight,
            "chain_transforms": [self._chain(data) for _ in range(self.num_chains)],
        }

    def _chain(self, data):
        chain = []
        for _ in range(self.chain_depth):
            name = _choice((*self._names, None))
            if name is not None:
                drawn = getattr(self, name).get_random_transformation(data, seed=self.generator)
                chain.append({"layer_name": name, "transformation": drawn})
        return chain

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        images = self._mixed(images, transformation, "transform_images")
        return ops.cast(ops.clip(images, *self.value_range), self.compute_dtype)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        if not training:
            return segmentation_masks
        return self._mixed(segmentation_masks, transformation, "transform_segmentation_masks")

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes themselves, as in Keras: the image keeps its share of the result."""
        return bounding_boxes

    def _mixed(self, x, transformation, method):
        weights = ops.cast(transformation["chain_mixing_weights"], self.compute_dtype)
        weight = ops.cast(transformation["weight_sample"], self.compute_dtype)
        total = ops.zeros_like(x)
        for number, chain in enumerate(transformation["chain_transforms"]):
            y = x
            for step in chain:
                y = getattr(getattr(self, step["layer_name"]), method)(y, step["transformation"])
            total = total + y * weights[number]
        return weight * x + (1 - weight) * total


@unsafe_to_replay("Python's generator must draw again in every step")
def _choice(names):
    return python_random.choice(names)
