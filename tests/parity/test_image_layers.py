"""Layers that change images against tf.keras: the same pictures for the same seed, in calls, in `fit` and in `map`."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from minikeras.compat import tensorflow as our_tf
from tests.parity.backends import both
from tests.parity.comparing import LAYER, STEPS, assert_close
from tests.parity.layer_rows import SEED, Row, images

import keras  # isort: skip
import tensorflow as tf  # isort: skip

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

LAST = [row for row in images if row.arguments.get("data_format") != "channels_first"]
# Keras takes no dicts there
IMAGES_ALONE = {"RandomGrayscale", "ContrastLimitedAdaptiveHistogramEqualization"}
CHAIN = [
    Row("Resizing", {"height": 12, "width": 10}, []),
    Row("RandomFlip", {**SEED}, []),
    Row("RandomRotation", {"factor": 0.2, **SEED}, []),
    Row("RandomTranslation", {"height_factor": 0.2, "width_factor": 0.2, "seed": 6}, []),
    Row("RandomZoom", {"height_factor": (-0.3, 0.2), "seed": 7}, []),
    Row("RandomContrast", {"factor": 0.3, **SEED}, []),
    Row("RandomBrightness", {"factor": 0.2, **SEED}, []),
    Row("CenterCrop", {"height": 11, "width": 9}, []),
]


def pixels(*shape):
    return np.random.default_rng(2).uniform(0, 255, shape).astype("float32")


def test_each_random_layer_has_a_row():
    """docs/differences.md says that all of them draw tf.keras's numbers."""
    drawing = {name for name in dir(keras.layers) if name.startswith("Random")} | {"RandAugment", "MixUp", "CutMix"}
    assert drawing <= {row.layer for row in LAST}


@pytest.mark.one_in(2)
@pytest.mark.parametrize("row", LAST, ids=str)
def test_pictures_of_batches_single_images_and_dicts(row):
    """Two calls in a row, an image alone, one with its label and mask, and what `get_random_transformation` draws."""
    batch = pixels(3, 8, 7, 3)
    masks = np.random.default_rng(4).integers(0, 5, (3, 8, 7, 1)).astype("float32")
    labels = np.arange(3.0, dtype="float32")

    def pictures(keras):
        layer = row.make(keras)
        y = [layer(batch, training=True), layer(batch, training=True), layer(batch[0], training=True), layer(batch)]
        for part in (slice(None), 1) if row.layer not in IMAGES_ALONE else ():
            data = {"images": batch[part], "segmentation_masks": masks[part], "labels": labels[part], "id": labels}
            if row.layer == "MixUp":
                del data["segmentation_masks"]  # of which Keras mixes single numbers (docs/differences.md)
            result = layer(data, training=True)
            assert set(result) == set(data)
            y += [result[key] for key in sorted(data)]
        drawn = layer.get_random_transformation(batch, training=True, seed=11)
        y += [layer.transform_images(keras.ops.convert_to_tensor(batch), drawn, training=True)]
        y += [layer(batch, training=False)]
        return [np.asarray(picture) for picture in y]

    ours, theirs = both(pictures)
    for number, (mine, expected) in enumerate(zip(ours, theirs, strict=True)):
        assert mine.dtype == expected.dtype
        assert_close("image layers: pictures", mine, expected, LAYER, f"picture {number}")


