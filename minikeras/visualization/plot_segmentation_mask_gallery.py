"""A gallery of images with segmentation masks."""

import numpy as np

from minikeras.ops.conversion import data_array
from minikeras.visualization.draw_segmentation_masks import draw_segmentation_masks
from minikeras.visualization.image_batches import channels_last, image_batch
from minikeras.visualization.plot_image_gallery import plot_image_gallery


def plot_segmentation_mask_gallery(images, num_classes, value_range=(0, 255), y_true=None, y_pred=None,
                                   color_mapping=None, blend=True, alpha=0.8, ignore_index=-1, data_format=None,
                                   **kwargs):  # fmt: skip
    """Show each image in a row: as it is, with its true mask, with the predicted one. Needs matplotlib.

    Args:
        images, num_classes, color_mapping, blend, alpha, ignore_index: see `draw_segmentation_masks`.
        y_true, y_pred: masks, (batch, height, width, 1); floats are cut to integers.
        value_range, kwargs: see `plot_image_gallery`.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: the images are not a batch, or the masks have a different size.
    """
    images = image_batch(images, data_format)
    columns = [images]
    for masks in (y_true, y_pred):
        if masks is not None:
            masks = data_array(masks)
            masks = channels_last(masks, data_format) if masks.ndim == 4 else masks
            columns.append(
                draw_segmentation_masks(
                    images, masks.astype("int32"), num_classes, color_mapping, alpha, blend, ignore_index,
                    data_format="channels_last",
                )
            )  # fmt: skip
    rows = np.stack(columns, axis=1).reshape(-1, *images.shape[1:])
    plot_image_gallery(
        rows, value_range=value_range, rows=len(images), cols=len(columns), data_format="channels_last", **kwargs
    )
