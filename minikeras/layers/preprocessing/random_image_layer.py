"""`RandomImageLayer`: the base of layers that change images at random, and checks of their ranges."""

from minikeras import random
from minikeras.layers.preprocessing.image_layer import ImageLayer
from minikeras.random import SeedGenerator


class RandomImageLayer(ImageLayer):
    """Base class of layers that change images at random during training, and return them unchanged in inference.

    With the same seed the random values are tf.keras's: call after call, from the layer's own generator.

    Args:
        seed: integer; None for other values in every run.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = SeedGenerator(seed)

    def _uniform(self, shape, low, high, seed, dtype=None):
        """Values uniform in [low, high), by the given seed or the layer's own generator."""
        return random.uniform(shape, low, high, dtype=dtype, seed=self.generator if seed is None else seed)

    def _chosen(self, data, probability, seed):
        """Whether to change each image, (batch,), with a probability that is uniform in (lower, upper)."""
        shape = (self._batch_size(data),)
        probability = self._uniform(shape, *probability, seed)
        return self._uniform(shape, 0.0, 1.0, seed) < probability


def factor_range(factor, name, low, high, open_below=False):
    """(lower, upper) of a factor given as two numbers, or as one number f, which means (max(−f, low), f).

    Raises:
        ValueError: neither a number nor two of them, or outside [low, high] (`low` itself too if `open_below`).
    """
    numbers = _numbers(factor)
    if numbers is None or any(n > high or n < low or (open_below and n == low) for n in numbers):
        raise ValueError(_message(name, low, high, open_below, factor))
    return tuple(sorted(numbers)) if len(numbers) == 2 else (max(low, -abs(factor)), abs(factor))


def overlapping_range(factor, low, high, name="factor"):
    """The same for layers whose factor, if two numbers, need only overlap [low, high].

    Raises:
        ValueError: neither a number in [low, high] nor two that overlap it.
    """
    numbers = _numbers(factor)
    if numbers is not None and len(numbers) == 2 and numbers[0] <= high and numbers[1] >= low:
        return tuple(sorted(numbers))
    return factor_range(factor, name, low, high)


def _numbers(factor):
    """One number or two, as a list; None for anything else."""
    several = isinstance(factor, (list, tuple))
    numbers = list(factor) if several else [factor]
    numeric = all(isinstance(number, (int, float)) for number in numbers)
    return numbers if numeric and len(numbers) == (2 if several else 1) else None


def _message(name, low, high, open_below, factor):
    return (
        f"The `{name}` argument should be a number, or a list of two numbers (least and most), in the range "
        f"{'(' if open_below else '['}{low}, {high}]. Received: {name}={factor!r}"
    )


def value_pair(value_range):
    """The smallest and the largest value of pixels, sorted.

    Raises:
        ValueError: not a list of two numbers.
    """
    if not isinstance(value_range, (tuple, list)) or len(value_range) != 2:
        raise ValueError(
            "The `value_range` argument should be a list or tuple of two numbers, (lowest, highest). Received: "
            f"value_range={value_range!r}"
        )
    return sorted(value_range)