BOXES = {
    "boxes": np.float32([[[1, 2, 5, 6], [0, 0, 7, 8]], [[2, 1, 4, 7], [3, 3, 6, 5]], [[0, 1, 2, 3], [-1, -1, -1, -1]]]),
    "labels": np.array([[1, 2], [3, 4], [5, -1]]),
}
MOVING = [
    Row("RandomFlip", {"mode": "vertical", **SEED}, []),
    Row("RandomFlip", {**SEED}, []),
    Row("RandomCrop", {"height": 5, "width": 4, **SEED}, []),
    Row("RandomRotation", {"factor": 0.2, **SEED}, []),
    Row("RandomTranslation", {"height_factor": 0.2, "width_factor": 0.3, **SEED}, []),
    Row("RandomZoom", {"height_factor": 0.2, "width_factor": 0.3, **SEED}, []),
    Row("RandomShear", {"x_factor": 0.4, "y_factor": 0.3, **SEED}, []),
    Row("RandomPerspective", {"factor": 0.9, "scale": 0.4, **SEED}, []),
    Row("RandAugment", {"num_ops": 3, "factor": 0.3, **SEED}, []),
    Row("MixUp", {**SEED}, []),
    Row("RandomErasing", {**SEED}, []),
    Row("MaxNumBoundingBoxes", {"max_number": 3}, []),
    Row("CenterCrop", {"height": 5, "width": 4}, []),
    Row("CenterCrop", {"height": 9, "width": 4}, []),
    *[
        Row("Resizing", {"height": height, "width": width, **ratio}, [])
        for height, width, ratio in (
            (5, 12, {}),
            (5, 12, {"crop_to_aspect_ratio": True}),
            (13, 5, {"crop_to_aspect_ratio": True}),
            (5, 12, {"pad_to_aspect_ratio": True}),
        )
    ],
]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("row", MOVING, ids=str)
def test_bounding_boxes(row):
    """Of batches and single images, in three formats, with and without training."""
    batch = pixels(3, 8, 7, 3)

    def moved(keras):
        results = []
        for box_format in ("xyxy", "rel_xywh", "center_yxhw"):
            layer = row.make(keras, bounding_box_format=box_format)
            assert layer.get_config()["bounding_box_format"] == box_format
            for part in (slice(None), 1):
                for training in (True, False) if row.layer != "MixUp" or part != 1 else ():
                    boxes = {key: value[part].copy() for key, value in BOXES.items()}
                    result = layer({"images": batch[part], "bounding_boxes": boxes}, training=training)
                    results += [np.asarray(result["bounding_boxes"][key]) for key in ("boxes", "labels")]
        return results

    for number, (mine, expected) in enumerate(zip(*both(moved), strict=True)):
        assert mine.dtype == expected.dtype
        assert_close("image layers: bounding boxes", mine, expected, LAYER, f"result {number}")


