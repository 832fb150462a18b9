"""PNG and JPEG of `tf.image`: what one package writes the other reads."""

import io
import sys

import numpy as np
import pytest

from tests.parity.compat.image_calls import BYTES, GREY, GROUP, theirs

tf = pytest.importorskip("tensorflow")

from minikeras.compat.tensorflow import image as ours  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow


PIXEL = 1 / 255
JPEG_TOLERANCE = 6  # steps of 255: Pillow and TensorFlow round the cosine transform differently
REDUCED = 2  # steps of 255: two versions of the library round images read at a smaller size differently
SMOOTH = (255 * np.mgrid[0:1:24j, 0:1:33j][[0, 1, 0]].transpose(1, 2, 0)).astype("uint8")


@pytest.mark.parametrize("channels", [0, 1, 3, 4])
@pytest.mark.parametrize("image", [BYTES[0], GREY, BYTES[0][..., [0, 1, 2, 0]]], ids=["rgb", "grey", "rgba"])
def test_png(image, channels):
    written = theirs.encode_png(image).numpy()
    assert_close(GROUP, ours.decode_png(ours.encode_png(image)), image, 0)
    expected = theirs.decode_png(written, channels=channels).numpy().astype(int)
    received = np.asarray(ours.decode_png(written, channels=channels)).astype(int)
    assert received.shape == expected.shape
    grey_from_colours = channels == 1 and image is not GREY
    assert np.abs(received - expected).max() <= (1 if grey_from_colours else 0)


def test_png_of_16_bits():
    image = GREY.astype("uint16") * 200
    written = ours.encode_png(image)
    assert_close(GROUP, theirs.decode_png(written.numpy(), dtype=tf.uint16), image, 0)
    assert_close(GROUP, ours.decode_png(written, dtype="uint16"), image, 0)
    expected = theirs.decode_png(written.numpy())
    assert_close(GROUP, ours.decode_png(written), expected, 0)
    expected = theirs.decode_png(theirs.encode_png(GREY), dtype=tf.uint16)
    assert_close(GROUP, ours.decode_png(ours.encode_png(GREY), dtype="uint16"), expected, 0)


@pytest.fixture(params=["simplejpeg", "pillow"])
def jpeg_tolerance(request, monkeypatch):
    """How far pixels are from TensorFlow's, read by the one package or the other."""
    if request.param == "simplejpeg":
        pytest.importorskip("simplejpeg")
        return 0
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    return JPEG_TOLERANCE


@pytest.mark.parametrize(
    "settings", [{}, {"quality": 40}, {"chroma_downsampling": False}, {"progressive": True}], ids=str
)
@pytest.mark.parametrize("channels", [0, 1, 3])
def test_jpeg(jpeg_tolerance, settings, channels):
    for module in (theirs, ours):
        written = module.encode_jpeg(SMOOTH, **settings).numpy()
        expected = theirs.decode_jpeg(written, channels=channels).numpy().astype(int)
        received = np.asarray(ours.decode_jpeg(written, channels=channels)).astype(int)
        assert received.shape == expected.shape
        assert np.abs(received - expected).max() <= jpeg_tolerance
        assert np.asarray(ours.extract_jpeg_shape(written)).tolist() == [24, 33, 3]
        assert bool(ours.is_jpeg(written))


def test_two_writers_of_jpeg_make_nearly_the_same():
    one = np.asarray(ours.decode_jpeg(ours.encode_jpeg(SMOOTH))).astype(int)
    other = np.asarray(ours.decode_jpeg(theirs.encode_jpeg(SMOOTH).numpy())).astype(int)
    assert np.abs(one - other).max() <= JPEG_TOLERANCE


def test_choices_of_the_jpeg_library():
    pytest.importorskip("simplejpeg")
    written = theirs.encode_jpeg(SMOOTH).numpy()
    for choices in ({"dct_method": "INTEGER_ACCURATE"}, {"dct_method": "INTEGER_FAST", "fancy_upscaling": False}):
        assert_close(GROUP, ours.decode_jpeg(written, **choices), theirs.decode_jpeg(written, **choices), 0)


def test_jpeg_parts_and_ratio(jpeg_tolerance):
    written = theirs.encode_jpeg(SMOOTH).numpy()
    expected = theirs.decode_and_crop_jpeg(written, [2, 3, 10, 12]).numpy().astype(int)
    received = np.asarray(ours.decode_and_crop_jpeg(written, [2, 3, 10, 12])).astype(int)
    assert np.abs(received - expected).max() <= jpeg_tolerance
    expected = theirs.decode_jpeg(written, ratio=2).numpy().astype(int)
    received = np.asarray(ours.decode_jpeg(written, ratio=2)).astype(int)
    assert received.shape == expected.shape
    assert np.abs(received - expected).max() <= (jpeg_tolerance or REDUCED)


def test_adjust_jpeg_quality():
    image = SMOOTH.astype("float32") * np.float32(PIXEL)
    expected, received = theirs.adjust_jpeg_quality(image, 30), ours.adjust_jpeg_quality(image, 30)
    assert received.dtype == "float32"
    assert np.abs(np.asarray(received) - expected.numpy()).max() <= JPEG_TOLERANCE * PIXEL


@pytest.mark.parametrize("format", ["GIF", "BMP", "PNG"])
def test_decode_image(format):
    pillow = pytest.importorskip("PIL.Image")
    file = io.BytesIO()
    frames = [pillow.fromarray(image) for image in BYTES]
    more = {"save_all": True, "append_images": frames[1:]} if format == "GIF" else {}
    frames[0].save(file, format, **more)
    written = file.getvalue()
    for settings in ({}, {"expand_animations": False}, {"dtype": "float32"}, {"channels": 3}):
        expected = theirs.decode_image(written, **settings)
        assert_close(GROUP, ours.decode_image(written, **settings), expected, SAME_FORMULA, f"{format} {settings}")
    if format == "GIF":
        assert_close(GROUP, ours.decode_gif(written), theirs.decode_gif(written), 0)
    if format == "BMP":
        assert_close(GROUP, ours.decode_bmp(written), theirs.decode_bmp(written), 0)
