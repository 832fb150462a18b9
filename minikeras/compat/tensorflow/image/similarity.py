"""Measures of similarity of two images, and of noise, as TensorFlow computes them: for images of any dtype, as float32.

PSNR and SSIM of each image of a batch, SSIM over several scales, total variation, gradients. (Formulas and sources of
PSNR and SSIM, and Keras's functions of these names: `image_quality.py`.)
"""

__replay__ = "computes"

from minikeras.ops.activation import relu
from minikeras.ops.arithmetic import absolute
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.image_dtype import convert_image_dtype
from minikeras.ops.image_quality import decibels, similarities
from minikeras.ops.padding import pad
from minikeras.ops.pooling import average_pool
from minikeras.ops.powers import power, square
from minikeras.ops.reduction import mean
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import reshape

# The weight of each scale. (Wang, Simoncelli & Bovik, "Multiscale structural similarity", 2003)
MULTISCALE_POWERS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
SPATIAL = (-3, -2)


def psnr_of_images(a, b, max_val):
    """Peak signal-to-noise ratio of each image in decibels: 20 log₁₀(max_val) − 10 log₁₀(mean of (a − b)²)."""
    a, b, max_val = _floats(a, b, max_val)
    error = mean(square(a - b), axis=(-3, -2, -1))
    return decibels(max_val, error)


def ssim_of_images(img1, img2, max_val, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, return_index_map=False):
    """Structural similarity of each pair of images, 1 for equal ones (formula and source: `image_quality.py`).

    Args:
        img1, img2: (…, height, width, channels).
        max_val: the largest value that a pixel can have, 1 or 255.
        filter_size, filter_sigma: length of a window's side, and width of the bell by which it is weighted.
        k1, k2: constants against small denominators.
        return_index_map: return the similarity of every window (the channels' mean), not only the mean of all.

    Raises:
        ValueError: the images are smaller than the window, or of different shapes.
    """
    img1, img2, max_val = _floats(img1, img2, max_val)
    luminance, structure = _similarities(img1, img2, max_val, filter_size, filter_sigma, k1, k2)
    similarity = mean(luminance * structure, axis=-1)
    return similarity if return_index_map else mean(similarity, axis=(-2, -1))


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
        img1, img2, max_val, filter_size, filter_sigma, k1, k2: as in `ssim_of_images`.
    """
    img1, img2, max_val = _floats(img1, img2, max_val)
    product = 1.0
    for scale, exponent in enumerate(power_factors):
        if scale:
            img1, img2 = _halved(img1), _halved(img2)
        luminance, structure = _similarities(img1, img2, max_val, filter_size, filter_sigma, k1, k2)
        last = scale == len(power_factors) - 1
        similarity = mean(luminance * structure if last else structure, axis=SPATIAL)
        product = product * power(relu(similarity), exponent)
    return mean(product, axis=-1)


def total_variation(images):
    """Σ |differences of neighbours| of each image, a measure of noise."""
    images = convert_to_tensor(images)
    down = absolute(images[..., 1:, :, :] - images[..., :-1, :, :])
    right = absolute(images[..., 1:, :] - images[..., :-1, :])
    return sum_over(down, axis=(-3, -2, -1)) + sum_over(right, axis=(-3, -2, -1))


def image_gradients(image):
    """(downwards, to the right): by how much the next pixel is larger; 0 in the last row or column.

    Raises:
        ValueError: not a batch of images, with four axes.
    """
    image = convert_to_tensor(image)
    if len(image.shape) != 4:
        raise ValueError(
            f"`image` must be a batch (samples, height, width, channels). Received: image.shape={tuple(image.shape)}"
        )
    down = pad(image[:, 1:] - image[:, :-1], [(0, 0), (0, 1), (0, 0), (0, 0)])
    right = pad(image[:, :, 1:] - image[:, :, :-1], [(0, 0), (0, 0), (0, 1), (0, 0)])
    return down, right


def _floats(img1, img2, max_val):
    """Both images as floats, and the corresponding largest value."""
    img1, img2 = convert_to_tensor(img1), convert_to_tensor(img2)
    largest = convert_image_dtype(convert_to_tensor(max_val, dtype=img1.dtype), "float32")
    return convert_image_dtype(img1, "float32"), convert_image_dtype(img2, "float32"), float(largest)


def _similarities(img1, img2, max_val, size, sigma, k1, k2):
    """Luminance and structure of every window: (…, rows, columns, channels) each."""
    if img1.shape[-3:] != img2.shape[-3:]:
        raise ValueError(f"Two images are compared that have different shapes: {img1.shape} and {img2.shape}")
    if min(img1.shape[-3:-1]) < size:
        raise ValueError(
            f"The images must be at least as large as the filter. Received: filter_size={size}, shape {img1.shape}"
        )
    return similarities(img1, img2, max_val, size, sigma, k1, k2)


def _halved(images):
    """Means of 2 × 2 pixels; an odd row or column is doubled first."""
    height, width = images.shape[-3:-1]
    borders = [(0, 0)] * (len(images.shape) - 3) + [(0, height % 2), (0, width % 2), (0, 0)]
    padded = pad(images, borders, mode="symmetric")
    batch = reshape(padded, (-1, *padded.shape[-3:]))
    means = average_pool(batch, 2, 2, padding="valid", data_format="channels_last")
    return reshape(means, (*images.shape[:-3], *means.shape[1:]))
