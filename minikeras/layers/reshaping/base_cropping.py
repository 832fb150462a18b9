"""The base of Cropping1D, 2D and 3D."""

from minikeras.autodiff.indexing import GetItem
from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer


class BaseCropping(Layer):
    """Removes elements at the ends of the spatial axes: a side of n gives n − before − after.

    Args:
        cropping: an integer for all ends, one per axis, or a pair (before, after) per axis.
        data_format: "channels_last" or "channels_first"; the configured one if None.

    Raises:
        ValueError: `cropping` is none of these, is negative, or leaves nothing of the input.
    """

    rank = None  # number of spatial axes

    def __init__(self, cropping, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.cropping = cropping
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _pairs(self):
        return self.cropping

    @property
    def _first_axis(self):
        return 1 if self.data_format == "channels_last" else 2

    def call(self, inputs):
        first, shape = self._first_axis, self.compute_output_shape(inputs.shape)
        kept = [
            slice(before, None if shape[axis] is None else before + shape[axis])
            for axis, (before, _) in enumerate(self._pairs, start=first)
        ]
        return GetItem((*[slice(None)] * first, *kept, *[slice(None)] * (len(shape) - first - self.rank)))(inputs)

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        for axis, (before, after) in enumerate(self._pairs, start=self._first_axis):
            shape[axis] = None if shape[axis] is None else shape[axis] - before - after
            if shape[axis] is not None and shape[axis] <= 0:
                raise ValueError(
                    f"Values in `cropping` of layer '{self.name}' ({type(self).__name__}) should be smaller than the "
                    f"corresponding axes of the input, so that something is left. "
                    f"Received: input_shape={tuple(input_shape)}, cropping={self.cropping}"
                )
        return tuple(shape)
