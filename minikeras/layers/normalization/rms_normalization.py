"""`RMSNormalization`: normalize each sample to root mean square 1, then scale."""

from minikeras.layers.layer import Layer
from minikeras.layers.normalization.base_normalization import check_axes
from minikeras.ops.normalization import rms_normalization


class RMSNormalization(Layer):
    """y = scale · x / √(mean(x²) + ε), with the mean over `axis` of each sample.  Any shape, which the output keeps.

    `scale` is a weight of these axes' shape; it is broadcast along the last axes of x, as in Keras.

    Args:
        axis: the axis or axes to normalize over.
        epsilon: added to the mean of the squares.

    Raises:
        ValueError: an axis does not exist, or its length is unknown.

    Source: Zhang and Sennrich, "Root mean square layer normalization" (2019).
    """

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.epsilon = epsilon

    def build(self, input_shape):
        self.axis = sorted(self.axis) if isinstance(self.axis, (list, tuple)) else [self.axis]
        check_axes(self, input_shape)
        shape = tuple(input_shape[axis] for axis in self.axis)
        if None in shape:
            raise ValueError(
                f"RMSNormalization layer '{self.name}' has a scale for each index along axis={self.axis}, whose length "
                f"must be known. Received: input_shape={tuple(input_shape)}"
            )
        self.scale = self.add_weight(name="scale", shape=shape, initializer="ones")

    def call(self, inputs):
        return rms_normalization(inputs, scale=self.scale, axis=self.axis, epsilon=self.epsilon)

    def compute_output_shape(self, input_shape):
        check_axes(self, input_shape)
        return input_shape
