"""How alike two images are, and how rough one is. (Implementation: `similarity.py`.)"""

from minikeras import ops
from minikeras.compat.tensorflow.image import similarity as image_similarity
from minikeras.compat.tensorflow.named import named, placed

__all__ = ["image_gradients", "psnr", "sobel_edges", "ssim", "ssim_multiscale", "total_variation"]


psnr = named(image_similarity.psnr_of_images, "psnr")
ssim = placed(image_similarity.ssim_of_images, "ssim")
ssim_multiscale = placed(image_similarity.ssim_multiscale)
total_variation = named(image_similarity.total_variation)
image_gradients = placed(image_similarity.image_gradients)


def sobel_edges(image):
    """Vertical and horizontal derivatives of each channel, by Sobel's kernels, along a new last axis."""
    return ops.image.sobel_edges(image, data_format="channels_last")
