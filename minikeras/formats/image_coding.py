"""Images as the contents of files (PNG, JPEG, GIF, BMP, WebP) and as arrays of pixels. Needs Pillow, which is optional.

Pillow's and TensorFlow's JPEG readers round the cosine transform differently, so single pixels may differ by a few
steps of 255; with simplejpeg installed they are equal (`jpeg_decoding.py`). PNG is exact.
"""

import io

import numpy as np

from minikeras.base.errors import InvalidArgumentError
from minikeras.formats.image_files import import_pillow
from minikeras.formats.jpeg_decoding import jpeg_pixels

JPEG_FORMATS = {"": (1, 3), "grayscale": (1,), "rgb": (3,)}  # how many channels they may have
CM_PER_INCH = 2.54
PNG_GREY = (9797, 19234, 3737)  # the weights of red, green and blue in a PNG file's brightness, in units of 2⁻¹⁵
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")  # Pillow knows more, and runs a PostScript interpreter for one of them
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # Pillow's mode for this number of channels


def open_image(data):
    """The Pillow image of the bytes of a file.

    Raises:
        InvalidArgumentError: they are no image in a known format, or one with more pixels than Pillow's
            `Image.MAX_IMAGE_PIXELS` permits.
    """
    pillow = import_pillow()
    try:
        return pillow.open(io.BytesIO(data), formats=FORMATS)
    except pillow.DecompressionBombError as error:
        raise InvalidArgumentError(
            None, None, f"The image has too many pixels: {error} PIL.Image.MAX_IMAGE_PIXELS sets the limit."
        ) from error
    except OSError as error:
        raise InvalidArgumentError(
            None, None, f"Unknown image file format. One of JPEG, PNG, GIF, BMP, WebP required. Begins: {data[:8]!r}"
        ) from error


def pixels_in(data, channels=0, as_array=np.asarray):
    """(height, width, channels) of the bytes of an image file: its first frame. See `pixels_of` for the arguments."""
    pixels = jpeg_pixels(data, channels)
    return pixels_of(open_image(data), channels, as_array) if pixels is None else pixels


def pixels_of(image, channels, as_array=np.asarray):
    """(height, width, channels) of a Pillow image; uint8, or uint16 for grey ones of 16 bits.

    Args:
        as_array: a function of Pillow's images in one of the `MODES`.
    """
    if channels not in (0, 1, 3, 4):
        raise ValueError(f"`channels` must be 0, 1, 3 or 4. Received: channels={channels}")
    if image.format == "JPEG" and channels == 1:
        image.draft("L", image.size)  # the file's own brightness, not one computed from red, green and blue
    try:
        if image.mode.startswith("I"):
            return _deep_grey(np.asarray(image).astype("uint16")[..., None], channels)
        if channels == 1 and image.format == "PNG" and _own_mode(image).startswith("RGB"):
            return _brightness(np.asarray(image.convert("RGB")))
        mode = MODES[channels] if channels else _own_mode(image)
        array = as_array(image if image.mode == mode else image.convert(mode))
    except OSError as error:
        raise InvalidArgumentError(None, None, f"The image's data cannot be read: {error}") from error
    return array[..., None] if array.ndim == 2 else array


def _own_mode(image):
    if image.mode in MODES.values():
        return image.mode
    if image.mode == "1":
        return "L"
    return "RGBA" if "transparency" in image.info else "RGB"


def _deep_grey(pixels, channels):
    """Grey uint16 pixels in 1 to 4 channels: the brightness in each of 3, and an opaque fourth."""
    if channels in (0, 1):
        return pixels
    pixels = np.repeat(pixels, channels, axis=2)
    if channels == 4:
        pixels[..., 3] = 0xFFFF
    return pixels


def _brightness(pixels):
    """The brightness (height, width, 1) of red, green and blue, computed as TensorFlow's PNG reader does."""
    return ((pixels.astype(np.int32) @ np.array(PNG_GREY, np.int32)) >> 15).astype(np.uint8)[..., None]


