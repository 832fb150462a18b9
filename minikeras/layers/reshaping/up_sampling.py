"""`UpSampling1D`, `UpSampling2D` and `UpSampling3D`: every element repeated along the spatial axes."""

from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec, check_kinds
from minikeras.layers.layer import Layer
from minikeras.ops.resampling import INTERPOLATIONS
from minikeras.ops.resizing import resize
from minikeras.ops.shaping import Repeat
from minikeras.ops.spatial import in_channels_last, per_axis


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


class UpSampling1D(BaseUpSampling):
    """y[n, i, c] = x[n, ⌊i / size⌋, c].  (batch, steps, channels) → (batch, steps · size, channels).

    Args:
        size: how many times, a positive integer.

    Raises:
        TypeError: `size` is not an integer.
        ValueError: it is not positive.
    """

    rank = 1

    def __init__(self, size=2, **kwargs):
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"Expected an integer value for `size` of UpSampling1D. Received: size={size!r}")
        if size <= 0:
            raise ValueError(f"`size` of UpSampling1D should be a positive integer. Received: size={size}")
        super().__init__(size, "channels_last", **kwargs)

    def compute_output_shape(self, input_shape):
        return list(super().compute_output_shape(input_shape))  # as in Keras


class UpSampling2D(BaseUpSampling):
    """y[n, i, j, c] = x[n, ⌊i / size₁⌋, ⌊j / size₂⌋, c], or values between the pixels.

    Input: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first". Output: the same
    with height · size₁ and width · size₂.

    Args:
        size: the factor, an integer or one for each side.
        data_format: "channels_last" or "channels_first"; the configured one if None.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5" or "area", as `keras.ops.image.resize`.

    Raises:
        ValueError: a size is not a positive integer, or there is no such interpolation.
    """

    rank = 2

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(per_axis(size, self.rank, "size"), data_format, **kwargs)
        self.interpolation = interpolation.lower()
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"`interpolation` of layer '{self.name}' must be one of {INTERPOLATIONS}. Received: {interpolation!r}"
            )

    def call(self, inputs):
        if self.interpolation == "nearest":
            return super().call(inputs)
        check_kinds(self, inputs, "inputs", "fiu")
        return in_channels_last(self._resized, inputs, self.data_format)

    def _resized(self, x):
        sides = [n * factor for n, factor in zip(x.shape[1:3], self.size, strict=True)]
        return resize(x, sides, self.interpolation, data_format="channels_last")


class UpSampling3D(BaseUpSampling):
    """y[n, i, j, k, c] = x[n, ⌊i / size₁⌋, ⌊j / size₂⌋, ⌊k / size₃⌋, c].

    Input: (batch, depth, height, width, channels), or (batch, channels, depth, height, width) for "channels_first".
    Output: the same with each side times its factor.

    Args: see `BaseUpSampling`.
    """

    rank = 3

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(per_axis(size, self.rank, "size"), data_format, **kwargs)
