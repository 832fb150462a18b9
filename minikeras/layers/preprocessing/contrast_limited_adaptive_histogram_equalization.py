"""`ContrastLimitedAdaptiveHistogramEqualization` (CLAHE): values spread evenly in each part of an image."""

from minikeras import ops
from minikeras.layers.preprocessing.image_layer import ImageLayer
from minikeras.layers.preprocessing.value_ranges import rescaled
from minikeras.ops.histograms import tile_equalized


class ContrastLimitedAdaptiveHistogramEqualization(ImageLayer):
    """Equalizes each tile of a grid, with limited contrast, and blends between tiles; in training and inference alike.

    Histogram counts above `clip_limit` times the mean count are first spread over all bins. (Zuiderveld, "Contrast
    limited adaptive histogram equalization", Graphics Gems IV, 1994.)

    Args:
        value_range: the smallest and the largest value of pixels.
        clip_limit: the larger, the more contrast; 0 or less for no limit.
        tile_grid_size: rows and columns of the grid.
        data_format: "channels_last" or "channels_first".
    """

    moves_pixels = False

    def __init__(self, value_range=(0, 255), clip_limit=4.0, tile_grid_size=(8, 8), data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range
        self.clip_limit = clip_limit
        self.tile_grid_size = tile_grid_size

    def transform_images(self, images, transformation=None, training=True):
        x = rescaled(ops.cast(images, "float32"), self.value_range, (0, 255))
        x = tile_equalized(x, self.tile_grid_size, self.clip_limit, self.data_format)
        return ops.cast(rescaled(x, (0, 255), self.value_range), images.dtype)
