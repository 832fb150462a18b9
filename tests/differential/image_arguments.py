"""Arguments of `keras.ops.image` whose shapes depend on each other. See `function_arguments`."""

import numpy as np

from tests.differential.function_arguments import of, optional
from tests.differential.nn_arguments import spatial


def images(
    c,
    channels=3,
    lengths=(5, 6, 4),
    dtypes=("float32", "float32", "float64", "float16", "uint8", "int32"),
    low=0,
    high=1,
):
    layout = c.pick("channels_last", "channels_last", None, "channels_first")
    size = (c.pick(*lengths), c.pick(*lengths))
    shape = (channels, *size) if layout == "channels_first" else (*size, channels)
    dtype = c.pick(*dtypes)
    x = (
        c.array(c.pick((2, *shape), shape), dtype, 0, 255)
        if "int" in dtype
        else c.finite(c.pick((2, *shape), shape), dtype, low, high)
    )
    return {"images": x, "data_format": layout}


@of("rgb_to_grayscale", "rgb_to_hsv", "hsv_to_rgb")
def colors(c):
    return images(c, c.pick(3, 3, 3, 3, 1))


@of("sobel_edges", "gaussian_blur")
def edges(c):
    return images(c, c.pick(3, 1), low=-1)


@of("gaussian_blur")
def gaussian_blur(c):
    return {
        **images(c, c.pick(3, 1)),
        **optional(c, kernel_size=c.pick((3, 3), [5, 3], 3), sigma=c.pick((1.0, 1.0), (0.5, 2), [1.5, 0.7])),
    }


@of("resize")
def resize(c):
    return {
        **images(c, c.pick(3, 1)),
        "size": c.pick((4, 4), [7, 3], (10, 12), 5, (3,), (2, 2)),
        **optional(
            c,
            interpolation=c.pick("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area", "wrong"),
            antialias=c.pick(False, True),
        ),
        **optional(c, crop_to_aspect_ratio=c.pick(True, False)),
        **optional(c, pad_to_aspect_ratio=c.pick(True, False), fill_value=c.pick(0.0, 1.5)),
    }


@of("crop_images")
def crop_images(c):
    drawn = images(c, c.pick(3, 1))
    return {
        **drawn,
        **optional(c, top_cropping=c.pick(1, 0, 2), bottom_cropping=c.pick(1, 0), target_height=c.pick(2, 3)),
        **optional(c, left_cropping=c.pick(1, 0, 2), right_cropping=c.pick(1, 0), target_width=c.pick(2, 3)),
    }


@of("pad_images")
def pad_images(c):
    drawn = images(c, c.pick(3, 1))
    return {
        **drawn,
        **optional(c, top_padding=c.pick(1, 0, 2), bottom_padding=c.pick(1, 0), target_height=c.pick(8, 9)),
        **optional(c, left_padding=c.pick(1, 0, 2), right_padding=c.pick(1, 0), target_width=c.pick(8, 7)),
    }


@of("extract_patches")
def extract_patches(c):
    return {
        **images(c, c.pick(3, 1, 2), (6, 5, 4)),
        "size": c.pick(2, (2, 3), (3, 3), [2, 2], (2, 2, 2)),
        **optional(
            c, strides=c.pick(None, 1, 2, (2, 1)), dilation_rate=c.pick(1, 2), padding=c.pick("valid", "same", "wrong")
        ),
    }


@of("extract_patches_3d")
def extract_patches_3d(c):
    x, layout, _, _ = spatial(c, 3, lengths=(4, 5))
    return {
        "volumes": c.pick(x, x[0] if len(x) else x),
        "size": c.pick(2, (2, 3, 2), (3, 3)),
        **optional(
            c,
            strides=c.pick(None, 1, 2, (2, 1, 1)),
            dilation_rate=c.pick(1, 2),
            padding=c.pick("valid", "same", "wrong"),
        ),
        "data_format": layout,
    }


@of("map_coordinates")
def map_coordinates(c):
    x = (
        c.finite(c.shape(1, 3, (4, 5, 3)), c.pick("float32", "float64"))
        if c.chance(70)
        else c.array(c.shape(1, 3, (4, 5, 3)), c.pick("int32", "uint8"))
    )
    n = x.ndim if c.chance(95) else x.ndim + 1
    coordinates = c.finite((n, *c.shape(0, 2, (2, 3))), "float32", -3, 7)
    return {
        "inputs": x,
        "coordinates": coordinates,
        "order": c.pick(1, 0, 2),
        **optional(
            c, fill_mode=c.pick("constant", "nearest", "wrap", "mirror", "reflect", "wrong"), fill_value=c.pick(0, 1.5)
        ),
    }


@of("affine_transform")
def affine_transform(c):
    drawn = images(c, c.pick(3, 1), low=-1)
    transform = c.finite((2, 8) if drawn["images"].ndim == 4 else (8,), "float32", -0.2, 0.2) + np.array(
        [1, 0, 0.5, 0, 1, -0.5, 0, 0], "float32"
    )
    return {
        "images": drawn["images"],
        "transform": transform.astype("float32"),
        **optional(
            c,
            interpolation=c.pick("bilinear", "nearest", "wrong"),
            fill_mode=c.pick("constant", "nearest", "wrap", "mirror", "reflect", "wrong"),
            fill_value=c.pick(0, 1.5),
        ),
        "data_format": drawn["data_format"],
    }


@of("perspective_transform")
def perspective_transform(c):
    drawn = images(c, c.pick(3, 1), low=-1)
    corners = np.array([[0, 0], [4, 0], [0, 4], [4, 4]], "float32")
    lead = (2,) if drawn["images"].ndim == 4 else ()
    return {
        "images": drawn["images"],
        "start_points": (corners + c.finite((*lead, 4, 2), "float32", -1, 1)).astype("float32"),
        "end_points": (corners + c.finite((*lead, 4, 2), "float32", -1, 1)).astype("float32"),
        **optional(c, interpolation=c.pick("bilinear", "nearest", "wrong"), fill_value=c.pick(0, 1.5)),
        "data_format": drawn["data_format"],
    }


@of("elastic_transform")
def elastic_transform(c):
    return {
        **images(c, c.pick(3, 1)),
        **optional(
            c,
            alpha=c.pick(20.0, 5),
            sigma=c.pick(5.0, 2),
            interpolation=c.pick("bilinear", "nearest", "wrong"),
            fill_mode=c.pick("constant", "nearest", "wrap", "mirror", "reflect", "wrong"),
            fill_value=c.pick(0.0, 1.5),
        ),
        "seed": 3,
    }


@of("scale_and_translate")
def scale_and_translate(c):
    x = c.finite((4, 5, 2), c.pick("float32", "float64"))
    return {
        "images": x,
        "output_shape": c.pick((3, 6, 2), (8, 4, 2)),
        "scale": np.array([0.7, 1.3], "float32"),
        "translation": np.array([0.5, -1], "float32"),
        "spatial_dims": (0, 1),
        "method": c.pick("linear", "bilinear", "cubic", "lanczos3", "lanczos5", "wrong"),
        **optional(c, antialias=c.pick(True, False)),
    }


@of("ssim")
def ssim(c):
    drawn = images(c, c.pick(3, 1), (12, 14), ("float32", "float64"))
    x = drawn["images"]
    return {
        "image1": x,
        "image2": c.finite(x.shape, x.dtype.name, 0, 1),
        **optional(c, filter_size=c.pick(11, 5), max_val=c.pick(1.0, 2), filter_sigma=c.pick(1.5, 0.7)),
        "data_format": drawn["data_format"],
    }
