"""`RandomGaussianBlur`: blurs images."""

from minikeras import ops
from minikeras.layers.preprocessing.random_image_layer import RandomImageLayer, overlapping_range


class RandomGaussianBlur(RandomImageLayer):
    """In training images are convolved with a Gaussian of random width, each with a random probability.

    Args:
        factor: (lower, upper) of the probability, from 0 to 1. A single p means (0, p).
        kernel_size: of the convolution, odd: one number, or two for height and width.
        sigma: (lower, upper) of the Gaussian's widths along both axes, from 0 to 1, drawn once for a batch.
        value_range: the smallest and the largest value, to which results are clipped.
        data_format: "channels_last" or "channels_first".
        seed: integer for the same values in every run.

    Raises:
        ValueError: `factor` or `sigma` is not in [0, 1], or a size is not odd.
    """

    moves_pixels = False

    def __init__(
        self,
        factor=1.0,
        kernel_size=3,
        sigma=1.0,
        value_range=(0, 255),
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = overlapping_range(factor, 0, 1)
        self.kernel_size = _odd_sizes(kernel_size)
        self.sigma = overlapping_range(sigma, 0, 1, "sigma")
        self.value_range = value_range

    def get_random_transformation(self, data, training=True, seed=None):
        """ "should_apply_blur" for each image, "blur_factor": the two widths."""
        if not training:
            return None
        applies = self._chosen(data, self.factor, seed)
        width = self._uniform((2,), *self.sigma, seed, self.compute_dtype) + 1e-6
        return {"should_apply_blur": applies, "blur_factor": width}

    def transform_images(self, images, transformation=None, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training or transformation is None:
            return images
        sigma = transformation["blur_factor"]
        blurred = ops.image.gaussian_blur(images, self.kernel_size, (sigma[0], sigma[1]), self.data_format)
        applies = ops.reshape(transformation["should_apply_blur"], (-1, 1, 1, 1))
        images = ops.clip(ops.where(applies, blurred, images), *self.value_range)
        return ops.cast(images, self.compute_dtype)


def _odd_sizes(kernel_size):
    """(height, width) of the kernel."""
    sizes = tuple(kernel_size) if isinstance(kernel_size, (list, tuple)) else (kernel_size, kernel_size)
    if len(sizes) != 2 or not all(isinstance(size, (int, float)) and size % 2 for size in sizes):
        raise ValueError(
            f"`kernel_size` must be an odd number, or two for height and width. Received: kernel_size={kernel_size!r}"
        )
    return sizes
