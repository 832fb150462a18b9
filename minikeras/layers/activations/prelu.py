"""`PReLU`: negative values are scaled by weights."""

import numpy as np

from minikeras import activations
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer


class PReLU(Layer):
    """y = x for x ≥ 0, else alpha · x, with alpha a weight for each element of a sample.

    Any shape (batch, …); the output has the input's. alpha has the shape of a sample, 1 along `shared_axes`.

    Args:
        alpha_initializer: the initializer of alpha.
        alpha_regularizer: a penalty added to the loss.
        alpha_constraint: applied to alpha after each update.
        shared_axes: an axis, or several, along which all elements share one alpha: [1, 2] for an image gives one per
            channel.

    Raises:
        ValueError: the length of an axis that is not shared is unknown, or an axis in `shared_axes` does not exist.

    Source: He et al., "Delving deep into rectifiers" (2015).
    """

    def __init__(
        self,
        alpha_initializer="Zeros",
        alpha_regularizer=None,
        alpha_constraint=None,
        shared_axes=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self._set_weight_arguments(alpha=(alpha_initializer, alpha_regularizer, alpha_constraint))
        self.shared_axes = shared_axes and [int(axis) for axis in np.atleast_1d(shared_axes)]

    def build(self, input_shape):
        ndim, shared = len(input_shape), self.shared_axes or []
        own = {axis: input_shape[axis] for axis in range(1, ndim) if axis not in shared}
        if any(not 0 < axis < ndim for axis in shared) or None in own.values():
            raise ValueError(
                f"PReLU layer '{self.name}' has an alpha for each index along the axes that are not in `shared_axes`, "
                f"so their lengths must be known; axis 0 is the batch. Received: input_shape={tuple(input_shape)}, "
                f"shared_axes={self.shared_axes}"
            )
        self.alpha = self._add_configured_weight("alpha", [own.get(axis, 1) for axis in range(1, ndim)])
        self.input_spec = InputSpec(ndim=ndim, axes=own if shared else {})

    def call(self, inputs):
        return activations.relu(inputs) - self.alpha * activations.relu(-inputs)

    def compute_output_shape(self, input_shape):
        return input_shape
