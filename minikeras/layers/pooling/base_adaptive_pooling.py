"""The base of the adaptive pooling layers of all ranks."""

from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.adaptive_pooling import adaptive_average_pool, adaptive_max_pool


class BaseAdaptivePooling(Layer):
    """The largest or mean value of each of `output_size` windows that cover the input evenly, channel by channel.

    Window i of m over a side of n goes from ⌊i · n / m⌋ to ⌈(i + 1) · n / m⌉ − 1: the windows differ in length by one
    at most, and may overlap.

    Args:
        output_size: number of windows, an integer or one per spatial axis.
        data_format: "channels_last" or "channels_first"; the configured one if None.

    Raises:
        TypeError: `output_size` is neither an integer nor a tuple.
        ValueError: it does not have one element per spatial axis, or is not positive.
    """

    rank = None  # number of spatial axes
    pool_mode = None  # "max" or "average"
    _accepted_kinds = "fiu"

    def __init__(self, output_size, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.output_size = self._checked(output_size)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _checked(self, output_size):
        sizes = (output_size,) * self.rank if isinstance(output_size, int) else output_size
        wrong_length = isinstance(sizes, (list, tuple)) and len(sizes) != self.rank
        if not isinstance(sizes, (list, tuple)) or (wrong_length and self.rank > 1):
            raise TypeError(
                f"`output_size` of {self.name} must be an integer or a tuple of {self.rank}. Received: {output_size!r}"
            )
        if wrong_length or any(not isinstance(n, int) or n <= 0 for n in sizes):
            raise ValueError(
                f"`output_size` of {self.name} must be a positive integer or {self.rank} of them. "
                f"Received: {output_size}"
            )
        return tuple(sizes)

    def call(self, inputs):
        pool = adaptive_max_pool if self.pool_mode == "max" else adaptive_average_pool
        return pool(inputs, self.output_size, self.data_format)

    def compute_output_shape(self, input_shape):
        if self.data_format == "channels_last":
            return (input_shape[0], *self.output_size, input_shape[-1])
        return (*input_shape[:2], *self.output_size)
