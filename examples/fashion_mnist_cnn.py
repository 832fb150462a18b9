"""A convolutional network on Fashion-MNIST: 60 000 images of clothes, and over 90 % accuracy on unseen ones.

    python examples/fashion_mnist_cnn.py [--backend tensorflow] [--epochs 8]

The data is downloaded once (30 MB), or taken from the Debian package dataset-fashion-mnist.
"""

import argparse
import time

from backend import backend, keras

from minikeras.datasets import fashion_mnist  # finds Debian's files too; the arrays are those of keras.datasets

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=8)
epochs = parser.parse_args().epochs

keras.utils.set_random_seed(0)
(x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))

model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(64, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.summary()

start = time.perf_counter()
model.fit(x_train, y_train, batch_size=128, epochs=epochs, validation_split=0.1)
seconds = (time.perf_counter() - start) / epochs
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"{backend}: test accuracy {accuracy:.2%}, loss {loss:.4f}, {seconds:.1f} s per epoch")
