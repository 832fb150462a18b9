"""A training with backups: `resumed.py FOLDER FREQUENCY [BATCHES]` ends itself after so many batches, if given."""

import json
import os
import signal
import sys

import keras
import numpy as np

folder, frequency, *batches = sys.argv[1:]
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
history = model.fit(x, x.sum(1) > 0, batch_size=20, epochs=4, verbose=0, callbacks=[Kill(), backup])
print(
    json.dumps([history.epoch, history.history["loss"], history.history["accuracy"], model.get_weights()[0].tolist()])
)
