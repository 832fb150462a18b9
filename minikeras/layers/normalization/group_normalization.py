"""`GroupNormalization`: normalize each channel group of a sample to mean 0 and variance 1, then scale and shift."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.dtypes import result_type
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.normalization.axes import check_axes
from minikeras.layers.normalization.base_normalization import BaseNormalization
from minikeras.ops.group_normalization import group_normalization
from minikeras.signatures import inherits_arguments


class GroupNormalization(BaseNormalization):
    """y = gamma · (x − mean) / √(variance + ε) + beta, with mean and variance over a sample's group of channels.

    The channels, n along `axis`, are split into `groups` groups of n / groups neighbours. Mean and variance are over
    the channels of a group and all axes but the batch's; gamma and beta have one value per channel.
    (batch, …, channels) → the same shape.

    Args:
        groups: how many groups; −1 means one per channel (instance normalization), 1 a single group.
        axis: the channel axis.
        epsilon: added to the variance.
        center, scale: whether beta and gamma exist.
        beta_initializer, gamma_initializer: initializers.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: applied after each update.

    Raises:
        ValueError: `groups` is neither a positive integer nor −1, or does not divide the channels, or they are unknown.

    Source: Wu and He, "Group normalization" (2018).
    """

    @inherits_arguments(BaseNormalization)
    def __init__(self, groups=32, axis=-1, *args, **kwargs):
        if not isinstance(groups, int) or (groups <= 0 and groups != -1):
            raise ValueError(
                "`groups` of GroupNormalization must be a positive integer, or −1 for one group for each channel. "
                f"Received: groups={groups}"
            )
        super().__init__(*args, **kwargs)
        self.autocast = False
        self.groups = groups
        self.axis = axis

    def build(self, input_shape):
        check_axes(self, input_shape)
        channels = input_shape[self.axis]
        if channels is not None and self.groups == -1:
            self.groups = channels
        if channels is None or channels % self.groups:
            raise ValueError(
                f"The channels of the input of GroupNormalization layer '{self.name}' (axis {self.axis}) must be known "
                f"and a multiple of groups={self.groups}. Received: input_shape={tuple(input_shape)}"
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})
        self._add_gamma_and_beta((channels,), self.scale, self.center, autocast=False)

    def call(self, inputs):
        x = Cast(result_type(inputs.dtype, "float32"))(inputs)
        y = group_normalization(x, self.groups, self.gamma, self.beta, self.axis, self.epsilon)
        return Cast(self.compute_dtype)(Cast(inputs.dtype)(y))

    def compute_output_shape(self, input_shape):
        check_axes(self, input_shape)
        return input_shape
