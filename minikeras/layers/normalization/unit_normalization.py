"""`UnitNormalization`: vectors of length 1."""

from minikeras.layers.layer import Layer
from minikeras.layers.normalization.base_normalization import check_axes
from minikeras.ops.normalization import normalize

EPSILON = 1e-12  # Keras's


class UnitNormalization(Layer):
    """y = x / max(‖x‖, 1e−12), with ‖x‖ = √Σx² over `axis`.  Any shape, which the output keeps.

    Args:
        axis: the axis or axes to normalize over.

    Raises:
        TypeError: `axis` is neither an integer nor a list.
        ValueError: an axis does not exist.
    """

    _accepted_kinds = "fiu"

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(
                f"Invalid value for `axis` argument of {self.name}: expected an int or a list/tuple with ints. "
                f"Received: axis={axis!r}"
            )
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        check_axes(self, inputs.shape)
        return normalize(inputs, axis=self.axis, order=2, epsilon=EPSILON)

    def compute_output_shape(self, input_shape):
        check_axes(self, input_shape)
        return input_shape
