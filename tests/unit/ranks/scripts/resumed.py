"""A training with backups, from arrays or from records in a file that a Dataset reads.

`resumed.py arrays|records FOLDER FREQUENCY [BATCHES]` ends itself after so many batches, if given.
"""

import json
import os
import signal
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from minikeras.collectives.launched import launched_rank_and_size

sys.path.append(str(Path(__file__).parents[4]))  # where the package of tests is not installed
from tests.waiting import wait_until

source, folder, frequency, *batches = sys.argv[1:]
keras.utils.set_random_seed(3)
x = np.random.default_rng(0).normal(size=(120, 4)).astype("float32")
layers = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.3), keras.layers.Dense(1, "sigmoid")]
model = keras.Sequential([keras.Input((4,)), *layers])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])


class Kill(keras.callbacks.Callback):
    seen = 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1
        if batches and self.seen == int(batches[0]):
            os.kill(os.getpid(), signal.SIGKILL)


backup = keras.callbacks.BackupAndRestore(folder, save_freq=frequency if frequency == "epoch" else int(frequency))
backup.goes_on_within_epochs = True
y = x.sum(1) > 0


def from_records():
    """Batches that are read record by record, of which a rank parses its own."""
    path = f"{folder}.records"
    if not os.path.exists(path) and launched_rank_and_size()[0] == 0:
        with tf.io.TFRecordWriter(path + ".new") as writer:
            for row, label in zip(x, y, strict=True):
                writer.write(np.append(row, label).astype("float32").tobytes())
        os.rename(path + ".new", path)
    wait_until(lambda: os.path.exists(path), "rank 0 has written the records")

    def parse(record):
        numbers = tf.io.decode_raw(record, tf.float32)
        return numbers[:4], numbers[4:]

    return tf.data.TFRecordDataset(path).map(parse).batch(20).prefetch(1)


data = (x, y) if source == "arrays" else (from_records(),)
more = {"batch_size": 20} if source == "arrays" else {"shuffle": False}
history = model.fit(*data, epochs=4, verbose=0, callbacks=[Kill(), backup], **more)
print(
    json.dumps([history.epoch, history.history["loss"], history.history["accuracy"], model.get_weights()[0].tolist()])
)
