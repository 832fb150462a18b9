"""The namespace `keras.utils.bounding_boxes`: formats, transformations and overlaps of bounding boxes."""

from minikeras.ops.box_coding import decode_deltas_to_boxes, encode_box_to_deltas
from minikeras.ops.box_formats import clip_to_image_size, convert_format
from minikeras.ops.box_overlap import compute_ciou, compute_iou
from minikeras.ops.box_transforms import affine_transform, crop, pad

__all__ = [
    "affine_transform",
    "clip_to_image_size",
    "compute_ciou",
    "compute_iou",
    "convert_format",
    "crop",
    "decode_deltas_to_boxes",
    "encode_box_to_deltas",
    "pad",
]
