"""The base of UpSampling1D, 2D and 3D."""

from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.shaping import Repeat
from minikeras.ops.spatial import per_axis


class BaseUpSampling(Layer):
    """Repeats every element `size` times along each spatial axis: a side of n gives n · size.

    Args:
        size: an integer, or one per spatial axis.
        data_format: "channels_last" or "channels_first"; the configured one if None.

    Raises:
        ValueError: a size is not a positive integer.
    """

    rank = None  # number of spatial axes

    def __init__(self, size, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _factors(self):
        """{axis: how many times}"""
        first = 1 if self.data_format == "channels_last" else 2
        return dict(enumerate(per_axis(self.size, self.rank, "size"), start=first))

    def call(self, inputs):
        for axis, factor in self._factors.items():
            inputs = Repeat(factor, axis)(inputs)
        return inputs

    def compute_output_shape(self, input_shape):
        factors = self._factors
        return tuple(None if n is None else n * factors.get(axis, 1) for axis, n in enumerate(input_shape))
