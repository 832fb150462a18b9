"""Parts of images, glimpses at positions of their own, and images with a border. (By numbers of pixels:
`cropping.py`.)
"""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.padding import pad
from minikeras.ops.spatial import check_images
from minikeras.ops.warping import WarpParts


def crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """The rectangle of this size whose upper left corner is at the offset.

    Raises:
        ValueError: it is not inside the image.
    """
    image = convert_to_tensor(image)
    check_images(image.shape)
    numbers = [int(n) for n in (offset_height, offset_width, target_height, target_width)]
    top, left, rows, columns = numbers
    height, width = image.shape[-3:-1]
    if min(top, left) < 0 or min(rows, columns) < 1:
        raise ValueError(
            f"Offsets must not be negative, and the target not empty. Received (top, left, height, width): {numbers}"
        )
    for what, end, length in (("height", top + rows, height), ("width", left + columns, width)):
        if length is not None and end > length:
            raise ValueError(f"The {what} of the image must be at least offset + target = {end}. Received: {length}")
    return image[..., top : top + rows, left : left + columns, :]


def pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """The image at the offset in a larger one of zeros.

    Raises:
        ValueError: it does not fit in.
    """
    image = convert_to_tensor(image)
    check_images(image.shape)
    top, left, rows, columns = (int(n) for n in (offset_height, offset_width, target_height, target_width))
    height, width = image.shape[-3:-1]
    below, right = rows - top - height, columns - left - width
    if min(top, left) < 0:
        raise ValueError(f"The offsets must be >= 0. Received: offset_height={top}, offset_width={left}")
    for what, margin in (("height", below), ("width", right)):
        if margin < 0:
            raise ValueError(
                f"The target {what} must be at least offset + image {what}; it is too small by {-margin}. Received: "
                f"image.shape={tuple(image.shape)}, offset=({top}, {left}), target=({rows}, {columns})"
            )
    return pad(image, [(0, 0)] * (len(image.shape) - 3) + [(top, below), (left, right), (0, 0)])


