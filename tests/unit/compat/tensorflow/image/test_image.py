"""`tf.image`: in functional models, with gradients, and the errors it raises."""

import numpy as np
import pytest

import minikeras
from minikeras import GradientTape, ops
from minikeras.compat.tensorflow import data, errors, image, io

X = np.random.default_rng(0).random((2, 8, 6, 3)).astype("float32")

SYMBOLIC = [
    lambda x: image.resize(x, (4, 4)),
    lambda x: image.resize(x, (4, 4), "nearest"),
    lambda x: image.resize_with_pad(x, 10, 10),
    lambda x: image.resize_with_crop_or_pad(x, 10, 4),
    lambda x: image.central_crop(x, 0.5),
    image.flip_left_right,
    image.transpose,
    image.rot90,
    lambda x: image.adjust_brightness(x, 0.1),
    lambda x: image.adjust_contrast(x, 1.5),
    lambda x: image.adjust_saturation(x, 0.5),
    lambda x: image.adjust_hue(x, 0.1),
    image.per_image_standardization,
    image.rgb_to_grayscale,
    lambda x: image.convert_image_dtype(x, "uint8"),
    lambda x: image.ssim(x, x * 0.5, 1.0, filter_size=3),
    image.total_variation,
    image.sobel_edges,
    lambda x: image.extract_patches(x, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"),
]


@pytest.mark.parametrize("function", SYMBOLIC)
def test_functions_stand_in_functional_models(function):
    inputs = minikeras.Input((8, 6, 3))
    outputs = function(inputs)
    received = minikeras.Model(inputs, outputs)(X)
    expected = function(ops.convert_to_tensor(X))
    assert received.dtype == expected.dtype == outputs.dtype
    np.testing.assert_allclose(received, expected, rtol=1e-6)


def test_images_of_unknown_size_get_one():
    inputs = minikeras.Input((None, None, 3))
    outputs = image.resize(inputs, (5, 4))
    assert outputs.shape == (None, 5, 4, 3)
    assert minikeras.Model(inputs, outputs)(X).shape == (2, 5, 4, 3)


def test_random_functions_stand_in_functional_models():
    inputs = minikeras.Input((8, 6, 3))
    model = minikeras.Model(inputs, image.random_flip_left_right(image.random_brightness(inputs, 0.2)))
    assert model(X).shape == X.shape
    assert not np.array_equal(model(X), model(X))


def test_gradients_of_a_resize_share_out_what_comes_back():
    x = ops.convert_to_tensor(X)
    for method in ("bilinear", "nearest", "area", "bicubic", "gaussian"):
        with GradientTape() as tape:
            tape.watch(x)
            y = ops.sum(image.resize(x, (4, 3), method))
        gradient = tape.gradient(y, x)
        assert gradient.shape == x.shape
        assert float(ops.sum(gradient)) == pytest.approx(float(ops.size(x)) / 4, rel=1e-4)  # weights add up to one


def test_a_resize_of_bytes_is_float_except_for_nearest():
    pixels = (X * 255).astype("uint8")
    assert image.resize(pixels, (3, 3)).dtype == "float32"
    assert image.resize(pixels, (3, 3), "nearest").dtype == "uint8"


def test_stateless_functions_depend_on_the_pair_alone():
    one, other = (image.stateless_random_crop(X, (2, 3, 3, 3), seed=(1, 2)).numpy() for _ in range(2))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, image.stateless_random_crop(X, (2, 3, 3, 3), seed=(1, 3)).numpy())
    with pytest.raises(ValueError, match="pair"):
        image.stateless_random_hue(X, 0.1, seed=3)


def test_png_files_are_exact_and_jpeg_files_nearly():
    pytest.importorskip("PIL.Image")
    pixels = (X[0] * 255).astype("uint8")
    assert np.array_equal(image.decode_png(image.encode_png(pixels)), pixels)
    smooth = np.tile(np.arange(0, 240, 10, dtype="uint8")[:, None, None], (1, 24, 3))
    written = image.encode_jpeg(smooth, quality=100)
    assert bool(image.is_jpeg(written))
    assert np.abs(image.decode_jpeg(written, dct_method="INTEGER_ACCURATE").numpy().astype(int) - smooth).max() <= 2
    assert image.decode_image(written, channels=1, dtype="float32").shape == (24, 24, 1)


REFUSED = [
    (lambda: image.resize(X, (3, 3), "bilinaer"), ValueError, "Did you mean 'bilinear'"),
    (lambda: image.resize(X, (3,)), ValueError, "height and width"),
    (lambda: image.resize(X[0, 0], (3, 3)), ValueError, "expected rank 3"),
    (lambda: image.crop_to_bounding_box(X, 0, 0, 9, 9), ValueError, "offset"),
    (lambda: image.pad_to_bounding_box(X, 0, 0, 5, 9), ValueError, "too small by 3"),
    (lambda: image.central_crop(X, 1.5), ValueError, "0, 1"),
    (lambda: image.crop_and_resize(X, [[0, 0, 1, 1]], [7], (2, 2)), ValueError, "box_indices"),
    (lambda: image.random_crop(X, (9, 9, 9, 9)), errors.InvalidArgumentError, "Need value.shape"),
    (lambda: image.extract_patches(X, [2, 2, 2, 1], [1] * 4, [1] * 4, "VALID"), ValueError, "sizes"),
    (lambda: image.ssim(X, X, 1.0), ValueError, "at least as large as the filter"),
    (lambda: image.encode_jpeg(X[0]), ValueError, "uint8"),
    (lambda: image.encode_png(X), ValueError, "one image"),
    (lambda: image.decode_png(b"nothing"), errors.InvalidArgumentError, "Unknown image file format"),
    (lambda: image.convert_image_dtype(X > 0, "float32"), TypeError, "floats and integers"),
    (lambda: image.adjust_hue(X[..., :1], 0.1), ValueError, "three channels"),
]


@pytest.mark.parametrize("call, error, words", REFUSED)
def test_errors_say_what_was_expected(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_pipeline_from_files_knows_its_shapes(tmp_path):
    pytest.importorskip("PIL.Image")
    for number in range(3):
        minikeras.utils.save_img(tmp_path / f"{number}.png", X[0])

    def load(path):
        pixels = image.decode_png(io.read_file(path), channels=3)
        resized = image.resize(image.convert_image_dtype(pixels, "float32"), [16, 12])
        return image.random_crop(image.random_flip_left_right(resized), (14, 10, 3))

    files = sorted(str(path) for path in tmp_path.iterdir())
    dataset = data.Dataset.from_tensor_slices(files).map(load).batch(2)
    assert tuple(dataset.element_spec.shape) == (None, 14, 10, 3)
    assert [batch.shape for batch in dataset] == [(2, 14, 10, 3), (1, 14, 10, 3)]
