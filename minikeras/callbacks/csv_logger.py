"""`CSVLogger`: writes the logs of all epochs to a file."""

import csv
import os
from collections.abc import Iterable

import numpy as np

from minikeras.callbacks.callback import Callback

MISSING = "NA"


class CSVLogger(Callback):
    r"""Writes one line per epoch: its number, loss and metrics, sorted by name.

    The columns are those of the first epoch. If it has no validation, there are columns "val_…" anyway, for epochs with
    validation (`validation_freq`). Missing values are "NA"; lists and arrays are written as "[1, 2]". Lines end with
    \r\n, as in Keras.

    Args:
        filename: path of the file.
        separator: between the columns.
        append: whether to append to an existing file instead of overwriting it.
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys = None
        self.writer = None
        self.csv_file = None

    def on_train_begin(self, logs=None):
        goes_on = self.append and os.path.exists(self.filename)
        self._needs_header = not (goes_on and os.path.getsize(self.filename) > 0)
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")  # noqa: SIM115

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
        if self.writer is None:
            self.writer = csv.DictWriter(self.csv_file, ["epoch", *self.keys], delimiter=self.sep)
            if self._needs_header:
                self.writer.writeheader()
        self.writer.writerow({"epoch": epoch, **{key: _text(logs.get(key, MISSING)) for key in self.keys}})
        self.csv_file.flush()

    def on_train_end(self, logs=None):
        self.csv_file.close()
        self.writer = None


def _text(value):
    if isinstance(value, str) or not isinstance(value, Iterable) or np.ndim(value) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'
