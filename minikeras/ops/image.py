"""The namespace `keras.ops.image`: image ops, each defined in the file of its family."""

from minikeras.ops.color import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from minikeras.ops.coordinates import elastic_transform, map_coordinates
from minikeras.ops.cropping import crop_images, pad_images
from minikeras.ops.image_filters import gaussian_blur, sobel_edges
from minikeras.ops.image_quality import ssim
from minikeras.ops.patches import extract_patches, extract_patches_3d
from minikeras.ops.resizing import resize, scale_and_translate
from minikeras.ops.warping import affine_transform, perspective_transform

__all__ = [
    "affine_transform",
    "crop_images",
    "elastic_transform",
    "extract_patches",
    "extract_patches_3d",
    "gaussian_blur",
    "hsv_to_rgb",
    "map_coordinates",
    "pad_images",
    "perspective_transform",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "scale_and_translate",
    "sobel_edges",
    "ssim",
]
