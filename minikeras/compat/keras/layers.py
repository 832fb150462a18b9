"""`keras.layers` as `tf.keras` has it: minikeras's, with three layers that only `tf.keras` has kept."""

from minikeras import layers, ops, random
from minikeras.compat.keras.additions import falls_back_to
from minikeras.compat.keras.thresholded import passed_above
from minikeras.layers import Layer
from minikeras.ops.image_resizing import resize_axis
from minikeras.random import SeedGenerator

__all__ = ["RandomHeight", "RandomWidth", "ThresholdedReLU"]


class ThresholdedReLU(Layer):
    """x where x > theta, else 0.

    Args:
        theta: the threshold, not negative.
        **kwargs: `name`, `dtype`, … as for every layer.

    Raises:
        ValueError: `theta` is None or negative.
    """

    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        if theta is None or theta < 0:
            raise ValueError(f"`theta` of a ThresholdedReLU must be a number >= 0. Received: theta={theta}")
        self.supports_masking = True
        self.theta = float(theta)

    def call(self, inputs):
        return passed_above(inputs, self.theta)

    def compute_output_shape(self, input_shape):
        return input_shape


class RandomLength(Layer):
    """Base class of `RandomHeight` and `RandomWidth`: images whose size along one axis is multiplied by 1 + a random
    number.

    The whole batch gets one size, rounded towards zero; so training steps run by the tape, not by a plan.

    Args:
        factor: the range of the number, a pair; f means (−f, f).
        interpolation: the `method` of `tf.image.resize`.
        seed: integer; None for other sizes in every run.
        **kwargs: `name`, `dtype`, … as for every layer.

    Raises:
        ValueError: a bound below −1, or the upper one below the lower; no image.
    """

    axis = None

    def __init__(self, factor, interpolation="bilinear", seed=None, **kwargs):
        super().__init__(**kwargs)
        low, high = factor if isinstance(factor, (list, tuple)) else (-factor, factor)
        if not -1 <= low <= high:
            raise ValueError(
                f"`factor` of a {type(self).__name__} must be (lower, upper), -1 <= lower <= upper, or one number. "
                f"Received: factor={factor}"
            )
        self.factor, self.interpolation, self.seed = factor, interpolation, seed
        self._range = 1.0 + low, 1.0 + high
        self.generator = SeedGenerator(seed)

    def call(self, inputs, training=True):
        if not training:
            return inputs
        scale = random.uniform((), *self._range, dtype="float32", seed=self.generator)
        return ops.cast(resize_axis(inputs, self.axis, scale, self.interpolation), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        shape[self.axis] = None
        return tuple(shape)


class RandomHeight(RandomLength):
    """Images of random height. See `RandomLength`."""

    axis = -3


class RandomWidth(RandomLength):
    """Images of random width. See `RandomLength`."""

    axis = -2


__getattr__, __dir__ = falls_back_to(layers, __all__)
