"""`Flatten`: merges all axes but the batch's."""

import math

from minikeras.autodiff.shapes import Reshape as ReshapeOp
from minikeras.autodiff.shapes import Transpose
from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer


class Flatten(Layer):
    """(batch, …) → (batch, product of the rest). A (batch,) input gets an axis of 1.

    Args:
        data_format: with "channels_first" the channels are moved to the end before flattening, so that the weights
            that follow fit both formats.
    """

    _moves_elements = True

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs):
        if self.data_format == "channels_first" and len(inputs.shape) > 1:
            inputs = Transpose((0, *range(2, len(inputs.shape)), 1))(inputs)
        rest = self.compute_output_shape(inputs.shape)[1]
        batch = inputs.shape[0]
        return ReshapeOp((-1 if batch is None else batch, -1 if rest is None else rest))(inputs)

    def compute_output_shape(self, input_shape):
        rest = input_shape[1:]
        return (input_shape[0], None if None in rest else math.prod(rest))
