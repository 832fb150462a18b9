"""Texts and images before the first layer: pipelines, lookups, augmentation in `fit`; a folder to a trained model."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

import minikeras
from benchmarks.goals import Goal
from benchmarks.networks import same_losses
from benchmarks.processes import output_of
from minikeras.compat import tensorflow as namespace
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed

BATCH = 64
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (1024, 32, 32, 3)).astype("float32")
ENGLISH = [f"{first}{last}" for first in ("wh", "th", "st", "gr", "pl") for last in ("at", "is", "one", "ay", "een")]
WORDS = [*ENGLISH, *(f"word{i}" for i in range(3000))]
SAME_ACCURACY = 0.05  # after an epoch with other random pictures, or texts in another order


def flip_crop_brightness(tf):
    """Flip, pad, crop, brightness."""

    def augment(image):
        image = tf.image.random_flip_left_right(image, seed=1)
        image = tf.pad(image, [[4, 4], [4, 4], [0, 0]])
        image = tf.image.random_crop(image, (32, 32, 3), seed=2)
        return tf.image.random_brightness(image, 0.2, seed=3)

    return augment


def labelled(tf):
    """Casts and crops with labels."""

    def augment(image, label):
        image = tf.cast(image, tf.float32) / 255.0
        image = tf.image.random_flip_left_right(image)
        image = tf.image.resize_with_crop_or_pad(image, 40, 40)
        image = tf.image.random_crop(image, size=[32, 32, 3])
        image = tf.image.random_contrast(image, 0.8, 1.2)
        return tf.clip_by_value(image, 0.0, 1.0), tf.one_hot(label, 10)

    return augment


def stateless(tf):
    """Stateless draws from numbered seeds."""

    def augment(number, image):
        seed = tf.stack([tf.cast(number, tf.int32), 7])
        image = tf.image.stateless_random_flip_left_right(image, seed)
        image = tf.image.stateless_random_crop(image, (28, 28, 3), seed)
        image = tf.image.stateless_random_brightness(image, 0.2, seed)
        return tf.image.resize(image, (32, 32))

    return augment


def pipeline(tf, function):
    """The batches of images that the function changes one by one."""
    dataset = tf.data.Dataset
    if function is labelled:
        data = dataset.from_tensor_slices((IMAGES.astype("uint8"), np.arange(len(IMAGES)) % 10))
    else:
        data = dataset.from_tensor_slices(IMAGES)
    if function is stateless:
        data = data.enumerate()
    return data.map(function(tf)).batch(BATCH)


def drain(batches):
    count = 0
    for batch in batches:
        count += len(batch[0] if isinstance(batch, tuple) else batch)
    return count


@pytest.fixture
def as_tensorflow():
    """Tensors have TensorFlow's methods, as in a script that imports it."""
    with tensor_attributes_installed():
        yield namespace


@pytest.mark.parametrize("function", [flip_crop_brightness, labelled, stateless], ids=lambda f: f.__name__)
def test_augmentation_by_element(side_by_side, tf, as_tensorflow, function):
    ours = pipeline(as_tensorflow, function)
    theirs = tf and pipeline(tf, function)
    side_by_side(
        f"{function.__doc__.rstrip('.')}: `map` by image, then batches",
        goals=(Goal("augmentation by element in `tf.data`", 1.5),),
        check=lambda *counts: [count == len(IMAGES) or pytest.fail(f"{count} images") for count in counts],
        calls=len(IMAGES),
        unit="image",
        seconds=2.0,
        rounds=5,
        minikeras=lambda: drain(ours),
        tensorflow=theirs and (lambda: drain(theirs)),
    )


def classic(layers):
    return [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.1)]


def every(layers):
    return [*classic(layers), layers.RandomTranslation(0.1, 0.1), layers.RandomContrast(0.2)]


def light(layers):
    return [layers.RandomFlip(), layers.RandomContrast(0.2), layers.RandomBrightness(0.1, value_range=(0, 1))]


AUGMENTATIONS = {
    "flip, rotation, zoom": classic,
    "flip, rotation, zoom, translation, contrast": every,
    "flip, contrast, brightness": light,
}