def resize_with_crop_or_pad(image, target_height, target_width):
    """Cropped or zero-padded evenly on both sides to this size; the odd row is the last.

    Raises:
        ValueError: the target is not positive.
    """
    image = convert_to_tensor(image)
    check_images(image.shape)
    targets = int(target_height), int(target_width)
    if min(targets) < 1:
        raise ValueError(f"The target size must be > 0. Received: (height, width) = {targets}")
    sizes = image.shape[-3:-1]
    cuts = [max((n - target) // 2, 0) for n, target in zip(sizes, targets, strict=True)]
    kept = [min(n, target) for n, target in zip(sizes, targets, strict=True)]
    borders = [max((target - n) // 2, 0) for n, target in zip(sizes, targets, strict=True)]
    return pad_to_bounding_box(crop_to_bounding_box(image, *cuts, *kept), *borders, *targets)


def central_crop(image, central_fraction):
    """The middle part that has this fraction of the height and of the width.

    Raises:
        ValueError: the fraction is not in (0, 1].
    """
    fraction = float(central_fraction)
    if not 0.0 < fraction <= 1.0:
        raise ValueError(f"`central_fraction` must be within (0, 1]. Received: {central_fraction}")
    image = convert_to_tensor(image)
    check_images(image.shape)
    if fraction == 1.0:
        return image
    sizes = image.shape[-3:-1]
    starts = [central_start(n, fraction) for n in sizes]
    return crop_to_bounding_box(image, *starts, *[n - 2 * start for n, start in zip(sizes, starts, strict=True)])


def central_start(length, fraction):
    """The offset of the middle part with this fraction of a length."""
    return int((length - length * fraction) / 2)


def central_size(lengths, fraction):
    """The lengths of the middle part; None where a length is unknown."""
    return tuple(None if n is None else n - 2 * central_start(n, fraction) for n in lengths)


@composed(name="TFCropAndResize", inputs=3)
def crop_and_resize(image, boxes, box_indices, crop_size, method="bilinear", extrapolation_value=0.0):
    """Rectangles cut from a batch of images, each resized to one size.

    Corners are aligned: the first and last pixel of a crop are on the edges of its box. Gradients flow to the images.

    Args:
        image: (batch, height, width, channels).
        boxes: (boxes, 4): y1, x1, y2, x2, where 0 is the first row or column and 1 the last. y1 > y2 flips vertically.
        box_indices: for each box, the index of its image.
        crop_size: (height, width).
        method: "bilinear" or "nearest".
        extrapolation_value: the value outside the image.

    Returns:
        float32 (boxes, *crop_size, channels).

    Raises:
        ValueError: `image` has not four axes, an unknown method, or an image index out of range.
    """
    image = cast(convert_to_tensor(image), "float32")
    if len(image.shape) != 4:
        raise ValueError(f"`image` must have 4 axes, (batch, height, width, channels). Received: {tuple(image.shape)}")
    if method not in ("bilinear", "nearest"):
        raise ValueError(f"`method` must be 'bilinear' or 'nearest'. Received: {method!r}")
    rows, columns = (int(n) for n in crop_size)
    if any(isinstance(x, KerasTensor) for x in (image, boxes, box_indices)):
        return KerasTensor((boxes.shape[0], rows, columns, image.shape[-1]), "float32")
    boxes, box_indices = (np.asarray(convert_to_tensor(x)) for x in (boxes, box_indices))
    if len(box_indices) and not 0 <= box_indices.min() <= box_indices.max() < image.shape[0]:
        raise ValueError(f"`box_indices` must lie in 0 … {image.shape[0] - 1}. Received: {box_indices}")
    transforms = np.zeros((len(boxes), 8), np.float32)
    for axis, outputs, numbers in ((1, columns, (2, 0)), (0, rows, (5, 4))):
        ends = boxes[:, [axis, axis + 2]].T.astype(np.float32)
        transforms[:, numbers] = _aligned(*ends, image.shape[1 + axis], outputs)
    warp = WarpParts(transforms, box_indices.astype(np.int64), (rows, columns), method, float(extrapolation_value))
    return warp(image)


def _aligned(start, end, length, outputs):
    """Of `outputs` positions along an axis: the first and the step, (n, 2), in pixels.

    The first and last one are at `start` and `end` (n,), where 0 is the first pixel and 1 the last; a single one
    is in the middle.
    """
    last = np.float32(length - 1)
    step = (end - start) * last / np.float32(max(outputs - 1, 1))
    first = start * last if outputs > 1 else np.float32(0.5) * (start + end) * last
    return np.stack([first, step], axis=1)


def windows_at(images, size, positions, centered, normalized, noise, seed):
    """Windows (batch, *size, channels) of images (batch, height, width, channels) at `positions` (batch, 2).

    Args:
        centered, normalized: how positions are given, see `tf.image.extract_glimpse`.
        noise: "uniform", "gaussian" or "zero".
        seed: of the noise, or None.
    """
    positions = positions.astype(np.float64)
    lengths = np.array(images.shape[1:3])
    if centered and normalized:
        positions = (positions + 1) * lengths / 2 - np.array(size) / 2
    else:
        positions = positions * lengths if normalized else positions + (lengths / 2 if centered else 0)
    glimpses = _noise(noise, images, size, seed)
    for image, glimpse, (row, column) in zip(images, glimpses, positions.astype(int).tolist(), strict=True):
        rows, columns = _common(row, size[0], lengths[0]), _common(column, size[1], lengths[1])
        glimpse[rows[0], columns[0]] = image[rows[1], columns[1]]
    return glimpses


def _common(start, length, whole):
    """Where window and image meet along an axis: as slices of the window and of the image."""
    first, last = max(start, 0), min(start + length, int(whole))
    last = max(first, last)
    return slice(first - start, last - start), slice(first, last)


def _noise(kind, images, size, seed):
    """Between the smallest and the largest number of the images, or with their mean and standard deviation."""
    shape = (len(images), *size, images.shape[3])
    if kind == "zero" or not images.size:
        return np.zeros(shape, np.float32)
    rng = np.random.default_rng(seed)
    if kind == "uniform":
        return rng.uniform(images.min(), images.max(), shape).astype(np.float32)
    return rng.normal(images.mean(), images.std(), shape).astype(np.float32)
