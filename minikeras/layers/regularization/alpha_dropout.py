"""`AlphaDropout`: dropout that keeps mean and variance."""

from minikeras import random
from minikeras.autodiff.arithmetic import Cast
from minikeras.layers.input_spec import check_kinds
from minikeras.layers.regularization.dropout import RandomMask
from minikeras.ops.smooth_activation import Selu

SATURATED = -Selu.alpha * Selu.scale  # SELU's value far below zero, α′; its outputs have mean 0 and variance 1


class AlphaDropout(RandomMask):
    """In training, a fraction `rate` of the inputs becomes α′ = −1.7581, and all are scaled and shifted; else y = x.

        y = a · (x · kept + α′ · (1 − kept)) + b      a = ((1 − rate) · (1 + rate · α′²))^−½      b = −a · α′ · rate

    Inputs with mean 0 and variance 1, like the outputs of SELU, keep both. Any shape, which the output keeps.

    Args:
        rate: fraction of the inputs that saturate, from 0 to 1.
        noise_shape: shape of the random mask, broadcast to the input; None for axes as long as the input's.
        seed: an integer for the same masks in every run. After `set_random_seed` the masks are tf.keras's.

    Source: Klambauer et al., "Self-normalizing neural networks" (2017).
    """

    _kind_error = TypeError

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        check_kinds(self, inputs, "inputs", "fc")
        numbers = random.uniform(self._mask_shape(inputs) or inputs.shape, seed=self.seed_generator)
        kept = Cast(inputs.dtype)(numbers >= self.rate)
        a = ((1 - self.rate) * (1 + self.rate * SATURATED**2)) ** -0.5 if self.rate < 1 else 0.0
        b = -a * SATURATED * self.rate
        return (inputs * kept + (1 - kept) * SATURATED) * a + b
