"""Weights with a variance that preserves that of the signal from layer to layer: VarianceScaling and its named cases.

The sum of n inputs of variance 1, each times a weight of variance v, has variance n·v. So v = 1/n preserves it, where n
is the number of inputs (`fan_in`, in the forward pass) or of outputs (`fan_out`, for gradients in the backward pass),
or their mean. relu discards half the variance, so v = 2/n there.

| | v | n | drawn from |
|---|---|---|---|
| Glorot | 1/n | (fan_in + fan_out) / 2 | uniform or truncated normal |
| He | 2/n | fan_in | uniform or truncated normal |
| Lecun | 1/n | fan_in | uniform or truncated normal |

Sources: Glorot and Bengio, AISTATS 2010; He et al., arXiv:1502.01852 (2015); Klambauer et al., arXiv:1706.02515 (2017)
for Lecun's with selu.
"""

import math

from minikeras import random
from minikeras.initializers.distributions import RandomUniform
from minikeras.initializers.initializer import RandomInitializer

# Standard deviation of a normal distribution cut off at ±2: √(1 − 4·φ(2) / (2·Φ(2) − 1)).
TRUNCATED_DEVIATION = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


class VarianceScaling(RandomInitializer):
    """Weights of mean 0 and variance scale / n, n the number of inputs or outputs of a unit.

    uniform: |w| < √(3·scale/n);  untruncated_normal: σ = √(scale/n);  truncated_normal: σ = √(scale/n) / 0.8796, so
    that the distribution has the right variance after truncation at 2σ.

    Args:
        scale: positive number.
        mode: which n: "fan_in" (inputs of a unit), "fan_out" (outputs), "fan_avg" (their mean).
        distribution: "truncated_normal" (also "normal"), "untruncated_normal", "uniform".
        seed: integer, SeedGenerator or None (see `RandomInitializer`).
        input_axes, output_axes: the axes whose lengths multiply to fan_in and fan_out. If either is None: the last two
            axes, each times the lengths of all axes before them (the window of a convolution).

    Raises:
        ValueError: a scale that is not positive, an unknown mode or distribution.
    """

    def __init__(
        self,
        scale=1.0,
        mode="fan_in",
        distribution="truncated_normal",
        seed=None,
        input_axes=None,
        output_axes=None,
    ):
        if scale <= 0.0:
            raise ValueError(
                f"Argument `scale` must be positive float, in {type(self).__name__}. Received: scale={scale}"
            )
        if mode not in MODES:
            raise ValueError(f"Invalid `mode` argument: {mode}. Please use one of {MODES}")
        distribution = distribution.lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in DISTRIBUTIONS:
            raise ValueError(f"Invalid `distribution` argument: {distribution}. Please use one of {DISTRIBUTIONS}")
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed=seed)

    def __call__(self, shape, dtype=None):
        """A tensor of weights."""
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return RandomUniform(-limit, limit, seed=self.seed)(shape, dtype)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, stddev=math.sqrt(variance), dtype=dtype, seed=self.seed)
        stddev = math.sqrt(variance) / TRUNCATED_DEVIATION
        return random.truncated_normal(shape, stddev=stddev, dtype=dtype, seed=self.seed)

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


def compute_fans(shape, input_axes=None, output_axes=None):
    """(fan_in, fan_out): the number of inputs that one unit sums, and the number of units that one input reaches.

    (inputs, outputs) for a matrix, (window · channels, window · filters) for a convolution kernel (*window, channels,
    filters), (n, n) for a vector, (1, 1) for a number.
    """
    shape = tuple(shape)
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[axis] for axis in input_axes), math.prod(shape[axis] for axis in output_axes)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


class _NamedCase(VarianceScaling):
    """A VarianceScaling whose class determines scale, mode and distribution.

    Args:
        seed: integer, SeedGenerator or None (see `RandomInitializer`).
        input_axes, output_axes: see `VarianceScaling`.
    """

    case = None  # (scale, mode, distribution)

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(*self.case, seed, input_axes, output_axes)

    def get_config(self):
        config = super().get_config()
        return {word: config[word] for word in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_NamedCase):
    """|w| < √(6 / (fan_in + fan_out)), uniform. The default of Dense, Conv and most other layers."""

    case = (1.0, "fan_avg", "uniform")


class GlorotNormal(_NamedCase):
    """σ = √(2 / (fan_in + fan_out)), truncated normal."""

    case = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_NamedCase):
    """|w| < √(6 / fan_in), uniform. For relu."""

    case = (2.0, "fan_in", "uniform")


class HeNormal(_NamedCase):
    """σ = √(2 / fan_in), truncated normal. For relu."""

    case = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_NamedCase):
    """|w| < √(3 / fan_in), uniform."""

    case = (1.0, "fan_in", "uniform")


class LecunNormal(_NamedCase):
    """σ = √(1 / fan_in), truncated normal. For selu."""

    case = (1.0, "fan_in", "truncated_normal")
