"""Segmentation masks drawn on images."""

import numpy as np

from minikeras.ops.conversion import data_array
from minikeras.visualization.image_batches import channels_last, image_batch

PALETTE = np.array([2**25 - 1, 2**15 - 1, 2**21 - 1])  # class i has the color i · PALETTE mod 255, as in Keras


def draw_segmentation_masks(images, segmentation_masks, num_classes=None, color_mapping=None, alpha=0.8, blend=True,
                            ignore_index=-1, data_format=None):  # fmt: skip
    """y = (1 − alpha) · image + alpha · color of the pixel's class; the image's pixel where the class is ignored.

    Args:
        images: (batch, height, width, 3), values 0 … 255.
        segmentation_masks: class indices, (batch, height, width, 1) or (batch, height, width). Indices from
            `num_classes` on have no color.
        num_classes: how many classes have a color; None for the highest index, which then has none itself, as in Keras.
        color_mapping: {class index: (red, green, blue)} for 0 … num_classes − 1; None for a palette.
        alpha: opacity of the colors, 0 … 1.
        blend: False draws the plain colors.
        ignore_index: the class that is not drawn.

    Returns:
        (batch, height, width, 3), uint8; float32 with blend=False.

    Raises:
        ValueError: the images are not a batch, or the masks have a different size.
        TypeError: the masks are not integers.
    """
    images = image_batch(images, data_format).astype(np.float32)
    classes = _class_indices(segmentation_masks, images.shape[:3], data_format)
    if num_classes is None:
        num_classes = int(classes.max())
    drawn = images.copy()
    for index in range(num_classes):
        color = index * PALETTE % 255 if color_mapping is None else color_mapping[index]
        drawn[classes == index] = np.asarray(color, np.float32)
    if not blend:
        return drawn
    blended = images * np.float32(1 - alpha) + drawn * np.float32(alpha)
    shown = np.where((classes != ignore_index)[..., None], blended, images)
    return np.clip(shown, 0, 255).astype(np.uint8)  # NumPy's conversion would make 256 black


def _class_indices(masks, shape, data_format):
    masks = data_array(masks)
    if masks.dtype.kind not in "iu":
        raise TypeError(
            "`segmentation_masks` must be integers, the indices of classes. "
            f"Received: dtype {masks.dtype}. Write: masks.astype('int32')"
        )
    indices = channels_last(masks, data_format)[..., 0] if masks.ndim == 4 else masks
    if indices.shape != shape:
        raise ValueError(
            "`segmentation_masks` must have the images' batch size, height and width, and one channel. "
            f"Received: masks.shape={masks.shape}, for images of {shape}"
        )
    return indices
