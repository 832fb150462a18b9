"""How alike two images are, and how rough one is. (Implementation: `minikeras/ops/image_similarity.py`.)"""

from minikeras import ops
from minikeras.compat.tensorflow.named import named
from minikeras.ops import image_similarity
from minikeras.ops.image_similarity import MULTISCALE_POWERS

__all__ = ["image_gradients", "psnr", "sobel_edges", "ssim", "ssim_multiscale", "total_variation"]


def psnr(a, b, max_val, name=None):
    """Peak signal-to-noise ratio of each image in decibels: 20 log₁₀(max_val) − 10 log₁₀(mean of (a − b)²)."""
    return image_similarity.psnr_of_images(a, b, max_val)


def ssim(img1, img2, max_val, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, return_index_map=False):
    """Structural similarity of each pair of images, 1 for equal ones (formula and source: `minikeras.ops.image.ssim`).

    Args:
        img1, img2: (…, height, width, channels).
        max_val: the greatest value that a pixel can have, 1 or 255.
        filter_size, filter_sigma: length of a window's side, and width of its Gaussian weights.
        k1, k2: constants against small denominators.
        return_index_map: return the similarity of every window (the channels' mean), not only the mean of all.

    Raises:
        ValueError: the images are smaller than the window, or of different shapes.
    """
    return image_similarity.ssim_of_images(img1, img2, max_val, filter_size, filter_sigma, k1, k2, return_index_map)


def ssim_multiscale(
    img1,
    img2,
    max_val,
    power_factors=MULTISCALE_POWERS,
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
):
    """Π structureₛ^pₛ · ssim^p over images halved again and again, the last scale with the full SSIM.

    Args:
        power_factors: the exponents p; their number is that of the scales.
        img1, img2, max_val, filter_size, filter_sigma, k1, k2: as in `ssim`.
    """
    return image_similarity.ssim_multiscale(img1, img2, max_val, power_factors, filter_size, filter_sigma, k1, k2)


total_variation = named(image_similarity.total_variation)


def image_gradients(image):
    """(downwards, to the right): by how much the next pixel is larger; 0 in the last row or column.

    Raises:
        ValueError: not a batch of images, with four axes.
    """
    return image_similarity.image_gradients(image)


def sobel_edges(image):
    """How fast each channel grows downwards and to the right, by Sobel's kernels, on a new last axis."""
    return ops.image.sobel_edges(image, data_format="channels_last")
