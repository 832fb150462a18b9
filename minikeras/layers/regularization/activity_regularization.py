"""`ActivityRegularization`: a penalty on its inputs."""

from minikeras.layers.layer import Layer
from minikeras.regularizers import L1L2


class ActivityRegularization(Layer):
    """y = x; adds Σ(l1 · |x| + l2 · x²) / batch to the loss.  Any shape (batch, …).

    Args:
        l1: factor of the absolute values, at least 0.
        l2: factor of the squares, at least 0.
    """

    _accepted_kinds = "fiuc"

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer=L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return inputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.pop("activity_regularizer")
        return config
