"""`QuantizedWeight`: the base class of the quantized weights of all modes."""

import numpy as np

from minikeras.quantizers import QuantizationConfig


class QuantizedWeight:
    """The large weight of a layer, quantized: creates its Variables as attributes of the layer, and computes with them.

    Args:
        layer: the layer.
        config: the `QuantizationConfig`, or None.
        policy: the layer's quantized dtype policy, which has settings such as the group size.
        shape: of the weight before it is quantized.

    Class attributes:
        mode: the quantization mode.
        names: of the layer's Variables in files, in order.
        keeps_weight: whether the layer keeps its float weight beside the quantized one.
    """

    mode = None
    names = ()
    keeps_weight = False
    weight_quantizer = default_quantizer = activation_quantizer = None

    def __init__(self, layer, config, policy, shape):
        self.layer, self.config, self.policy, self.shape = layer, config, policy, shape

    def use_quantizers(self, weights, activations):
        """Use the config's quantizers, or these defaults where it has none."""
        self.default_quantizer = weights
        self.weight_quantizer = QuantizationConfig.weight_quantizer_or_default(self.config, weights)
        self.activation_quantizer = QuantizationConfig.activation_quantizer_or_default(self.config, activations)

    def build(self):
        """Create the Variables."""
        raise NotImplementedError

    def quantized(self, weight, quantizer):
        """{name: value} to store for a float weight."""
        raise NotImplementedError

    def integers(self):
        """The stored integers, with the axes of the weight."""
        raise NotImplementedError

    def floats(self):
        """The dequantized weight, a Tensor."""
        raise NotImplementedError

    def product(self, x, training=False):
        """The layer's output for inputs x, without bias and activation."""
        raise NotImplementedError

    def bias(self, bias):
        """The bias in the form in which it is added."""
        return bias

    def stored_for(self, weights):
        """{name: value} to store for the float weights {name: array}."""
        return self.quantized(weights[self.layer.adapted], self.weight_quantizer)

    def assign(self, stored):
        """Set the Variables to the result of `stored_for`."""
        for name, value in stored.items():
            self.variable(name).assign(value)

    def values_with(self, added):
        """{name: array} to store for the sum of the weight and `added`, by the mode's default quantizer."""
        weight = np.asarray(self.floats(), "float32") + np.asarray(added, "float32")
        return {name: np.asarray(value) for name, value in self.quantized(weight, self.default_quantizer).items()}

    def variable(self, name):
        """The Variable of this name in files; None if the layer has none."""
        return getattr(self.layer, f"_{name}" if name == self.layer.adapted else name, None)

    def add(self, name, shape, dtype=None, initializer="zeros", attribute=None):
        """Create a non-trainable Variable and set it on the layer, under its own name if `attribute` is None."""
        variable = self.layer.add_weight(name=name, shape=shape, dtype=dtype, initializer=initializer, trainable=False)
        setattr(self.layer, attribute or (f"_{name}" if name == self.layer.adapted else name), variable)