def frames_of(image, channels):
    """(frames, height, width, channels) uint8 of a Pillow image."""
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append(np.asarray(image.convert(MODES[channels])))
    return np.stack(frames)


def file_contents(pixels, format, **settings):
    """The bytes of a file ("PNG", "JPEG") of pixels (height, width, channels); `settings` are Pillow's."""
    if pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    file = io.BytesIO()
    import_pillow().fromarray(np.ascontiguousarray(pixels)).save(file, format=format, **settings)
    return file.getvalue()


def in_depth(pixels, dtype):
    """uint8 or uint16 pixels in the other of the two dtypes, over its whole range."""
    if pixels.dtype == dtype:
        return pixels
    return pixels.astype("uint16") * 257 if dtype == "uint16" else (pixels >> 8).astype("uint8")


def reduced(image, ratio):
    """A Pillow image of a JPEG file that is decoded 1, 2, 4 or 8 times smaller, which is faster."""
    if ratio != 1:
        image.draft(image.mode, (max(image.width // ratio, 1), max(image.height // ratio, 1)))
    return image


def part_of(pixels, top, left, height, width):
    """A rectangle of pixels.

    Raises:
        InvalidArgumentError: it does not lie inside the image.
    """
    if not (top >= 0 and left >= 0 and top + height <= pixels.shape[0] and left + width <= pixels.shape[1]):
        raise InvalidArgumentError(
            None, None, f"Invalid crop window {(top, left, height, width)} of an image of shape {pixels.shape}"
        )
    return pixels[top : top + height, left : left + width]


def png_file(pixels, compression=-1):
    """The bytes of a PNG file of uint8 pixels, or of uint16 ones with a single channel.

    Args:
        compression: from 0 (none) to 9; −1 for the library's choice.

    Raises:
        ValueError: pixels of another shape or dtype.
    """
    _check_pixels(pixels, "encode_png", (1, 2, 3, 4))
    if pixels.dtype not in ("uint8", "uint16") or (pixels.dtype == "uint16" and pixels.shape[-1] != 1):
        raise ValueError(
            "`encode_png` takes uint8, or uint16 with a single channel (Pillow writes no more). "
            f"Received: dtype {pixels.dtype}, shape {pixels.shape}"
        )
    return file_contents(pixels, "PNG", **({} if compression == -1 else {"compress_level": compression}))


def jpeg_file(pixels, format="", density=("in", 300, 300), xmp_metadata="", **settings):
    """The bytes of a JPEG file of uint8 pixels with 1 or 3 channels.

    Args:
        format: "grayscale" or "rgb"; "" to infer it from the channels.
        density: ("in" or "cm", dots per unit horizontally, vertically).
        settings: Pillow's.

    Raises:
        ValueError: pixels of another shape or dtype; an unknown format or unit.
    """
    unit, *dots = density
    if format not in JPEG_FORMATS:
        raise ValueError(f"`format` must be '', 'grayscale' or 'rgb'. Received: format={format!r}")
    if unit not in ("in", "cm"):
        raise ValueError(f"`density_unit` must be one of ('in', 'cm'). Received: {unit!r}")
    _check_pixels(pixels, "encode_jpeg", JPEG_FORMATS[format])
    if pixels.dtype != np.uint8:
        raise ValueError(
            f"`encode_jpeg` takes uint8. Received: dtype {pixels.dtype}. See tf.image.convert_image_dtype."
        )
    per_inch = CM_PER_INCH if unit == "cm" else 1
    xmp = {"xmp": xmp_metadata.encode()} if xmp_metadata else {}
    return file_contents(pixels, "JPEG", dpi=tuple(round(n * per_inch) for n in dots), **settings, **xmp)


def _check_pixels(pixels, function, channels):
    if pixels.ndim != 3 or pixels.shape[-1] not in channels:
        raise ValueError(
            f"`{function}` takes one image (height, width, channels) with {' or '.join(map(str, channels))} channels. "
            f"Received: shape {pixels.shape}"
        )
