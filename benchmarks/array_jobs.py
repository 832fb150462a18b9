"""What `kernel_gains.py` measures of kernels on masks, views, axes, positions and images: see `kernel_jobs.py`."""

from functools import partial

import numpy as np

from benchmarks.inputs import normal
from minikeras.autodiff import Tensor
from minikeras.kernels import (
    along_axis_jobs,
    color,
    pooling,
    reduction_jobs,
    select_jobs,
    warping,
    warping_jobs,
)
from minikeras.kernels.batched_products import batched_product_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.ops.image_resizing import resize
from minikeras.utils.image_dataset import resize_bilinear

MATRIX = 1024, 256
WORDS = "1024×256"
IMAGES, OF_IMAGES = (16, 32, 32, 3), "16×32×32×3"


def of_masks():
    """Comparisons and logic."""
    x, y = (array.reshape(-1) for array in normal(MATRIX, MATRIX))
    a, b, mask = x > 0, y > 0, np.zeros(x.shape, np.uint8)
    numbers, found = np.arange(x.size, dtype=np.int32) % 7, mask.view(bool)
    return {
        "equality with an integer": (
            WORDS,
            select_jobs.equal_jobs(numbers, 3, mask, True),
            partial(np.equal, numbers, 3, out=found),
        ),
        "comparisons of arrays": (
            WORDS,
            select_jobs.compare_jobs(x, y, mask, select_jobs.LESS_EQUAL),
            partial(np.less_equal, x, y, out=found),
        ),
        "logic on masks": (
            WORDS,
            select_jobs.logic_jobs(a.view(np.uint8), b.view(np.uint8), mask, select_jobs.XOR),
            partial(np.logical_xor, a, b, out=found),
        ),
    }


def of_axes():
    """Views, stacks, and reductions along an axis."""
    x, stack, other = normal((16, 64, 256), (64, 32, 48), (64, 48, 32))
    y, positive, agreed = aligned((16, 256)), (x > 0).view(np.uint8), np.zeros((16, 256), np.uint8)
    copied, products = aligned((16, 256, 64)), aligned((64, 32, 32))
    words = "16×64×256"
    return {
        "copies of views": (
            f"{words}, two axes exchanged",
            copy_jobs(x.swapaxes(1, 2), copied),
            partial(np.copyto, copied, x.swapaxes(1, 2)),
        ),
        "stacks of matrix products": (
            "64 of 32×48×32",
            batched_product_jobs(stack, other, products),
            partial(np.einsum, "nik,nkj->nij", stack, other, out=products),
        ),
        "sums along an axis": (words, reduction_jobs.sum_jobs(x, y), partial(np.add.reduce, x, 1, out=y)),
        "extremes along an axis": (words, reduction_jobs.maximum_jobs(x, y), partial(np.maximum.reduce, x, 1, out=y)),
        "any and all along an axis": (
            words,
            reduction_jobs.all_jobs(positive, agreed),
            partial(np.all, positive.view(bool), 1, out=agreed.view(bool)),
        ),
    }


def of_places():
    """Elements at positions, and maxima of windows."""
    x, dy = normal((16, 64, 256), (16, 8, 256))
    y, positions = aligned(dy.shape), np.random.default_rng(0).integers(0, 64, dy.shape)
    bounds = np.stack([np.arange(8) * 8, np.arange(8) * 8 + 8], 1)
    image, dx = normal((4, 8, 8, 8, 16)), aligned((4, 8, 8, 8, 16))
    maxima = image.reshape(4, 4, 2, 4, 2, 4, 2, 16).max((2, 4, 6))
    halves = (2, 2, 2), (2, 2, 2), ((0, 0),) * 3
    return {
        "elements at positions along an axis, their gradient": (
            "16×8×256 of 64",
            along_axis_jobs.take_along_jobs(x, positions, y),
            partial(np.take_along_axis, x, positions, 1),
        ),
        "maxima of windows of several lengths": (
            "16×64×256, eight windows",
            along_axis_jobs.argmax_of_windows_jobs(x, bounds, positions.copy()),
            lambda: np.stack([first + x[:, first:last].argmax(1) for first, last in bounds], 1),
        ),
        "gradient to all maxima of boxes": (
            "4×8×8×8×16, 2×2×2",
            along_axis_jobs.put_at_all_maxima_jobs(maxima, image, maxima, np.array([[2] * 3, [2] * 3, [0] * 3]), dx),
            partial(pooling.max_pool_gradient_to_all, image, maxima, maxima, *halves),
        ),
    }


def of_images():
    """Colours and positions of pixels."""
    x = np.abs(normal(IMAGES)) % np.float32(1)
    y, transforms = aligned(IMAGES), np.tile(np.array([0.9, 0.1, 2, -0.1, 0.9, 1, 0, 0], "float32"), (16, 1))
    hsv, how = color.to_hsv_reference(x), ("bilinear", "reflect")
    photograph, resized = (x[0] * 255).astype(np.uint8).repeat(12, 0).repeat(12, 1), aligned((256, 256, 3))
    return {
        "images resized while they are read": (
            "384×384×3 to 256×256",
            partial(resize_bilinear, photograph, resized),
            partial(resize, Tensor(photograph), (256, 256)),
        ),
        "hue, saturation and value": (OF_IMAGES, color.to_hsv_jobs(x, y), partial(color.to_hsv_reference, x)),
        "hue, saturation and value, back to colours": (
            OF_IMAGES,
            color.from_hsv_jobs(hsv, y),
            partial(color.from_hsv_reference, hsv),
        ),
        "images warped by a map of positions": (
            OF_IMAGES,
            warping_jobs.warp_jobs(x, transforms, np.arange(len(x)), y, *how, 0.0),
            partial(warping.warp_reference, x, transforms, *how, 0.0),
        ),
        "images warped, gradient": (
            OF_IMAGES,
            warping_jobs.warp_gradient_jobs(x, transforms, np.arange(len(x)), y, *how),
            partial(warping.warp_gradient_reference, x, transforms, *how),
        ),
    }


def array_jobs():
    """All of these."""
    return {**of_masks(), **of_axes(), **of_places(), **of_images()}
