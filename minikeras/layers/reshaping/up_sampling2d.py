"""`UpSampling2D`: enlarges images by integer factors."""

from minikeras.layers.input_spec import check_kinds
from minikeras.layers.reshaping.base_up_sampling import BaseUpSampling
from minikeras.ops.resampling import INTERPOLATIONS
from minikeras.ops.resizing import resize
from minikeras.ops.spatial import in_channels_last, per_axis


class UpSampling2D(BaseUpSampling):
    """y[n, i, j, c] = x[n, ⌊i / size₁⌋, ⌊j / size₂⌋, c], or values between the pixels.

    Input: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first". Output: the same
    with height · size₁ and width · size₂.

    Args:
        size: the factor, an integer, or one per side.
        data_format: "channels_last" or "channels_first"; the configured one if None.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5" or "area"; see `keras.ops.image.resize`.

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