def cnn(keras, augmentation, start=None):
    layers = keras.layers
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Rescaling(1 / 255),
            *augmentation(layers),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    if start is not None:
        model.set_weights(start)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmenting_layers_in_fit(side_by_side, tf, name):
    x, y = IMAGES, np.arange(len(IMAGES)) % 10
    ours = cnn(minikeras, AUGMENTATIONS[name])
    theirs = tf and cnn(tf.keras, AUGMENTATIONS[name], ours.get_weights())

    def epoch(model):
        return lambda: model.fit(x, y, batch_size=BATCH, verbose=0).history["loss"][-1]

    side_by_side(
        f"CNN after {name}: fit, batch {BATCH}",
        goals=(Goal("augmenting layers inside `fit`", 2),),
        check=same_losses,
        calls=len(x) // BATCH,
        unit="step",
        seconds=3.0,
        rounds=5,
        minikeras=epoch(ours),
        tensorflow=theirs and epoch(theirs),
    )


def texts(count, length):
    """Sentences with capitals and punctuation; words as frequent as in a language (Zipf)."""
    words = np.array(WORDS)[np.minimum(RNG.zipf(1.3, (count, length)) - 1, len(WORDS) - 1)]
    return [" ".join(row).capitalize() + "." for row in words]


@pytest.mark.parametrize("length", [8, 200])
@pytest.mark.parametrize("count", [100, 2000, 20_000])
def test_text_vectorization(side_by_side, tf, count, length):
    data = np.array(texts(count if length < 100 else max(100, count // 10), length), dtype=object)
    count = len(data)
    sides = {}
    for side, keras in (("minikeras", minikeras), ("tensorflow", tf and tf.keras)):
        if keras:
            layer = keras.layers.TextVectorization(max_tokens=1000, output_sequence_length=min(length, 100))
            layer.adapt(data)
            sides[side] = layer
    goals = (Goal("TextVectorization, `adapt` and call", 1),)
    kind = f"{count:,} texts of {length} words"
    side_by_side(
        f"TextVectorization of {kind}",
        goals=goals,
        seconds=1.0,
        rounds=5,
        **{side: lambda layer=layer: np.asarray(layer(data)) for side, layer in sides.items()},
    )

    def adapted(layer):
        layer.adapt(data)
        return np.asarray([hash(word) % 997 for word in layer.get_vocabulary()])

    side_by_side(
        f"TextVectorization, adapt to {kind}",
        goals=goals,
        seconds=1.0,
        rounds=5,
        **{side: lambda layer=layer: adapted(layer) for side, layer in sides.items()},
    )


@pytest.mark.parametrize("count", [32, 1000, 20_000])
@pytest.mark.parametrize("mode", ["int", "multi_hot"])
def test_string_lookup(side_by_side, tf, count, mode):
    vocabulary = WORDS[:1000]
    data = np.array(WORDS, dtype=object)[RNG.integers(0, 1100, (count, 1))]
    layers = {
        side: keras.layers.StringLookup(vocabulary=vocabulary, output_mode=mode)
        for side, keras in (("minikeras", minikeras), ("tensorflow", tf and tf.keras))
        if keras
    }
    if mode == "multi_hot":
        data = data[: min(count, 2000)]
    side_by_side(
        f"StringLookup of {len(data):,} strings, {mode}",
        goals=(Goal("StringLookup", 1),),
        seconds=1.0,
        **{side: lambda layer=layer: np.asarray(layer(data)) for side, layer in layers.items()},
    )


@pytest.mark.parametrize("count", [1000, 20_000])
def test_string_lookup_adapt(side_by_side, tf, count):
    data = np.array(WORDS, dtype=object)[np.minimum(RNG.zipf(1.3, (count, 1)) - 1, len(WORDS) - 1)]

    def adapted(keras):
        layer = keras.layers.StringLookup()

        def adapt():
            layer.adapt(data)
            return [layer.vocabulary_size()]

        return adapt

    side_by_side(
        f"StringLookup, adapt to {count:,} strings",
        goals=(Goal("StringLookup", 1),),
        seconds=1.0,
        minikeras=adapted(minikeras),
        tensorflow=tf and adapted(tf.keras),
    )


def write_images(folder, height, width, files=5000, different=100):
    """JPEG files of two classes: waves with noise, each under several names."""
    y, x = np.mgrid[:height, :width]
    for label in "ab":
        Path(folder, label).mkdir()
    for i in range(different):
        waves = [128 + 100 * np.sin(x / 17 + i + c) * np.cos(y / (11 + c)) for c in range(3)]
        pixels = np.clip(np.stack(waves, -1) + RNG.normal(0, 8, (height, width, 3)), 0, 255).astype("uint8")
        first = Path(folder, "a", f"{i}.jpg")
        minikeras.utils.save_img(first, pixels, quality=85, scale=False)
        for k in range(1, files // different):
            Path(folder, "ab"[k % 2], f"{i}_{k}.jpg").hardlink_to(first)


@pytest.mark.parametrize("size, resized", [((240, 320), 180), ((375, 500), 224), ((256, 256), 256)], ids=str)
def test_folder_of_images(side_by_side, tf, size, resized):
    with tempfile.TemporaryDirectory() as folder:
        write_images(folder, *size)

        def batches(keras):
            read = keras.utils.image_dataset_from_directory
            return read(folder, image_size=(resized, resized), seed=1, verbose=False)

        ours = batches(minikeras)
        theirs = tf and batches(tf.keras)
        side_by_side(
            f"5,000 JPEG files of {size[0]} × {size[1]} in a folder, read and resized to {resized} × {resized}",
            goals=(Goal("`image_dataset_from_directory`, 5,000 JPEG files", 1),),
            check=lambda *counts: [count == 5000 or pytest.fail(f"{count} images") for count in counts],
            calls=5000,
            unit="image",
            seconds=0,
            rounds=3,
            minikeras=lambda: drain(ours),
            tensorflow=theirs and (lambda: drain(theirs)),
        )


CLASSIFICATION = """
import contextlib, sys
with contextlib.redirect_stdout(sys.stderr):  # both print how many files they use, with verbose=False too
    train, test = keras.utils.text_dataset_from_directory(
        {folder!r}, batch_size=32, validation_split=0.2, subset="both", seed=3, verbose=False
    )
layers = keras.layers
keras.utils.set_random_seed(0)
vectorize = layers.TextVectorization(max_tokens=2000, output_sequence_length=60)
vectorize.adapt(train.map(lambda text, label: text))
model = keras.Sequential([
    layers.Embedding(2000, 16),
    layers.Dropout(0.2),
    layers.GlobalAveragePooling1D(),
    layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
prepare = lambda text, label: (vectorize(text), label)
model.fit(train.map(prepare).cache().prefetch(2), validation_data=test.map(prepare).cache(), epochs=5, verbose=0)
print(model.evaluate(test.map(prepare), verbose=0)[1])
"""


def write_texts(folder, count=1000):
    """Texts of two classes, each with 20 words of its own among 2,000."""
    for label, favourites in (("neg", WORDS[100:120]), ("pos", WORDS[120:140])):
        Path(folder, label).mkdir()
        for i, text in enumerate(texts(count, 40)):
            own = " ".join(RNG.choice(favourites, 6))
            Path(folder, label, f"{i}.txt").write_text(f"{text} {own}<br />")


def test_from_a_folder_of_texts_to_a_trained_model(side_by_side, tf):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as kernels:
        write_texts(folder)
        script = CLASSIFICATION.format(folder=folder)

        def cold():
            with tempfile.TemporaryDirectory(prefix="minikeras_cold_") as empty:
                return output_of("minikeras", script, NUMBA_CACHE_DIR=empty)

        output_of("minikeras", script, NUMBA_CACHE_DIR=kernels)  # compiles and keeps the kernels
        side_by_side(
            "2,000 texts in a folder to a trained model, in a new process",
            goals=(
                Goal("texts in a folder to a trained model", 3),
                Goal("texts in a folder to a trained model, cold", 3, ours="cold"),
            ),
            check=lambda *scores: np.testing.assert_allclose(scores, scores[0], atol=SAME_ACCURACY),
            seconds=0,
            rounds=3,
            minikeras=lambda: output_of("minikeras", script, NUMBA_CACHE_DIR=kernels),
            cold=cold,
            tensorflow=tf and (lambda: output_of("tensorflow", script)),
        )
