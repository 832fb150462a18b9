"""`jpeg_pixels`: decodes a JPEG file by simplejpeg, an optional package, to the same bits as TensorFlow.

Pillow stores red, green and blue in four bytes, passes the file to the decoder in parts, and knows only the slower
of the JPEG library's two cosine transforms; TensorFlow uses the faster one. simplejpeg offers both, and decodes into an
array, outside of Python's lock: 0.26 ms for 256 × 256 pixels where Pillow takes 0.41, 0.56 for 375 × 500 where it takes
0.90. Files that it does not read (CMYK, broken files) are left to Pillow.
"""

from minikeras.base.optional_packages import module_if_installed
from minikeras.formats.image_files import import_pillow

JPEG_START = b"\xff\xd8\xff"
CHANNELS = {"Gray": 1, "YCbCr": 3, "RGB": 3}  # by the file's own colours, in simplejpeg's words
COLORS = {1: "GRAY", 3: "RGB"}
FAST_TRANSFORMS = ("", "INTEGER_FAST")  # TensorFlow's names


def jpeg_pixels(data, channels=0, ratio=1, dct_method="", fancy_upscaling=True):
    """(height, width, channels) uint8 of the bytes of a JPEG file; None if Pillow should read it.

    Args:
        data: bytes; they need not be a JPEG file.
        channels: 1 or 3; 0 for those that the file has.
        ratio: 1, 2, 4 or 8: how many times smaller.
        dct_method: "INTEGER_FAST" or "INTEGER_ACCURATE"; "" for the former.
        fancy_upscaling: whether stored colours of half the resolution are interpolated, not repeated.
    """
    decoder = module_if_installed("simplejpeg")
    if decoder is None or channels not in (0, 1, 3) or not data.startswith(JPEG_START):
        return None
    try:
        height, width, colors, _ = decoder.decode_jpeg_header(data)
        if colors not in CHANNELS or not _is_permitted(height * width):
            return None
        return decoder.decode_jpeg(
            data,
            COLORS[channels or CHANNELS[colors]],
            fastdct=dct_method in FAST_TRANSFORMS,
            fastupsample=not fancy_upscaling,
            min_height=-(-height // ratio),
            min_width=-(-width // ratio),
            min_factor=ratio,
        )
    except ValueError:  # a broken file
        return None


def _is_permitted(pixels):
    """Whether Pillow would read this many pixels without a warning: a small file may claim to be a huge image."""
    limit = import_pillow().MAX_IMAGE_PIXELS
    return limit is None or pixels <= limit
