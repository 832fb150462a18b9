"""`tf.image.decode_png`, `encode_jpeg` and related functions, which are in `tf.io` too.

Implementation: `minikeras/formats/image_coding.py`.
"""

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, as_array, string_tensor
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.formats.image_coding import (
    frames_of,
    in_depth,
    jpeg_file,
    open_image,
    part_of,
    pixels_in,
    pixels_of,
    png_file,
    reduced,
)
from minikeras.formats.jpeg_decoding import JPEG_START, jpeg_pixels
from minikeras.ops.image_dtype import convert_image_dtype

__all__ = [
    "adjust_jpeg_quality",
    "decode_and_crop_jpeg",
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "decode_webp",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "is_jpeg",
]

GIF_START = b"GIF8"


def _one_image(contents, channels=0, dtype="uint8", **settings):
    return KerasTensor((None, None, channels or None), dtype)


def _one_jpeg(contents, channels=0, *settings, **keywords):
    return _one_image(contents, channels)


def _jpeg_part(contents, crop_window, channels=0, *settings, **keywords):
    return _one_image(contents, channels)


def _any_image(contents, channels=None, dtype="uint8", name=None, expand_animations=True):
    if expand_animations:
        raise ValueError("An image may have three axes, or four if it is a GIF: pass `expand_animations=False`.")
    return _one_image(contents, channels, dtype)


def _animation(contents, channels=0, dtype="uint8", name=None):
    return KerasTensor((None, None, None, channels or 4), dtype)


def _gif(contents, name=None):
    return _animation(contents, 3)


def _same(image, *settings, **keywords):
    return KerasTensor(image.shape, image.dtype)


def _file_contents(image, *settings, **keywords):
    return KerasTensor((), "string")


@symbolic(output_spec=_any_image)
def decode_image(contents, channels=None, dtype="uint8", name=None, expand_animations=True):
    """The image in a file of any of the formats.

    Args:
        contents: the file's bytes.
        channels: 1, 3 or 4; 0 or None for those that the file has.
        dtype: "uint8", "uint16" or "float32", to which values are scaled.
        expand_animations: whether a GIF returns all frames, (frames, height, width, 3), even if it has only one. False
            returns the first frame.
    """
    data = _bytes(contents)
    if expand_animations and data.startswith(GIF_START):
        return convert_image_dtype(decode_gif(data), dtype)
    return convert_image_dtype(Tensor(pixels_in(data, channels or 0)), dtype)


@symbolic(output_spec=_one_image)
def decode_png(contents, channels=0, dtype="uint8", name=None):
    """The image in a PNG file (or any other): (height, width, channels).

    Args:
        channels: 1, 3 or 4; 0 for those that the file has.
        dtype: "uint8" or "uint16".
    """
    return Tensor(in_depth(pixels_in(_bytes(contents), channels), dtype))


@symbolic(output_spec=_one_jpeg)
def decode_jpeg(
    contents,
    channels=0,
    ratio=1,
    fancy_upscaling=True,
    try_recover_truncated=False,
    acceptable_fraction=1,
    dct_method="",
    name=None,
):
    """The image in a JPEG file (or any other): uint8 (height, width, channels).

    Args:
        channels: 1 or 3; 0 for those that the file has.
        ratio: read it smaller by 1, 2, 4 or 8, which is faster.
        fancy_upscaling: whether stored colours of half the resolution are interpolated, not repeated.
        dct_method: "INTEGER_FAST" or "INTEGER_ACCURATE"; "" for the former. Without simplejpeg Pillow decodes, which
            offers only fancy upscaling and "INTEGER_ACCURATE".
        try_recover_truncated, acceptable_fraction: no effect; a truncated file is always an error.
    """
    data = _bytes(contents)
    pixels = jpeg_pixels(data, channels, ratio, dct_method, fancy_upscaling)
    return Tensor(pixels_of(reduced(open_image(data), ratio), channels) if pixels is None else pixels)


