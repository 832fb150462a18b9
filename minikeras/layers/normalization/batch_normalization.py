"""`BatchNormalization`: normalize each channel to mean 0 and variance 1 over the batch, then scale and shift."""

import math

from minikeras import initializers
from minikeras.autodiff.arithmetic import Cast, Where
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.effects import effect
from minikeras.autodiff.shapes import BroadcastTo, Reshape, Sum
from minikeras.base.signatures import inherits_arguments
from minikeras.collectives.share import current_share
from minikeras.config import epsilon
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.normalization.base_normalization import BaseNormalization
from minikeras.layers.normalization.batch_renormalization import BatchRenormalization, checked_clipping, update_moving
from minikeras.ops.collective import mean_over_ranks
from minikeras.ops.normalization import batch_normalization, moments, standardize_batch
from minikeras.ops.powers import square
from minikeras.ops.shaping import expand_dims


class BatchNormalization(BaseNormalization):
    """y = gamma · (x − mean) / √(variance + ε) + beta, per channel.

    In training, mean and variance are those of the batch, and the moving statistics are updated:

        moving = moving · momentum + statistic · (1 − momentum)

    In inference (and while `trainable` is False) the moving statistics are used. The variance divides by n.

    Args:
        axis: the channel axis, which is not averaged over.
        momentum: of the moving statistics.
        epsilon: added to the variance.
        center, scale: whether beta and gamma exist.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: initializers.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: applied after each update.
        renorm: whether training corrects the batch's statistics towards running averages (`BatchRenormalization`).
        renorm_clipping: dict with bounds of the correction, "rmin" and "rmax" of its factor, "dmax" of its shift.
        renorm_momentum: of these running averages.
        synchronized: whether processes that train together compute the statistics over the whole batch, rather than
            each over its own rows.

    Call arguments:
        mask: booleans of the input's shape without its last axis; in training, masked positions do not count.

    Source: Ioffe and Szegedy, "Batch Normalization" (2015).
    """

    @inherits_arguments(
        BaseNormalization,
        after={
            "moving_mean_initializer": "gamma_initializer",
            "moving_variance_initializer": "moving_mean_initializer",
        },
    )
    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        *,
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        synchronized=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis = int(axis)
        self.momentum = momentum
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm, self.renorm_momentum = renorm, renorm_momentum
        self.renorm_clipping = checked_clipping(renorm_clipping, self.name) if renorm else renorm_clipping
        self.synchronized = synchronized
        self.gamma = self.beta = self.moving_mean = self.moving_variance = None  # made by `build`

    def build(self, input_shape):
        if not -len(input_shape) <= self.axis < len(input_shape):
            raise IndexError(self._wrong_axis(input_shape))
        shape = (input_shape[self.axis],)
        self._add_gamma_and_beta(shape, self.scale, self.center)
        # moving statistics stay in float32 under mixed precision
        self.moving_mean = self.add_weight(
            shape=shape, name="moving_mean", initializer=self.moving_mean_initializer, trainable=False, autocast=False
        )
        self.moving_variance = self.add_weight(
            shape=shape,
            name="moving_variance",
            initializer=self.moving_variance_initializer,
            trainable=False,
            autocast=False,
        )
        self._renormalization = BatchRenormalization(self, shape) if self.renorm else None
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: input_shape[self.axis]})

    def call(self, inputs, training=None, mask=None):
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            raise ValueError(
                f"The mask of layer '{self.name}' must have the input's shape without the channel axis. "
                f"Received: mask of shape {mask.shape}, inputs of shape {inputs.shape}"
            )
        half = inputs.dtype in ("float16", "bfloat16")
        x = Cast("float32")(inputs) if half else inputs
        gamma = Cast(x.dtype)(self.gamma) if half and self.gamma is not None else self.gamma
        beta = Cast(x.dtype)(self.beta) if half and self.beta is not None else self.beta
        if not (training and self.trainable):
            outputs = batch_normalization(
                x, self.moving_mean, self.moving_variance, self.axis, offset=beta, scale=gamma, epsilon=self.epsilon
            )
        elif mask is None and not self.renorm and not self._is_shared():
            axes = self._axes(x)
            outputs, mean, variance = standardize_batch(x, axes, offset=beta, scale=gamma, epsilon=self.epsilon)
            self._update_moving_statistics(mean, variance)
        else:
            mean, variance = self._moments(x, mask)
            if self.renorm:
                gamma, beta = self._renormalization.corrected(mean, variance, gamma, beta)
            else:
                self._update_moving_statistics(mean, variance)
            outputs = batch_normalization(x, mean, variance, self.axis, offset=beta, scale=gamma, epsilon=self.epsilon)
        returns = inputs.dtype if half else outputs.dtype if is_float(inputs.dtype) else self.compute_dtype
        return outputs if returns == outputs.dtype else Cast(returns)(outputs)

    def _update_moving_statistics(self, mean, variance):
        """Update the moving statistics from those of the batch."""
        if not hasattr(mean, "array"):
            return  # symbolic: only shapes are inferred
        for moving, statistic in ((self.moving_mean, mean), (self.moving_variance, variance)):
            effect(update_moving, moving, statistic, self.momentum)

    def _axes(self, x):
        """All axes but the channels'."""
        return tuple(i for i in range(len(x.shape)) if i != self.axis % len(x.shape))

    def _is_shared(self):
        """Whether the statistics are those of several ranks."""
        return self.synchronized and current_share() is not None

    def _moments(self, x, mask):
        """Mean and variance of each channel, over the unmasked positions."""
        axes = self._axes(x)
        if self._is_shared():
            return self._shared_moments(x, axes, mask)
        if mask is None:
            return moments(x, axes)
        kept, total = BroadcastTo(x.shape)(expand_dims(Cast("bool")(mask), -1)), Sum(axes, keepdims=True)
        count = total(Cast(x.dtype)(kept)) + epsilon()
        mean = total(Where()(kept, x, 0.0)) / count
        variance = total(square(Where()(kept, x - mean, 0.0))) / count
        return Reshape(-1)(mean), Reshape(-1)(variance)

    def _shared_moments(self, x, axes, mask):
        """The same over all ranks. `mean_over_ranks` weights a rank by all its rows, masked or not, so a masked mean is
        computed from the means over ranks of its sum and its count."""
        total = Sum(axes, keepdims=True)
        kept = None if mask is None else BroadcastTo(x.shape)(expand_dims(Cast("bool")(mask), -1))
        size = math.prod(x.shape[axis] for axis in axes)
        count = None if kept is None else mean_over_ranks(total(Cast(x.dtype)(kept)) / size) + epsilon() / size

        def mean_of(values):
            if kept is None:
                return mean_over_ranks(total(values) / size)
            return mean_over_ranks(total(Where()(kept, values, 0.0)) / size) / count

        mean = mean_of(x)
        variance = mean_of(square(x - mean))
        return Reshape(-1)(mean), Reshape(-1)(variance)

    def compute_output_shape(self, input_shape):
        if not -len(input_shape) <= self.axis < len(input_shape):
            raise ValueError(self._wrong_axis(input_shape))
        return input_shape

    def _wrong_axis(self, input_shape):
        return f"Axis {self.axis} is out of bounds for input shape {tuple(input_shape)} of layer '{self.name}'."
