"""`CSVLogger`: the logs of all epochs in a file."""

import csv
import os
from collections.abc import Iterable

import numpy as np

from minikeras.callbacks.callback import Callback

MISSING = "NA"


class CSVLogger(Callback):
    r"""Writes one line per epoch: its number, loss and metrics, in the order of their names.

    The columns are those of the first epoch. If that has no validation, there are still columns "val_…", for epochs
    that have (`validation_freq`). What an epoch lacks is "NA"; lists and arrays are written as "[1, 2]". As in
    Keras, lines end with \r\n.

    Args:
        filename: path of the file.
        separator: between the columns.
        append: whether to continue with a file that is there, instead of overwriting it.
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
