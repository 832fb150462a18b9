"""`keras.visualization`: images with their labels, bounding boxes or segmentation masks, drawn and shown.

The functions `draw_…` return arrays. The functions `plot_…` show or save a picture (the optional package matplotlib).
"""

from minikeras.visualization.draw_bounding_boxes import draw_bounding_boxes
from minikeras.visualization.draw_segmentation_masks import draw_segmentation_masks
from minikeras.visualization.plot_bounding_box_gallery import plot_bounding_box_gallery
from minikeras.visualization.plot_image_gallery import plot_image_gallery
from minikeras.visualization.plot_segmentation_mask_gallery import plot_segmentation_mask_gallery

__all__ = [
    "draw_bounding_boxes",
    "draw_segmentation_masks",
    "plot_bounding_box_gallery",
    "plot_image_gallery",
    "plot_segmentation_mask_gallery",
]
