"""`keras.preprocessing.image`: what can be said of changed images without another implementation."""

import numpy as np
import pytest

pillow = pytest.importorskip("PIL.Image")

from minikeras.compat import keras  # noqa: E402
from minikeras.preprocessing.image import (  # noqa: E402
    ImageDataGenerator,
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    smart_resize,
)

RNG = np.random.default_rng(0)
IMAGES = RNG.random((6, 5, 7, 3)).astype("float32")
LABELS = np.arange(6)
AXES = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}


def test_a_shift_by_whole_pixels_moves_rows_and_columns():
    moved = apply_affine_transform(IMAGES[0], tx=1, ty=2, fill_mode="constant", cval=-1.0, **AXES)
    np.testing.assert_allclose(moved[:-2, :-1], IMAGES[0][2:, 1:], rtol=1e-6)
    assert (moved[-2:] == -1).all()
    assert (moved[:, -1] == -1).all()


def test_four_quarter_turns_are_none():
    square = IMAGES[0][:, :5]
    turned = square
    for _ in range(4):
        turned = apply_affine_transform(turned, theta=90, order=0, **AXES)
    np.testing.assert_array_equal(turned, square)
    np.testing.assert_array_equal(apply_affine_transform(square, theta=180, order=0, **AXES), square[::-1, ::-1])


def test_the_shift_ranges_have_changed_places_as_in_keras():
    generator = ImageDataGenerator(height_shift_range=[2])
    left = generator.get_random_transform(IMAGES[0].shape, seed=1)["tx"]
    assert abs(left) == 2
    moved = generator.apply_transform(IMAGES[0], {"tx": 2})
    np.testing.assert_allclose(moved[:, :-2], IMAGES[0][:, 2:], rtol=1e-6)


def test_the_four_fill_modes_of_a_row():
    row = np.array([[[1.0], [2.0], [3.0], [4.0]]])
    filled = {
        mode: apply_affine_transform(row, tx=3, fill_mode=mode, cval=9.0, order=0, **AXES)[0, :, 0].tolist()
        for mode in ("nearest", "constant", "reflect", "wrap")
    }
    assert filled == {
        "nearest": [4, 4, 4, 4],
        "constant": [4, 9, 9, 9],
        "reflect": [4, 4, 3, 2],
        "wrap": [4, 2, 3, 1],  # SciPy lays the last pixel over the first; 6 · 1 is a multiple of the period
    }


@pytest.mark.parametrize("settings, words", [
    ({"fill_mode": "mirror"}, "fill_mode"),
    ({"order": 3}, "0 or 1"),
    ({"row_axis": 1, "col_axis": 1}, "three axes"),
])  # fmt: skip
def test_affine_arguments_are_checked(settings, words):
    with pytest.raises(ValueError, match=words):
        apply_affine_transform(IMAGES[0], theta=10, **(AXES | settings))


def test_the_same_seed_gives_the_same_batches():
    generator = ImageDataGenerator(rotation_range=30, zoom_range=0.2, horizontal_flip=True)
    one, other = (generator.flow(IMAGES, LABELS, batch_size=2, seed=4) for _ in range(2))
    for _ in range(4):
        for a, b in zip(next(one), next(other), strict=True):
            np.testing.assert_array_equal(a, b)


def test_an_epoch_has_every_image_once():
    flow = ImageDataGenerator().flow(IMAGES, LABELS, batch_size=4, seed=1)
    assert len(flow) == 2
    assert sorted(np.concatenate([flow[i][1] for i in range(2)]).tolist()) == LABELS.tolist()
    with pytest.raises(ValueError, match="length 2"):
        flow[2]


def test_without_changes_images_come_as_they_are():
    x, y = next(ImageDataGenerator().flow(IMAGES, LABELS, shuffle=False))
    np.testing.assert_array_equal(x, IMAGES)
    assert y.tolist() == LABELS.tolist()


