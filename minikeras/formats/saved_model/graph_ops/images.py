"""Resizing, warping and cropping images; colours."""

import numpy as np

from minikeras import ops
from minikeras.formats.saved_model.graph_ops.registry import graph_op, graph_ops
from minikeras.ops.color import hsv_to_rgb, rgb_to_hsv
from minikeras.ops.color_adjustment import adjust_contrast
from minikeras.ops.image_parts import crop_and_resize
from minikeras.ops.image_resizing import resize
from minikeras.ops.non_max_suppression import best_boxes, best_boxes_of_classes, best_boxes_with_scores, padded_to
from minikeras.ops.patches import extract_patches
from minikeras.ops.resampling import Resample


def _resized(name, method, dtype=None):
    def resize_images(images, size, *, align_corners=False, half_pixel_centers=False):
        lengths = size.tolist()
        if half_pixel_centers and not align_corners:
            y = resize(images, lengths, method)
        else:
            y = _by_corners(images, lengths, method, align_corners)
        return ops.cast(y, dtype or images.dtype)

    graph_op(name, "images size!")(resize_images)


_resized("ResizeBilinear", "bilinear", "float32")
_resized("ResizeNearestNeighbor", "nearest")


def _by_corners(images, size, method, align_corners):
    """Images resized; positions are measured from the centres of the corner pixels, or from their edges."""
    x = images if images.dtype in ("float32", "float64") else ops.cast(images, "float64")
    for axis, outputs in zip((1, 2), size, strict=True):
        length = x.shape[axis]
        step = (length - 1) / (outputs - 1) if align_corners and outputs > 1 else length / outputs
        positions = (np.arange(outputs, dtype=np.float32) * np.float32(step)).astype(np.float64)
        if method == "nearest":
            nearest = np.floor(positions + 0.5) if align_corners else np.floor(positions)
            x = ops.take(x, np.minimum(nearest, length - 1).astype(np.int32), axis)
            continue
        low = np.floor(positions).astype(np.int64)
        indices = np.stack([low, np.minimum(low + 1, length - 1)], -1)
        weights = np.stack([1 - (positions - low), positions - low], -1).astype(np.float32)
        x = Resample(axis, indices, weights)(x)
    return x


@graph_op("ResizeBicubic", "images size!")
def resize_bicubic(images, size, *, align_corners=False, half_pixel_centers=False):
    """Images resized by cubic polynomials."""
    if align_corners or not half_pixel_centers:
        raise ValueError("ResizeBicubic is supported only with half_pixel_centers.")
    return resize(images, size.tolist(), "bicubic")


@graph_op("ResizeArea", "images size!")
def resize_area(images, size, *, align_corners=False):
    """Images resized by means over areas."""
    if align_corners:
        raise ValueError("ResizeArea is supported only without align_corners.")
    return resize(images, size.tolist(), "area")


@graph_op("ImageProjectiveTransformV3", "images transforms output_shape! fill_value!")
def warp(images, transforms, output_shape, fill_value, *, interpolation, fill_mode="CONSTANT"):
    """Images whose pixel (x, y) comes from (a·x + b·y + c, d·x + e·y + f) / (g·x + h·y + 1)."""
    if tuple(output_shape.tolist()) != tuple(images.shape[1:3]):
        raise ValueError("ImageProjectiveTransformV3 is supported only for images that keep their size.")
    rows = ops.broadcast_to(transforms, (images.shape[0], 8))
    return ops.image.affine_transform(
        images, rows, interpolation.lower(), fill_mode.lower(), float(fill_value), "channels_last"
    )


@graph_op("CropAndResize", "image boxes box_ind crop_size!")
def cut(image, boxes, box_ind, crop_size, *, method="bilinear", extrapolation_value=0.0):
    """Boxes cropped from images and resized to one size."""
    return crop_and_resize(image, boxes, box_ind, crop_size.tolist(), method, extrapolation_value)


@graph_op("NonMaxSuppressionV3", "boxes scores max_output_size! iou_threshold! score_threshold!")
def best(boxes, scores, max_output_size, iou_threshold, score_threshold):
    """The indices of the boxes with the best scores, without those that overlap a better one."""
    return best_boxes(boxes, scores, int(max_output_size), float(iou_threshold), float(score_threshold))


@graph_op(
    "NonMaxSuppressionV4",
    "boxes scores max_output_size! iou_threshold! score_threshold!",
    gives="selected_indices valid_outputs",
)
def best_padded(boxes, scores, max_output_size, iou_threshold, score_threshold, *, pad_to_max_output_size=False):
    """The indices as in version 3, padded with zeros, and their number."""
    kept = best(boxes, scores, max_output_size, iou_threshold, score_threshold)
    count = np.asarray(kept.shape[0], np.int32)
    return padded_to(kept, int(max_output_size)) if pad_to_max_output_size else kept, count


@graph_op(
    "NonMaxSuppressionV5",
    "boxes scores max_output_size! iou_threshold! score_threshold! soft_nms_sigma!",
    gives="selected_indices selected_scores valid_outputs",
)
def best_with_scores(
    boxes,
    scores,
    max_output_size,
    iou_threshold,
    score_threshold,
    soft_nms_sigma,
    *,
    pad_to_max_output_size=False,
):
    """The indices as in version 3, the scores, which overlaps may lower, and their number."""
    limits = int(max_output_size), float(iou_threshold), float(score_threshold)
    kept, new_scores = best_boxes_with_scores(boxes, scores, *limits, float(soft_nms_sigma))
    count = np.asarray(kept.shape[0], np.int32)
    if pad_to_max_output_size:
        kept, new_scores = padded_to(kept, limits[0]), padded_to(new_scores, limits[0])
    return kept, new_scores, count


@graph_op(
    "CombinedNonMaxSuppression",
    "boxes scores max_output_size_per_class! max_total_size! iou_threshold! score_threshold!",
    gives="nmsed_boxes nmsed_scores nmsed_classes valid_detections",
)
def best_of_classes(
    boxes,
    scores,
    max_output_size_per_class,
    max_total_size,
    iou_threshold,
    score_threshold,
    *,
    pad_per_class=False,
    clip_boxes=True,
):
    """The best boxes of all classes of each image."""
    sizes = int(max_output_size_per_class), int(max_total_size)
    limits = float(iou_threshold), float(score_threshold)
    return tuple(best_boxes_of_classes(boxes, scores, *sizes, *limits, pad_per_class, clip_boxes))


@graph_op("ExtractImagePatches", "images")
def patches(images, *, ksizes, strides, rates, padding):
    """Windows of images as channels."""
    return extract_patches(images, tuple(ksizes[1:3]), tuple(strides[1:3]), rates[1], padding.lower(), "channels_last")


graph_ops("images", RGBToHSV=rgb_to_hsv, HSVToRGB=hsv_to_rgb)
graph_ops("images contrast_factor", AdjustContrastv2=adjust_contrast)
