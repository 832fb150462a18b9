"""Training that stops and continues: the best model is in one file, the last one in another, and nothing is lost.

python examples/saving_and_resuming.py [--backend tensorflow]

The files are Keras's own: train with one backend, continue with the other.
"""

import pathlib
import tempfile

from backend import keras

from minikeras.datasets import digits


@keras.utils.register_keras_serializable("examples")
class Scale(keras.layers.Layer):
    """A custom layer in a file: registered under a name, with what `__init__` takes in its config."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


def new_model():
    keras.utils.set_random_seed(11)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            Scale(1 / 16),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model, first_epoch, last_epoch, *callbacks):
    return model.fit(
        x, y, epochs=last_epoch, initial_epoch=first_epoch, verbose=0, shuffle=False,
        validation_data=(x_test, y_test), callbacks=list(callbacks),
    ).history["loss"]  # fmt: skip


(x, y), (x_test, y_test) = digits.load_data()
x, x_test = (a.reshape(len(a), 64).astype("float32") for a in (x, x_test))

uninterrupted = fit(new_model(), 0, 6)

with tempfile.TemporaryDirectory() as folder:
    last, best = pathlib.Path(folder, "last.keras"), pathlib.Path(folder, "best.weights.h5")

    # The first program: it saves the best weights during training, and the whole model at the end.
    model = new_model()
    checkpoint = keras.callbacks.ModelCheckpoint(
        best, monitor="val_loss", save_best_only=True, save_weights_only=True, verbose=1
    )
    losses = fit(model, 0, 3, checkpoint)
    model.save(last)

    # Another program, days later: weights, optimizer and the arguments of `compile` are in the file.
    resumed = keras.models.load_model(last)
    losses += fit(resumed, 3, 6, checkpoint)
    for epoch, (one, two) in enumerate(zip(uninterrupted, losses, strict=True), start=1):
        print(f"epoch {epoch}: loss {one:.6f} without a stop, {two:.6f} with a stop after epoch 3")

    resumed.load_weights(best)

loss, accuracy = resumed.evaluate(x_test, y_test, verbose=0)
print(f"best weights: test loss {loss:.4f}, accuracy {accuracy:.4f}")
