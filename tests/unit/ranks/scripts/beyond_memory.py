"""Trains on data ten times as large as this process may allocate: how memory grew, the number of steps, the losses.

Arguments: the kinds of data, with commas; a folder with `x.npy`, `y.npy`, `data.h5`; their rows; the limit.
Prints {kind: what was found} as JSON.
"""

import json
import resource
import sys
import threading
from pathlib import Path

import h5py
import keras
import numpy as np
import tensorflow as tf

KINDS, FOLDER, ROWS, LIMIT = sys.argv[1].split(","), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
BATCH, WIDTH = 16, 4096


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


def data(kind):
    if kind == "memmap":
        return [np.load(FOLDER / f"{name}.npy", mmap_mode="r") for name in "xy"]
    if kind == "HDF5":
        file = h5py.File(FOLDER / "data.h5")
        return [file["x"], file["y"]]
    if kind == "PyDataset":
        return [Batches()]
    if kind == "generator":
        return [generated()]
    rows = tf.data.FixedLengthRecordDataset(str(FOLDER / "x.npy"), 4 * WIDTH, header_bytes=128)
    rows = rows.map(lambda row: tf.io.decode_raw(row, tf.float32))
    labels = tf.data.Dataset.from_tensor_slices(np.load(FOLDER / "y.npy"))
    return [tf.data.Dataset.zip((rows, labels)).batch(BATCH).prefetch(2)]


class Memory(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.sizes = []

    def on_train_batch_end(self, batch, logs=None):
        self.sizes.append(resident())


model = keras.Sequential([keras.Input((WIDTH,)), keras.layers.Dense(4), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((BATCH * 4, WIDTH), "float32"), np.zeros((BATCH * 4, 1)), batch_size=BATCH, verbose=0)  # compiles
keras.utils.set_random_seed(0)
weights = [np.random.normal(size=weight.shape) / 64 for weight in model.get_weights()]
threading.stack_size(1 << 20)  # in place of 8 MB a thread, which count as allocated though few of their pages are used
resource.setrlimit(resource.RLIMIT_DATA, (LIMIT + allocated(), -1))
found = {}
for kind in KINDS:
    keras.utils.set_random_seed(0)
    model.set_weights(weights)
    memory, options = Memory(), {"batch_size": BATCH} if kind in ("memmap", "HDF5") else {}
    history = model.fit(*data(kind), verbose=0, shuffle=kind == "memmap", callbacks=[memory], **options).history
    found[kind] = [max(memory.sizes) - memory.sizes[0], len(memory.sizes), history["loss"]]
print(json.dumps(found))
