"""Exercise: batch normalization (Ioffe and Szegedy, arXiv:1502.03167), in training and in inference."""

import numpy as np

from minikeras.tools.learn.exercise import BROADCASTING, FORMULA, MISSING_TERM, ORDER, Exercise, Mistake, Task

STARTER = '''"""Batch normalization over all axes except the last: each channel gets a mean of 0 and a variance of 1."""

import numpy as np


def in_training(x, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    """(y, new moving_mean, new moving_variance)

    y = gamma · (x − mean) / √(variance + epsilon) + beta, with mean and variance (that divides by the count) of this
    batch, over all axes except the last. x: (…, channels), all others: (channels,).
    The moving values keep the share `momentum`, and get 1 − momentum of the batch's.
    """
    raise NotImplementedError


def in_inference(x, gamma, beta, moving_mean, moving_variance, epsilon=1e-3):
    """y by the moving values: a sample's result depends on no other sample."""
    raise NotImplementedError
'''


def _arrays(shape, seed):
    rng = np.random.default_rng(seed)
    channels = shape[-1]
    gamma, beta, mean = rng.standard_normal((3, channels))
    return 3 + 2 * rng.standard_normal(shape), gamma, beta, mean, 0.5 + rng.random(channels)


def _training_cases():
    return [
        ("6 samples of 3 channels", _arrays((6, 3), 0)),
        ("images: x is (2, 4, 5, 3)", _arrays((2, 4, 5, 3), 1)),
        ("momentum=0.5, ε=0.1", (*_arrays((5, 5), 2), 0.5, 0.1)),
    ]


def _inference_cases():
    return [("6 samples of 3 channels", _arrays((6, 3), 3)), ("a single image", _arrays((1, 4, 5, 3), 4))]


def _layer(keras, x, gamma, beta, mean, variance, momentum, epsilon):
    layer = keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon, dtype="float64")
    layer.build(x.shape)
    layer.set_weights([gamma, beta, mean, variance])
    return layer


def _training(keras, x, gamma, beta, mean, variance, momentum=0.99, epsilon=1e-3):
    layer = _layer(keras, x, gamma, beta, mean, variance, momentum, epsilon)
    y = layer(x, training=True)
    return y, layer.moving_mean, layer.moving_variance


def _inference(keras, x, gamma, beta, mean, variance, epsilon=1e-3):
    return _layer(keras, x, gamma, beta, mean, variance, 0.99, epsilon)(x, training=False)


def _normalized(x, gamma, beta, mean, variance, epsilon=1e-3):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def _statistics(x, ddof=0):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axes), x.var(axes, ddof=ddof)


def _variant(normalize=_normalized, statistics=_statistics, swap=False, keep=False):
    """Training with one part of it changed."""

    def wrong(x, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
        mean, variance = statistics(x)
        share = 1 - momentum if swap else momentum
        used = (moving_mean, moving_variance) if keep else (mean, variance)
        y = normalize(x, gamma, beta, *used, epsilon)
        return y, share * moving_mean + (1 - share) * mean, share * moving_variance + (1 - share) * variance

    return wrong


def _outside(x, gamma, beta, mean, variance, epsilon=1e-3):
    return gamma * (x - mean) / (np.sqrt(variance) + epsilon) + beta


def _without_epsilon(x, gamma, beta, mean, variance, epsilon=1e-3):
    return gamma * (x - mean) / np.sqrt(variance) + beta


def _by_variance(x, gamma, beta, mean, variance, epsilon=1e-3):
    return gamma * (x - mean) / (variance + epsilon) + beta


def _unscaled(x, gamma, beta, mean, variance, epsilon=1e-3):
    return (x - mean) / np.sqrt(variance + epsilon)


def _without_gamma(x, gamma, beta, mean, variance, epsilon=1e-3):
    return (x - mean) / np.sqrt(variance + epsilon) + beta


def _without_beta(x, gamma, beta, mean, variance, epsilon=1e-3):
    return gamma * (x - mean) / np.sqrt(variance + epsilon)


def _beta_inside(x, gamma, beta, mean, variance, epsilon=1e-3):
    return gamma * ((x - mean) / np.sqrt(variance + epsilon) + beta)


def _by_updated_values(x, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    mean, variance = _statistics(x)
    mean, variance = (
        momentum * moving_mean + (1 - momentum) * mean,
        momentum * moving_variance + (1 - momentum) * variance,
    )
    return _normalized(x, gamma, beta, mean, variance, epsilon), mean, variance


def _replacing_moving_values(x, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    mean, variance = _statistics(x)
    return _normalized(x, gamma, beta, mean, variance, epsilon), mean, variance


NORMALIZING_MISTAKES = (
    Mistake(FORMULA, "ε is added to the root: it belongs below it, √(variance + ε).", _outside),
    Mistake(MISSING_TERM, "ε is missing: √(variance + ε).", _without_epsilon),
    Mistake(MISSING_TERM, "The root is missing: x − mean is divided by √(variance + ε).", _by_variance),
    Mistake(MISSING_TERM, "gamma and beta are missing.", _unscaled),
    Mistake(MISSING_TERM, "gamma is missing.", _without_gamma),
    Mistake(MISSING_TERM, "beta is missing.", _without_beta),
    Mistake(ORDER, "beta was multiplied by gamma: it is added last.", _beta_inside),
)
TRAINING_MISTAKES = (
    Mistake(
        FORMULA,
        "y was computed by the moving values. Training uses those of the batch; the moving ones are only updated.",
        _variant(keep=True),
    ),
    Mistake(
        FORMULA,
        "The variance divides by count − 1, but should divide by the count (NumPy's default, ddof=0).",
        _variant(statistics=lambda x: _statistics(x, 1)),
    ),
    Mistake(
        FORMULA,
        "y was computed by the moving values that were just updated. Training uses those of the batch.",
        _by_updated_values,
    ),
    Mistake(
        MISSING_TERM,
        "The batch's values replaced the moving ones: these keep the share `momentum` of what they were.",
        _replacing_moving_values,
    ),
    *(mistake._replace(function=_variant(mistake.function)) for mistake in NORMALIZING_MISTAKES),
    Mistake(
        ORDER, "momentum and 1 − momentum are exchanged: the old value keeps the share momentum.", _variant(swap=True)
    ),
    Mistake(
        BROADCASTING,
        "The statistics are computed for each pixel of the images. They should be over all axes except the last.",
        _variant(statistics=lambda x: (x.mean(0), x.var(0))),
    ),
    Mistake(
        BROADCASTING,
        "There is one mean for all channels: do not sum over the last axis.",
        _variant(statistics=lambda x: (x.mean(), x.var())),
    ),
)
INFERENCE_MISTAKES = (
    Mistake(
        FORMULA,
        "y was computed by the batch's own mean and variance. In inference the moving ones are used.",
        lambda x, gamma, beta, m, v, epsilon=1e-3: _normalized(x, gamma, beta, *_statistics(x), epsilon),
    ),
    *NORMALIZING_MISTAKES,
)

EXERCISE = Exercise(
    name="batch_normalization",
    title="batch normalization, in training and in inference",
    where="minikeras/layers/normalization/batch_normalization.py",
    starter=STARTER,
    tasks=(
        Task("in_training", ("y", "moving_mean", "moving_variance"), _training_cases, _training, TRAINING_MISTAKES),
        Task("in_inference", ("y",), _inference_cases, _inference, INFERENCE_MISTAKES),
    ),
)
