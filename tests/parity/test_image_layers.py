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


@pytest.mark.parametrize("row", LAST, ids=str)
def test_pictures_of_batches_single_images_and_dicts(row):
    """Two calls in a row, an image alone, one with its label and mask, and what `get_random_transformation` draws."""
    batch = pixels(3, 8, 7, 3)
    masks = np.random.default_rng(4).integers(0, 5, (3, 8, 7, 1)).astype("float32")
    labels = np.arange(3.0, dtype="float32")

    def pictures(keras):
        layer = row.make(keras)
        y = [layer(batch, training=True), layer(batch, training=True), layer(batch[0], training=True), layer(batch)]
        for part in (slice(None), 1) if row.layer != "RandomGrayscale" else ():  # there Keras takes images alone
            data = {"images": batch[part], "segmentation_masks": masks[part], "labels": labels[part], "id": labels}
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


@pytest.mark.parametrize("row", LAST, ids=str)
def test_bytes_in_a_pipeline(row):
    """`map` over single images of bytes: floats come out, and the random numbers go on from image to image."""
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
