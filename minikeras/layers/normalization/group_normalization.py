"""`GroupNormalization`: normalize each channel group of a sample to mean 0 and variance 1, then scale and shift."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.dtypes import result_type
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.normalization.base_normalization import BaseNormalization, check_axes
from minikeras.ops.group_normalization import group_normalization


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
                "The argument `groups` of GroupNormalization must be a positive integer, or −1 for one per channel. "
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
            raise self._wrong_channels(channels, tuple(input_shape))
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})
        self._add_gamma_and_beta((channels,), self.scale, self.center, autocast=False)

    def _wrong_channels(self, channels, input_shape):
        if channels is None:
            wrong = "must have a defined dimension for the channels"
        elif self.groups > channels:
            wrong = "has too few channels: `groups` cannot be more than the number of channels"
        else:
            wrong = "has a number of channels that must be a multiple of the number of groups"
        return ValueError(
            f"The input of GroupNormalization layer '{self.name}' {wrong}. "
            f"Received: groups={self.groups}, axis={self.axis}, input_shape={input_shape}"
        )

    def call(self, inputs):
        x = Cast(result_type(inputs.dtype, "float32"))(inputs)
        y = group_normalization(x, self.groups, self.gamma, self.beta, self.axis, self.epsilon)
        return Cast(self.compute_dtype)(Cast(inputs.dtype)(y))

    def compute_output_shape(self, input_shape):
        check_axes(self, input_shape)
        return input_shape
