"""A network for the digits, trained from a seed: in this process, without compiled packages, in Node, in Chromium."""

import minikeras as keras


def losses(samples=512, epochs=2):
    """The loss of each epoch, of an evaluation, and a sum of predictions."""
    keras.utils.set_random_seed(7)
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 16),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x[:samples, ..., None], y[:samples], epochs=epochs, verbose=0)
    loss, _ = model.evaluate(x_test[..., None], y_test, verbose=0)
    predictions = model.predict(x_test[..., None], verbose=0)
    return [*history.history["loss"], loss, float((predictions**2).mean())]
