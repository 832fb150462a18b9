"""`RandomZoom`: zooms images in or out."""

from minikeras import ops
from minikeras.layers.preprocessing.random_affine import RandomAffine, rows_of
from minikeras.layers.preprocessing.random_image_layer import factor_range
from minikeras.signatures import inherits_arguments


class RandomZoom(RandomAffine):
    """In training each image shows 1 + z times its height and width around the centre, with uniform z: z > 0 zooms out.

    Args:
        height_factor: (lower, upper) of z along the height. One number f means (−f, f).
        width_factor: the same along the width; None for the same z as along the height, which keeps the proportions.
        fill_mode: values outside the image: "reflect", "wrap", "constant" or "nearest".
        interpolation: "nearest" or "bilinear".
        seed: integer for the same zooms in every run.
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: a factor is not in (−1, 1].
        NotImplementedError: an unknown mode, as in Keras.
    """

    @inherits_arguments(RandomAffine)
    def __init__(self, height_factor, width_factor=None, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.height_factor = height_factor
        self.height_lower, self.height_upper = _range(height_factor, "height_factor")
        self.width_factor = width_factor
        if width_factor is not None:
            self.width_lower, self.width_upper = _range(width_factor, "width_factor")

    def get_random_transformation(self, data, training=True, seed=None):
        """ "height_zoom" and "width_zoom": 1 + z for each image, (batch, 1)."""
        if not training:
            return None
        column = (self._batch_size(data), 1)
        height_zoom = width_zoom = self._uniform(column, 1.0 + self.height_lower, 1.0 + self.height_upper, seed)
        if self.width_factor is not None:
            width_zoom = self._uniform(column, 1.0 + self.width_lower, 1.0 + self.width_upper, seed)
        return {"height_zoom": height_zoom, "width_zoom": width_zoom, "input_shape": self._images_shape(data)}

    def _matrices(self, transformation, images_shape):
        height, width = images_shape[self.height_axis], images_shape[self.width_axis]
        across, down = (ops.cast(transformation[name], "float32") for name in ("width_zoom", "height_zoom"))
        zeros = ops.zeros_like(across)
        left, top = (width - 1) / 2 * (1.0 - across), (height - 1) / 2 * (1.0 - down)
        return rows_of(across, zeros, left, zeros, down, top)


def _range(factor, name):
    return factor_range(factor, name, -1.0, 1.0, open_below=True)
