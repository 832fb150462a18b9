"""JPEG files read by simplejpeg: Pillow's pixels by Pillow's transform; what it does not read is left to Pillow."""

import io
import sys

import numpy as np
import pytest

from minikeras.base.errors import InvalidArgumentError
from minikeras.formats.image_coding import open_image, pixels_in, pixels_of
from minikeras.formats.jpeg_decoding import jpeg_pixels

Image = pytest.importorskip("PIL.Image")
pytest.importorskip("simplejpeg")

FAST_TRANSFORM = 4  # steps of 255, in the mean, between the library's two cosine transforms (2.8 measured)
MODES = {1: "L", 3: "RGB", 4: "CMYK"}


def jpeg(height, width, channels=3, **settings):
    values = np.random.default_rng(0).integers(0, 256, (-(-height // 4), -(-width // 4), channels), "uint8")
    image = Image.fromarray(values[..., 0] if channels == 1 else values, MODES[channels])
    file = io.BytesIO()
    image.resize((width, height), Image.Resampling.BICUBIC).save(file, "JPEG", **settings)
    return file.getvalue()


@pytest.mark.parametrize("settings", [{}, {"progressive": True}, {"subsampling": 0, "quality": 95}], ids=str)
@pytest.mark.parametrize("stored", [1, 3])
@pytest.mark.parametrize("channels", [0, 1, 3])
def test_pixels_are_pillows(settings, stored, channels):
    for height, width in [(1, 1), (17, 9), (40, 64)]:
        data = jpeg(height, width, stored, **settings)
        expected = pixels_of(open_image(data), channels)
        np.testing.assert_array_equal(jpeg_pixels(data, channels, dct_method="INTEGER_ACCURATE"), expected)
        difference = jpeg_pixels(data, channels).astype(int) - expected
        assert np.abs(difference).mean() <= FAST_TRANSFORM


def test_exif_turns_nothing():
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    assert jpeg_pixels(jpeg(10, 20, exif=exif)).shape == (10, 20, 3)


def test_smaller_sizes_are_rounded_up():
    data = jpeg(41, 67)
    for ratio in (2, 4, 8):
        assert jpeg_pixels(data, ratio=ratio).shape == (-(-41 // ratio), -(-67 // ratio), 3)


LEFT_TO_PILLOW = {
    "CMYK": (jpeg(9, 9, 4), 3),
    "four channels": (jpeg(9, 9), 4),
    "another format": (b"\x89PNG\r\n\x1a\n", 3),
    "cut": (jpeg(40, 40)[:-200], 3),
    "noise": (b"\xff\xd8\xff" + bytes(100), 3),
    "head only": (b"\xff\xd8\xff", 3),
}


@pytest.mark.parametrize("name", LEFT_TO_PILLOW)
def test_what_is_left_to_pillow(name):
    assert jpeg_pixels(*LEFT_TO_PILLOW[name]) is None


def test_a_cut_file_is_an_error():
    with pytest.raises(InvalidArgumentError, match="truncated"):
        pixels_in(LEFT_TO_PILLOW["cut"][0], 3)


def test_an_image_of_too_many_pixels_is_not_decoded(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert jpeg_pixels(jpeg(10, 10)) is not None
    assert jpeg_pixels(jpeg(10, 11)) is None
    with pytest.raises(InvalidArgumentError, match="too many pixels"):
        pixels_in(jpeg(40, 40))


def test_without_simplejpeg_pillow_reads(monkeypatch):
    data = jpeg(12, 13)
    expected = pixels_of(open_image(data), 3)
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    np.testing.assert_array_equal(pixels_in(data, 3), expected)
