"""`BaseNormalization`: the base of layers that normalize, then scale by gamma and shift by beta."""

from minikeras.layers.layer import Layer


class BaseNormalization(Layer):
    """Base class: the arguments of gamma and beta, and their weights.

    Args:
        epsilon: added to the variance.
        center, scale: whether beta and gamma exist.
        beta_initializer, gamma_initializer: their initializers.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: applied after each update.
        **kwargs: as for `Layer`.
    """

    def __init__(
        self,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self._set_weight_arguments(
            beta=(beta_initializer, beta_regularizer, beta_constraint),
            gamma=(gamma_initializer, gamma_regularizer, gamma_constraint),
        )
        self.supports_masking = True

    def _add_gamma_and_beta(self, shape, has_gamma, has_beta, autocast=True):
        """Create the weights `gamma` and `beta` of this shape; an absent one is None."""
        self.gamma = self.beta = None
        if has_gamma:
            self.gamma = self._add_configured_weight("gamma", shape, autocast=autocast)
        if has_beta:
            self.beta = self._add_configured_weight("beta", shape, autocast=autocast)


def check_axes(layer, input_shape):
    """Raise unless the input has every axis of `layer.axis`, an integer or a list.

    Raises:
        ValueError: an axis does not exist.
    """
    ndim = len(input_shape)
    for axis in layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]:
        if not -ndim <= axis < ndim:
            raise ValueError(
                f"There is no axis {axis} in the input shape {tuple(input_shape)} of layer '{layer.name}' "
                f"({type(layer).__name__}). Received: axis={layer.axis}"
            )