# angles, shifts along x and y, scales, shears along x and y of two images
AFFINE = [np.float32(x) for x in ([30, -5], [0.1, 0.2], [0.3, 0], [1.1, 0.9], [5, 6], [3, -8])]
FUNCTIONS = {
    "convert_format": lambda f, a, b: [
        f.convert_format(a, source, target, height=40, width=30)
        for source in ("xyxy", "yxyx", "center_xywh", "rel_xywh", "rel_center_xywh")
        for target in ("xyxy", "xywh", "center_yxhw", "rel_yxyx", "rel_center_xywh")
    ],
    "clip_to_image_size": lambda f, a, b: [
        f.clip_to_image_size({"boxes": a, "labels": np.arange(3)}, height=6, width=5)[key]
        for key in ("boxes", "labels")
    ],
    "affine_transform": lambda f, a, b: f.affine_transform(np.stack([a, b]), *AFFINE, height=10, width=20),
    "crop": lambda f, a, b: f.crop(a, 1, 2, 5, 6),
    "pad": lambda f, a, b: f.pad(a, 1, 2),
    "encode_box_to_deltas": lambda f, a, b: f.encode_box_to_deltas(a, b, "xyxy", "xywh", variance=[0.1, 0.1, 0.2, 0.2]),
    "decode_deltas_to_boxes": lambda f, a, b: [
        f.decode_deltas_to_boxes(a, b / 10, "xyxy", "rel_xyxy", "center_xywh", image_shape=(40, 30, 3)),
        f.decode_deltas_to_boxes({"P3": a}, {"P3": b / 10}, "xyxy", "xywh")["P3"],
    ],
    "compute_iou": lambda f, a, b: [
        f.compute_iou(a, b, "xyxy"),
        f.compute_iou(np.stack([a, b]), a, "center_xywh") if a.ndim > 2 else f.compute_iou(a[None], b[None], "xywh"),
        f.compute_iou(a, -b, "xyxy", use_masking=True, mask_val=-2),
        f.compute_iou(a / 40, b / 40, "rel_yxyx", image_shape=(40, 30, 3)),
    ],
    "compute_ciou": lambda f, a, b: f.compute_ciou(a, b, "xyxy"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_boxes(name):
    first = np.float32([[1, 2, 5, 9], [0, 3, 4, 4], [2, 2, 8, 7]])
    second = np.float32([[2, 2, 6, 9], [5, 5, 7, 8], [1, 3, 4, 6]])
    ours, theirs = both(
        lambda keras: keras.tree.flatten(FUNCTIONS[name](keras.utils.bounding_boxes, first.copy(), second.copy()))
    )
    for number, (mine, expected) in enumerate(zip(ours, theirs, strict=True)):
        assert_close("functions of boxes", np.asarray(mine), np.asarray(expected), LAYER, f"{name} {number}")


def test_aug_mix_with_the_global_seed():
    """AugMix chooses layers by Python's generator, so its pictures depend on `set_random_seed` too."""

    def pictures(keras):
        keras.utils.set_random_seed(7)
        layer = keras.layers.AugMix(seed=3)
        return [np.asarray(layer(pixels(3, 8, 7, 3), training=True)) for _ in range(3)]

    for mine, expected in zip(*both(pictures), strict=True):
        assert_close("image layers: pictures", mine, expected, LAYER, "AugMix")


@pytest.mark.one_in(3)
@pytest.mark.parametrize("row", LAST, ids=str)
def test_bytes_in_a_pipeline(row):
    """`map` over single images of bytes: floats come out, and the random numbers continue from image to image."""
    data = pixels(4, 8, 7, 3).astype("uint8")

    def elements(keras, tf):
        layer = row.make(keras)
        mapped = tf.data.Dataset.from_tensor_slices(data).map(lambda x: layer(x, training=True))
        return np.stack([np.asarray(x) for x in mapped])

    ours, theirs = elements(minikeras, our_tf), elements(keras, tf)
    assert ours.dtype == theirs.dtype
    assert_close("image layers: pipelines", ours, theirs, LAYER, "elements")


def test_augmentation_inside_fit_and_in_files(tmp_path):
    """All layers in a model: training in fit (with unshuffled batches) has tf.keras's losses; files go both ways."""
    x, y = pixels(8, 8, 7, 3), np.arange(8.0).reshape(8, 1)

    def trained(keras):
        layers = [row.make(keras) for row in CHAIN]
        crop = keras.layers.Pipeline([keras.layers.RandomCrop(8, 8, seed=9), keras.layers.Rescaling(1 / 255)])
        last = [keras.layers.Flatten(), keras.layers.Dense(1, kernel_initializer="ones")]
        model = keras.Sequential([keras.Input((8, 7, 3)), *layers, keras.layers.Rescaling(1 / 255), *last])
        model.compile(keras.optimizers.SGD(1e-5), loss="mse")
        history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
        return model, history.history["loss"], np.asarray(crop(x, training=True)), crop.get_config()

    (ours, our_losses, our_crop, our_config), (theirs, losses, crop, config) = both(trained)
    assert_close("image layers: losses of fit", our_losses, losses, STEPS, "losses")
    assert_close("image layers: pipelines", our_crop, crop, LAYER, "a Pipeline's crop")
    assert [layer["class_name"] for layer in our_config["layers"]] == [x["class_name"] for x in config["layers"]]
    assert keras.layers.Pipeline.from_config(our_config).get_config()["layers"][0]["config"]["seed"] == 9
    assert minikeras.layers.Pipeline.from_config(config).get_config()["layers"][0]["config"]["seed"] == 9
    theirs.save(tmp_path / "theirs.keras")
    ours.save(tmp_path / "ours.keras")
    ours_again = keras.models.load_model(tmp_path / "ours.keras")
    theirs_again = minikeras.models.load_model(tmp_path / "theirs.keras")
    expected = theirs.predict(x, verbose=0)
    assert_close("image layers: files", theirs_again.predict(x, verbose=0), expected, STEPS, "read from tf.keras's")
    assert_close("image layers: files", ours_again.predict(x, verbose=0), expected, STEPS, "written for tf.keras")
    # tf.keras keeps no state of these layers' generators in its files: the sequences begin again
    again = keras.models.load_model(tmp_path / "theirs.keras")
    following = np.asarray(again(x, training=True))
    assert_close("image layers: files", theirs_again(x, training=True), following, STEPS, "the next draws")


@pytest.mark.parametrize("name", ["RandomHue", "RandomSaturation"])
def test_tensorflow_has_no_gradient_of_hue_and_saturation(name):
    """So rows of these layers compare outputs only; their gradients are tested in tests/unit/layers/."""
    x = tf.constant(pixels(1, 4, 3, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = getattr(keras.layers, name)(0.3, seed=1)(x, training=True)
    assert tape.gradient(y, x) is None
