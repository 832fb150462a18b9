"""Images between files, Pillow and arrays."""

import io
import sys

import numpy as np
import pytest

Image = pytest.importorskip("PIL.Image")

from minikeras.utils import array_to_img, img_to_array, load_img, save_img  # noqa: E402
from minikeras.utils.image_memory import pixels_in_place  # noqa: E402

IMAGE = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype("uint8")


def test_a_png_file_comes_back_as_it_was(tmp_path):
    path = tmp_path / "image.png"
    save_img(path, IMAGE, scale=False)
    array = img_to_array(load_img(path))
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, IMAGE)
    np.testing.assert_array_equal(
        img_to_array(load_img(str(path)), data_format="channels_first"), IMAGE.transpose(2, 0, 1)
    )


def test_a_file_in_memory_is_read_as_well():
    file = io.BytesIO()
    save_img(file, IMAGE, file_format="png", scale=False)
    np.testing.assert_array_equal(img_to_array(load_img(file), dtype="uint8"), IMAGE)


@pytest.mark.parametrize("mode, channels", [("rgb", 3), ("rgba", 4), ("grayscale", 1)])
def test_colours_are_converted_on_loading(mode, channels, tmp_path):
    save_img(tmp_path / "image.png", IMAGE)
    assert img_to_array(load_img(tmp_path / "image.png", color_mode=mode)).shape == (5, 7, channels)


def test_the_target_size_is_height_and_width(tmp_path):
    save_img(tmp_path / "image.png", IMAGE)
    assert img_to_array(load_img(tmp_path / "image.png", target_size=(2, 3))).shape == (2, 3, 3)


def test_keeping_the_proportions_cuts_the_sides(tmp_path):
    wide = np.zeros((4, 12, 3), "uint8")
    wide[:, 4:8] = 255
    save_img(tmp_path / "image.png", wide, scale=False)
    loaded = load_img(tmp_path / "image.png", target_size=(2, 2), keep_aspect_ratio=True)
    assert img_to_array(loaded).min() == 255


def test_scaling_brings_values_to_the_whole_range():
    image = np.asarray(array_to_img(np.linspace(-1, 3, 12).reshape(2, 2, 3)))
    assert (image.min(), image.max()) == (0, 255)
    assert np.asarray(array_to_img(np.full((2, 2, 3), 7.0))).max() == 0


@pytest.mark.parametrize("call, error, words", [
    (lambda path: load_img(path, color_mode="cmyk"), ValueError, "color_mode"),
    (lambda path: load_img(path, target_size=(2, 2), interpolation="bilinaer"), ValueError, "Did you mean 'bilinear'"),
    (lambda path: load_img(3), TypeError, "path-like"),
    (lambda path: array_to_img(np.zeros((2, 2))), ValueError, "rank 3"),
    (lambda path: array_to_img(np.zeros((2, 2, 5))), ValueError, "channel number"),
    (lambda path: img_to_array(np.zeros((2, 2, 2, 2))), ValueError, "image shape"),
])  # fmt: skip
def test_errors(call, error, words, tmp_path):
    save_img(tmp_path / "image.png", IMAGE)
    with pytest.raises(error, match=words):
        call(tmp_path / "image.png")


@pytest.mark.parametrize("content, reason", [(b"", "it is empty"), (b"no image", "its first bytes are b'no image'")])
def test_a_file_that_is_no_image_is_named(content, reason, tmp_path):
    (tmp_path / "image.jpg").write_bytes(content)
    with pytest.raises(Image.UnidentifiedImageError, match=f"image.jpg' cannot be read: {reason}"):
        load_img(tmp_path / "image.jpg")


def test_without_pillow_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ImportError, match="pip install pillow"):
        array_to_img(np.zeros((2, 2, 3)))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
def test_pixels_in_place_are_the_images_and_outlive_it(mode):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    wanted, found = np.asarray(image), pixels_in_place(image)
    del image
    channels = wanted.shape[2] if wanted.ndim == 3 else 1
    np.testing.assert_array_equal(found.reshape(5, 7, -1)[..., :channels], wanted.reshape(5, 7, -1))


def test_pixels_in_several_blocks_are_copied():
    image = Image.new("RGB", (2400, 2000), (1, 2, 3))  # 19 MB, of which Pillow's blocks hold 16
    assert pixels_in_place(image).shape[:2] == (2000, 2400)
    assert (pixels_in_place(image)[..., :3] == (1, 2, 3)).all()