def test_normalisation_by_the_data():
    generator = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True)
    with pytest.warns(UserWarning, match="before statistics are known"):
        generator.standardize(IMAGES[0].copy())
    generator.fit(IMAGES)
    x = next(generator.flow(IMAGES, shuffle=False))
    np.testing.assert_allclose(x.mean(axis=(0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(x.std(axis=(0, 1, 2)), 1, atol=1e-4)


def test_whitened_pixels_are_uncorrelated():
    images = RNG.random((40, 3, 3, 1)).astype("float32")
    generator = ImageDataGenerator(featurewise_center=True, zca_whitening=True)
    generator.fit(images)
    flat = next(generator.flow(images, batch_size=40, shuffle=False)).reshape(40, -1)
    np.testing.assert_allclose(flat.T @ flat / 40, np.eye(9), atol=1e-2)


@pytest.mark.parametrize("settings, name", [
    ({"zca_whitening": True}, "featurewise_center"),
    ({"samplewise_std_normalization": True}, "samplewise_center"),
    ({"featurewise_std_normalization": True}, "featurewise_center"),
])  # fmt: skip
def test_what_a_setting_needs_is_switched_on(settings, name):
    with pytest.warns(UserWarning, match=name):
        assert getattr(ImageDataGenerator(**settings), name)


@pytest.mark.parametrize("settings, words", [
    ({"zoom_range": (1, 2, 3)}, "zoom_range"),
    ({"brightness_range": 0.5}, "brightness_range"),
    ({"validation_split": 1.5}, "validation_split"),
    ({"data_format": "channels_middle"}, "data_format"),
])  # fmt: skip
def test_generator_arguments_are_checked(settings, words):
    with pytest.raises(ValueError, match=words):
        ImageDataGenerator(**settings)


@pytest.mark.parametrize("arguments, settings, words", [
    ((IMAGES, LABELS[:3]), {}, "same length"),
    ((IMAGES[0], LABELS[:5]), {}, "4 axes"),
    ((IMAGES, LABELS), {"subset": "test"}, "Invalid subset"),
    ((IMAGES, LABELS), {"subset": "training"}, "different labels"),
])  # fmt: skip
def test_flow_arguments_are_checked(arguments, settings, words):
    with pytest.raises(ValueError, match=words):
        ImageDataGenerator(validation_split=0.5).flow(*arguments, **settings)


def test_two_channels_are_no_image():
    with pytest.warns(UserWarning, match="which has 2"):
        ImageDataGenerator().flow(IMAGES[..., :2])


def test_subsets_share_out_the_data():
    generator = ImageDataGenerator(validation_split=0.5)
    y = LABELS % 3
    training, validation = (
        generator.flow(IMAGES, y, subset=part, shuffle=False) for part in ("training", "validation")
    )
    np.testing.assert_array_equal(np.concatenate([next(validation)[0], next(training)[0]]), IMAGES)


@pytest.fixture
def folder(tmp_path):
    for number in range(6):
        place = tmp_path / ("a" if number % 2 else "b")
        place.mkdir(exist_ok=True)
        pillow.fromarray(np.full((4, 4, 3), number * 40, "uint8")).save(place / f"{number}.png")
    return tmp_path


def test_folders_are_classes(folder, capsys):
    flow = ImageDataGenerator().flow_from_directory(folder, target_size=(2, 2), shuffle=False, class_mode="sparse")
    assert "Found 6 images belonging to 2 classes." in capsys.readouterr().out
    assert flow.class_indices == {"a": 0, "b": 1}
    x, y = next(flow)
    assert x[:, 0, 0, 0].tolist() == [40, 120, 200, 0, 80, 160]
    assert y.tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("settings, words", [
    ({"class_mode": "multi_output"}, "class_mode"),
    ({"color_mode": "cmyk"}, "color mode"),
    ({"subset": "test"}, "subset"),
])  # fmt: skip
def test_folder_arguments_are_checked(folder, settings, words):
    with pytest.raises(ValueError, match=words):
        ImageDataGenerator(validation_split=0.5).flow_from_directory(folder, **settings)


def test_a_model_learns_from_changed_images():
    x = np.concatenate([np.zeros((16, 6, 6, 1)), np.ones((16, 6, 6, 1))]).astype("float32")
    x += RNG.normal(0, 0.1, x.shape)
    y = np.repeat([0.0, 1.0], 16)
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    flow = ImageDataGenerator(rotation_range=20, width_shift_range=0.1).flow(x, y, batch_size=8, seed=2)
    history = model.fit(flow, epochs=5, validation_data=(x, y), verbose=0)
    assert history.history["val_accuracy"][-1] == 1.0


def test_brightness_and_channel_shifts():
    image = np.full((2, 2, 3), 100.0, "float32")
    assert apply_brightness_shift(image, 1.5, scale=False).max() == 150
    assert apply_channel_shift(np.array([[[0.0, 1.0, 0.5]]]), 0.7, 2).tolist() == [[[0.7, 1.0, 1.0]]]


def test_smart_resize_cuts_instead_of_stretching():
    image = np.zeros((4, 8, 1), "float32")
    image[:, 2:6] = 1  # the part in the middle that is as wide as it is high
    np.testing.assert_array_equal(smart_resize(image, (2, 2)), np.ones((2, 2, 1)))
