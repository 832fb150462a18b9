"""`python -m tests.security.soak SCENARIO COUNT`: do something COUNT times, print what the process holds as JSON lines.

Four lines, after each quarter: bytes of memory, Python objects, threads, open files.
"""

import gc
import json
import os
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np

import minikeras as keras

ROWS, COLUMNS = 96, 64  # 24 KB of data for each fit: what keeps it grows by 18 MB in 750 fits


def data(number):
    """New arrays for each fit, as a program has them that reads its data piece by piece."""
    rng = np.random.default_rng(number)
    x = rng.normal(size=(ROWS, COLUMNS)).astype("float32")
    return x, x[:, :1] > 0


def network():
    model = keras.Sequential(
        [
            keras.Input((COLUMNS,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def fit_and_predict():
    model = network()

    def once(number):
        x, y = data(number)
        model.fit(x, y, epochs=2, batch_size=32, validation_split=0.2, verbose=0)
        model.predict(x, verbose=0)
        model.evaluate(x, y, verbose=0)

    return once


def single_batches():
    model = network()

    def once(number):
        x, y = data(number)
        model.train_on_batch(x, y)
        model.test_on_batch(x, y)
        model.predict_on_batch(x)

    return once


def eager_steps():
    """A loop of the user's own with a tape, and a step that runs no plan."""
    model, loss = network(), keras.losses.BinaryCrossentropy()
    model.compile("adam", "binary_crossentropy", run_eagerly=True)

    def once(number):
        x, y = data(number)
        with keras.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        model.optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        model.fit(x, y, verbose=0)

    return once


def new_models():
    """Models that are made, trained once, saved, loaded and dropped."""
    folder = tempfile.TemporaryDirectory()

    def once(number):
        x, y = data(number)
        model = network()
        model.fit(x, y, verbose=0)
        model.save(Path(folder.name, "model.keras"))
        keras.models.load_model(Path(folder.name, "model.keras")).predict(x, verbose=0)
        keras.utils.clear_session()

    return once


def refused_data():
    """Errors keep nothing: neither the data nor frames in tracebacks."""
    model = network()

    def once(number):
        x, y = data(number)
        for wrong in (x.astype("timedelta64[s]"), x[:, 1:], x[:5]):
            try:
                model.fit(wrong, y, verbose=0)
            except ValueError:
                continue
            raise AssertionError("the data was not refused")

    return once


SCENARIOS = {f.__name__: f for f in (fit_and_predict, single_batches, eager_steps, new_models, refused_data)}


def held():
    """What the process holds now."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {
        "bytes": resident,
        "objects": len(gc.get_objects()),
        "threads": threading.active_count(),
        "files": len(os.listdir("/proc/self/fd")),
    }


def main(scenario, count):
    once = SCENARIOS[scenario]()
    quarter = max(count // 4, 1)
    for number in range(4 * quarter):
        once(number)
        if (number + 1) % quarter == 0:
            print(json.dumps(held()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
