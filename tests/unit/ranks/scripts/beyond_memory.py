"""Trains on data ten times as large as this process may allocate, and prints how its memory grew and its losses.

Arguments: the kind of data, and a folder with `x.npy`, `y.npy`, `data.h5` and files of a data set.
"""

import json
import resource
import sys
from pathlib import Path

import h5py
import keras
import numpy as np
import tensorflow as tf

KIND, FOLDER, ROWS, LIMIT = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
BATCH = 64


def resident():
    """Bytes of this process in memory, those of files among them."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def allocated():
    """Bytes that this process has allocated, in memory or not."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
    return int(line.split()[1]) << 10


class Batches(keras.utils.PyDataset):
    def __init__(self):
        super().__init__()
        self.x, self.y = (np.load(FOLDER / f"{name}.npy", mmap_mode="r") for name in "xy")

    def __len__(self):
        return ROWS // BATCH

    def __getitem__(self, index):
        rows = slice(index * BATCH, (index + 1) * BATCH)
        return read(rows), np.array(self.y[rows])


def read(rows):
    """Rows of x.npy, by reading the file."""
    with open(FOLDER / "x.npy", "rb") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        width = int(np.prod(shape[1:]))
        file.seek(rows.start * width * dtype.itemsize, 1)
        return np.fromfile(file, dtype, (rows.stop - rows.start) * width).reshape(-1, *shape[1:])


def generated():
    for index in range(ROWS // BATCH):
        yield Batches()[index]


def data():
    if KIND == "memmap":
        return [np.load(FOLDER / f"{name}.npy", mmap_mode="r") for name in "xy"]
    if KIND == "HDF5":
        file = h5py.File(FOLDER / "data.h5")
        return [file["x"], file["y"]]
    if KIND == "PyDataset":
        return [Batches()]
    if KIND == "generator":
        return [generated()]
    rows = tf.data.FixedLengthRecordDataset(str(FOLDER / "x.npy"), 4 * 1024, header_bytes=128)
    rows = rows.map(lambda row: tf.io.decode_raw(row, tf.float32))
    labels = tf.data.Dataset.from_tensor_slices(np.load(FOLDER / "y.npy"))
    return [tf.data.Dataset.zip((rows, labels)).batch(BATCH).prefetch(2)]


class Memory(keras.callbacks.Callback):
    sizes = []

    def on_train_batch_end(self, batch, logs=None):
        self.sizes.append(resident())


keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((1024,)), keras.layers.Dense(4), keras.layers.Dense(1)])
model.compile("sgd", "mse")
given = data()
model.fit(np.zeros((BATCH * 4, 1024), "float32"), np.zeros((BATCH * 4, 1)), batch_size=BATCH, verbose=0)  # compiles
resource.setrlimit(resource.RLIMIT_DATA, (LIMIT + allocated(), -1))
memory = Memory()
arrays = KIND in ("memmap", "HDF5")
options = {"batch_size": BATCH} if arrays else {}
losses = model.fit(*given, verbose=0, shuffle=arrays and KIND == "memmap", callbacks=[memory], **options).history[
    "loss"
]
print(json.dumps([max(memory.sizes) - memory.sizes[0], len(memory.sizes), losses]))
