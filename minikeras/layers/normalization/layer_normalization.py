"""`LayerNormalization`: normalize each sample to mean 0 and variance 1 over its features, then scale and shift."""

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.dtypes import is_float
from minikeras.base.messages import warn
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.normalization.base_normalization import BaseNormalization, check_axes
from minikeras.ops.normalization import layer_normalization


class LayerNormalization(BaseNormalization):
    """y = gamma · (x − mean) / √(variance + ε) + beta, with mean and variance over `axis` of each sample.

    Args:
        axis: the axis or axes to normalize over.
        epsilon: added to the variance.
        center, scale: whether beta and gamma exist.
        beta_initializer, gamma_initializer: initializers.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: applied after each update.
        rms_scaling: whether to divide without subtracting the mean; deprecated in Keras.

    Source: Ba, Kiros and Hinton, "Layer Normalization" (2016).
    """

    @inherits_arguments(BaseNormalization)
    def __init__(self, axis=-1, *args, **kwargs):
        rms_scaling = kwargs.pop("rms_scaling", False)
        if rms_scaling:
            warn(
                "`rms_scaling` of LayerNormalization is deprecated: it divides by the standard deviation. For the root "
                "mean square, use RMSNormalization."
            )
        super().__init__(*args, **kwargs)
        self.rms_scaling = rms_scaling
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(
                f"Expected an int or a list/tuple with ints for `axis` of {self.name}. Received: axis={axis!r}"
            )
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis

    def build(self, input_shape):
        check_axes(self, input_shape)
        self.axis = self.axis if isinstance(self.axis, list) else [self.axis]  # a list from now on, as in Keras's files
        shape = tuple(input_shape[axis] for axis in self.axis)
        has_gamma, has_beta = self.scale or self.rms_scaling, self.center and not self.rms_scaling
        self._add_gamma_and_beta(shape, has_gamma, has_beta, autocast=False)

    def call(self, inputs):
        options = {"rms_scaling": True} if self.rms_scaling else {}
        inputs = inputs if is_float(inputs.dtype) else Cast(self.compute_dtype)(inputs)
        return layer_normalization(inputs, self.gamma, self.beta, self.axis, self.epsilon, **options)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rms_scaling": self.rms_scaling}
