"""A gallery of images with bounding boxes."""

import numpy as np

from minikeras.base.optional_packages import optional_module
from minikeras.visualization.draw_bounding_boxes import draw_bounding_boxes
from minikeras.visualization.image_batches import image_batch
from minikeras.visualization.plot_image_gallery import plot_image_gallery


def plot_bounding_box_gallery(images, bounding_box_format, y_true=None, y_pred=None, value_range=(0, 255),
                              true_color=(0, 188, 212), pred_color=(255, 235, 59), line_thickness=2, font_scale=1.0,
                              text_thickness=None, class_mapping=None, ground_truth_mapping=None,
                              prediction_mapping=None, legend=False, legend_handles=None, rows=None, cols=None,
                              data_format=None, **kwargs):  # fmt: skip
    """Show images with true and predicted bounding boxes. Needs matplotlib and OpenCV.

    Args:
        images, bounding_box_format, line_thickness, font_scale, text_thickness: see `draw_bounding_boxes`.
        y_true, y_pred: boxes as `draw_bounding_boxes` takes them.
        true_color, pred_color: (red, green, blue) of each.
        class_mapping: {label: its name}, for both; or separately `ground_truth_mapping` and `prediction_mapping`.
        legend: whether to show a legend of the colors.
        legend_handles: matplotlib patches for another legend.
        value_range, rows, cols, kwargs: see `plot_image_gallery`.

    Raises:
        ImportError: matplotlib or OpenCV is not installed.
        ValueError: the images are not a batch, or both `legend` and `legend_handles` are given.
    """
    patches = optional_module("matplotlib.patches", "`plot_bounding_box_gallery`")
    if legend and legend_handles:
        raise ValueError("Give `legend` or `legend_handles`, not both.")
    images = image_batch(images, data_format)
    for boxes, color, mapping in (
        (y_true, true_color, ground_truth_mapping or class_mapping),
        (y_pred, pred_color, prediction_mapping or class_mapping),
    ):
        if boxes is not None:
            images = draw_bounding_boxes(
                images, boxes, bounding_box_format, mapping, color, line_thickness, text_thickness, font_scale,
                data_format="channels_last",
            )  # fmt: skip
    if legend:
        legend_handles = [
            patches.Patch(color=np.array(color) / 255.0, label=label)
            for color, label in ((true_color, "Ground Truth"), (pred_color, "Prediction"))
        ]
    kwargs = {"value_range": value_range, "rows": rows, "cols": cols, **kwargs}
    plot_image_gallery(images, legend_handles=legend_handles, data_format="channels_last", **kwargs)
