"""Trainings with backups, from arrays or from records in a file that a Dataset reads.

`resumed.py FOLDER whole|cut|resumed`: all of them. In "cut" each one is left after some batches: by an error that all
ranks have, and the last one by the end of all processes.
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

FOLDER, PART = sys.argv[1:]
# (source, how often it is backed up, after how many batches it is left), of six batches in an epoch
TRAININGS = [("arrays", "epoch", 14), ("arrays", 4, 10), ("records", 4, 10)]
X = np.random.default_rng(0).normal(size=(120, 4)).astype("float32")
Y = X.sum(1) > 0


class LeaveError(Exception):
    """Ends a training, and not the program."""


class Leave(keras.callbacks.Callback):
    def __init__(self, batches, kills):
        super().__init__()
        self.left, self.kills = batches, kills

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0 and self.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.left == 0:
            raise LeaveError


def from_records():
    """Batches that are read record by record, of which a rank parses its own."""
    path = f"{FOLDER}/records"
    if not os.path.exists(path) and launched_rank_and_size()[0] == 0:
        with tf.io.TFRecordWriter(path + ".new") as writer:
            for row, label in zip(X, Y, strict=True):
                writer.write(np.append(row, label).astype("float32").tobytes())
        os.rename(path + ".new", path)
    wait_until(lambda: os.path.exists(path), "rank 0 has written the records")

    def parse(record):
        numbers = tf.io.decode_raw(record, tf.float32)
        return numbers[:4], numbers[4:]

    return tf.data.TFRecordDataset(path).map(parse).batch(20).prefetch(1)


def trained(source, frequency, batches, kills):
    """What a training gives that goes on where the backup is, if there is one; None if it was left."""
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.3), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    place = "whole" if PART == "whole" else "cut"
    backup = keras.callbacks.BackupAndRestore(f"{FOLDER}/{place}-{source}-{frequency}", save_freq=frequency)
    backup.goes_on_within_epochs = True
    data = (X, Y) if source == "arrays" else (from_records(),)
    more = {"batch_size": 20} if source == "arrays" else {"shuffle": False}
    callbacks = [Leave(batches, kills), backup] if PART == "cut" else [backup]
    try:
        history = model.fit(*data, epochs=4, verbose=0, callbacks=callbacks, **more)
    except LeaveError:
        return None
    return [history.epoch, history.history["loss"], history.history["accuracy"], model.get_weights()[0].tolist()]


print(json.dumps([trained(*training, training is TRAININGS[-1]) for training in TRAININGS]))
