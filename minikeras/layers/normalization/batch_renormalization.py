"""Batch renormalization: training with `BatchNormalization(renorm=True)`.

    r = σ / σ̂      d = (μ − μ̂) / σ̂      y = (x − μ) / σ · r · gamma + d · gamma + beta

μ and σ = √(variance + ε) are the batch's, μ̂ and σ̂ are running averages, and no gradient flows through r and d.
So values in training are close to those in inference, even for small batches.

Source: Ioffe, "Batch renormalization" (2017).
"""

from minikeras import initializers
from minikeras.autodiff.custom_gradient import stop_gradient
from minikeras.autodiff.effects import effect
from minikeras.autodiff.lowering import compiled_by
from minikeras.kernels.elementwise_jobs import move_towards_jobs, variance_jobs
from minikeras.ops.extrema import clip, maximum, minimum
from minikeras.ops.powers import sqrt

CLIPPING = ("rmax", "rmin", "dmax")


class BatchRenormalization:
    """The running averages of a `BatchNormalization`, stored as weights of that layer, and the correction by them.

    Args:
        layer: the layer; its moving statistics must exist.
        shape: of the statistics.
    """

    def __init__(self, layer, shape):
        self.layer = layer
        layer.moving_stddev = self._add("moving_stddev", shape, _square_root_of(layer.moving_variance_initializer))
        layer.renorm_mean = self._add("renorm_mean", shape, _clone(layer.moving_mean_initializer))
        layer.renorm_stddev = self._add("renorm_stddev", shape, _square_root_of(layer.moving_variance_initializer))

    def _add(self, name, shape, initializer):
        return self.layer.add_weight(shape=shape, name=name, initializer=initializer, trainable=False, autocast=False)

    def corrected(self, mean, variance, gamma, beta):
        """gamma and beta including the correction; then updates the running averages from the batch."""
        layer, stddev = self.layer, sqrt(variance + self.layer.epsilon)
        running = maximum(layer.renorm_stddev.read(), layer.epsilon**0.5)
        r, d = stddev / running, (mean - layer.renorm_mean.read()) / running
        bounds = layer.renorm_clipping
        r = r if bounds.get("rmin") is None else maximum(r, bounds["rmin"])
        r = r if bounds.get("rmax") is None else minimum(r, bounds["rmax"])
        d = d if bounds.get("dmax") is None else clip(d, -bounds["dmax"], bounds["dmax"])
        r, d = stop_gradient(r), stop_gradient(d)
        self._update_moving_statistics(mean, stddev)
        shift = d if gamma is None else d * gamma
        return r if gamma is None else r * gamma, shift if beta is None else shift + beta

    def _update_moving_statistics(self, mean, stddev):
        """Update all statistics from those of the batch."""
        layer = self.layer
        effect(update_moving, layer.renorm_mean, mean, layer.renorm_momentum)
        effect(update_moving, layer.renorm_stddev, stddev, layer.renorm_momentum)
        effect(update_moving, layer.moving_mean, mean, layer.momentum)
        effect(update_moving, layer.moving_stddev, stddev, layer.momentum)
        effect(set_variance, layer.moving_variance, layer.moving_stddev, layer.epsilon)


def checked_clipping(clipping, name):
    """`renorm_clipping` as a dict.

    Raises:
        ValueError: an unknown key, rmax below rmin, or a negative dmax.
    """
    clipping = clipping or {}
    rmax, rmin, dmax = (clipping.get(key) for key in CLIPPING)
    unknown = sorted(set(clipping) - set(CLIPPING))
    if unknown:
        raise ValueError(
            f"Received invalid keys in `renorm_clipping` of {name}: {unknown}. It may have {CLIPPING}. "
            f"Received: {clipping}"
        )
    if rmax is not None and rmin is not None and rmax < rmin:
        raise ValueError(f"rmax should be at least rmin, in `renorm_clipping` of {name}. Received: {clipping}")
    if dmax is not None and dmax < 0:
        raise ValueError(f"dmax should be non-negative, in `renorm_clipping` of {name}. Received: {clipping}")
    return clipping


@compiled_by(move_towards_jobs, written=1)
def update_moving(moving, statistic, momentum):
    """moving ← moving · momentum + statistic · (1 − momentum): a Variable and a vector of the batch."""
    moving.assign(moving.array * momentum + statistic.array * (1.0 - momentum))


@compiled_by(lambda variance, stddev, epsilon: variance_jobs(stddev, epsilon, variance), written=1)
def set_variance(variance, stddev, epsilon):
    """variance ← max(stddev² − ε, 0), both Variables."""
    variance.assign((stddev.array * stddev.array - epsilon).clip(min=0))


def _clone(initializer):
    """A copy of an initializer that draws other values, unless that has a seed."""
    if isinstance(initializer, initializers.Initializer):
        return type(initializer).from_config(initializer.get_config())
    return initializer


def _square_root_of(initializer):
    return lambda shape, dtype=None: sqrt(_clone(initializer)(shape, dtype=dtype))
