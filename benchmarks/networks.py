"""The networks that are trained side by side, written once for both sides."""

import numpy as np


def mlp(keras):
    """784-100-10."""
    return keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def cnn(keras):
    """28×28 images: conv 32, pool, conv 64, pool, 128, 10."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


NETWORKS = {"MLP": (mlp, (784,)), "CNN": (cnn, (28, 28, 1))}


def data(shape, samples):
    """Random images and labels."""
    rng = np.random.default_rng(0)
    return rng.uniform(size=(samples, *shape)).astype("float32"), rng.integers(0, 10, samples)


def trained(keras, make, start=None):
    """A compiled model; with `start`, from those weights."""
    keras.utils.set_random_seed(0)
    model = make(keras)
    if start is not None:
        model.set_weights(start)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