@symbolic(output_spec=_jpeg_part)
def decode_and_crop_jpeg(
    contents,
    crop_window,
    channels=0,
    ratio=1,
    fancy_upscaling=True,
    try_recover_truncated=False,
    acceptable_fraction=1,
    dct_method="",
    name=None,
):
    """The rectangle (top, left, height, width) of the image in a JPEG file; else as `decode_jpeg`."""
    pixels = decode_jpeg(contents, channels, ratio, fancy_upscaling, dct_method=dct_method).array
    return Tensor(part_of(pixels, *(int(n) for n in as_array(crop_window))))


@symbolic(output_spec=_one_image)
def decode_bmp(contents, channels=0, name=None):
    """The image in a BMP file: uint8 (height, width, channels)."""
    return Tensor(pixels_in(_bytes(contents), channels))


@symbolic(output_spec=_animation)
def decode_webp(contents, channels=0, dtype="uint8", name=None):
    """The image in a WebP file: uint8 (frames, height, width, channels)."""
    return Tensor(frames_of(_open(contents), channels or 4))


@symbolic(output_spec=_gif)
def decode_gif(contents, name=None):
    """All frames of a GIF file: uint8 (frames, height, width, 3)."""
    return Tensor(frames_of(_open(contents), 3))


@symbolic(output_spec=_file_contents)
def encode_png(image, compression=-1, name=None):
    """A PNG file of uint8 (height, width, channels), or of uint16 with one channel: its bytes, a string tensor.

    Args:
        compression: from 0 (none) to 9; −1 for the library's choice.
    """
    return string_tensor(png_file(as_array(image), int(compression)))


@symbolic(output_spec=_file_contents)
def encode_jpeg(
    image,
    format="",
    quality=95,
    progressive=False,
    optimize_size=False,
    chroma_downsampling=True,
    density_unit="in",
    x_density=300,
    y_density=300,
    xmp_metadata="",
    name=None,
):
    """A JPEG file of uint8 (height, width, 1 or 3): its bytes, a string tensor.

    Args:
        format: "grayscale" or "rgb"; "" to choose by the channels.
        quality: from 0 to 100.
        progressive: whether viewers can show it coarsely first.
        optimize_size: spend time on a smaller file.
        chroma_downsampling: store colours at half the resolution.
        density_unit, x_density, y_density: dots per "in" or "cm".
        xmp_metadata: written into the file.
    """
    settings = {"quality": int(quality), "progressive": progressive, "optimize": optimize_size}
    density = density_unit, x_density, y_density
    return string_tensor(
        jpeg_file(
            as_array(image), format, density, xmp_metadata, subsampling=2 if chroma_downsampling else 0, **settings
        )
    )


@symbolic(output_spec=_same)
def adjust_jpeg_quality(image, jpeg_quality, dct_method="", name=None):
    """The image written as a JPEG file of this quality and read again, in its own dtype."""
    pixels = convert_image_dtype(image, "uint8", saturate=True)
    read = decode_jpeg(encode_jpeg(pixels, quality=int(jpeg_quality)), channels=pixels.shape[-1], dct_method=dct_method)
    return convert_image_dtype(read, as_array(image).dtype.name, saturate=True)


def is_jpeg(contents, name=None):
    """Whether a file's contents begin like a JPEG file."""
    return Tensor(as_array(_bytes(contents).startswith(JPEG_START)))


def extract_jpeg_shape(contents, output_type="int32", name=None):
    """(height, width, channels) of the image in a JPEG file, without reading its pixels."""
    image = _open(contents)
    return Tensor(as_array([image.height, image.width, len(image.getbands())], output_type))


def _bytes(contents):
    array = byte_strings(contents)
    if array.ndim:
        raise ValueError(f"`contents` must be a scalar, the bytes of one file. Received: shape {array.shape}")
    return array.item()


def _open(contents):
    return open_image(_bytes(contents))
