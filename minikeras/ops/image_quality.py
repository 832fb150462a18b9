"""How alike two images are: PSNR and SSIM."""

import math

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.shapes import Squeeze
from minikeras.base.limits import use_elements
from minikeras.config import floatx, standardize_data_format
from minikeras.ops.convolution import depthwise_conv
from minikeras.ops.core import as_float_tensor, cast, convert_to_tensor
from minikeras.ops.exponential import log10
from minikeras.ops.image_filters import gaussian_weights
from minikeras.ops.powers import square
from minikeras.ops.reduction import mean
from minikeras.ops.shaping import expand_dims, reshape
from minikeras.ops.spatial import check_images, to_channels_last


@composed(inputs=2, name="PSNR")
def psnr(x1, x2, max_val):
    """Peak signal-to-noise ratio in decibels: 20 · log₁₀(max_val) − 10 · log₁₀(mean of (x1 − x2)²), over all elements.

    Raises:
        ValueError: the shapes differ.
    """
    x1, x2 = as_float_tensor(x1), as_float_tensor(x2)
    if isinstance(x1, KerasTensor) or isinstance(x2, KerasTensor):  # Keras compares the shapes of values only
        return KerasTensor(())
    if len(x1.shape) != len(x2.shape) or any(n != m for n, m in zip(x1.shape, x2.shape, strict=True)):
        raise ValueError(f"Input shapes {tuple(x1.shape)} and {tuple(x2.shape)} must match for PSNR.")
    return decibels(max_val, mean(square(x1 - x2)))


def decibels(max_val, error):
    """20 · log₁₀(max_val) − 10 · log₁₀(error)."""
    return 20 * math.log10(max_val) - 10 * log10(error)


@composed(inputs=2, name="SSIM")
def ssim(image1, image2, max_val=1.0, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, data_format=None):
    """Structural similarity: 1 for equal images, less the more they differ in brightness, contrast and structure.

    In each window, weighted by a Gaussian bell, with means μ, variances σ², covariance σ₁₂, and c = (k · max_val)²:

        (2 μ₁ μ₂ + c₁) (2 σ₁₂ + c₂) / ((μ₁² + μ₂² + c₁) (σ₁² + σ₂² + c₂))

    and then the mean over all windows that fit into the image, and over the channels.
    (Wang, Bovik, Sheikh & Simoncelli, "Image Quality Assessment", IEEE Transactions on Image Processing, 2004)

    Args:
        image1, image2: (height, width, channels), or with a batch axis; channels first per `data_format`.
        max_val: the largest value that a pixel can have, 1 or 255.
        filter_size, filter_sigma: length of a window's side, and width of the bell.

    Returns:
        One number for each pair of images.
    """
    image1, image2 = convert_to_tensor(image1), convert_to_tensor(image2)
    dtype = image1.dtype
    compute_dtype = result_type(dtype, floatx())
    x1, x2 = (_as_batch(cast(x, compute_dtype), data_format) for x in (image1, image2))
    luminance, structure = similarities(x1, x2, max_val, filter_size, filter_sigma, k1, k2)
    result = mean(luminance * structure, axis=(1, 2, 3))
    return cast(result if len(image1.shape) == 4 else Squeeze(0)(result), dtype)


def similarities(x1, x2, max_val, filter_size, filter_sigma, k1, k2):
    """The two fractions whose product is the similarity: luminance (of μ) and structure (of σ), for each window.

    Images and results are (…, rows, columns, channels).
    """
    bell = gaussian_weights(filter_size, filter_sigma)
    use_elements((filter_size, filter_size, x1.shape[-1]))
    kernel = np.outer(bell, bell)[:, :, None, None].repeat(x1.shape[-1], axis=2).astype(x1.dtype)

    def windows(x):
        if len(x.shape) == 4:
            return depthwise_conv(x, kernel, data_format="channels_last")
        means = depthwise_conv(reshape(x, (-1, *x.shape[-3:])), kernel, data_format="channels_last")
        return reshape(means, (*x.shape[:-3], *means.shape[1:]))

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean1, mean2 = windows(x1), windows(x2)
    product, squares = 2.0 * mean1 * mean2, mean1 * mean1 + mean2 * mean2
    covariance, variances = 2.0 * windows(x1 * x2) - product, windows(x1 * x1 + x2 * x2) - squares
    return (product + c1) / (squares + c1), (covariance + c2) / (variances + c2)


def _as_batch(x, data_format):
    """One image or a batch of them as (batch, height, width, channels)."""
    check_images(x.shape)
    x = x if len(x.shape) == 4 else expand_dims(x, 0)
    return to_channels_last(x) if standardize_data_format(data_format) == "channels_first" else x
