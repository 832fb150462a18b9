"""The speed of training on data that stays on disk, relative to the same data in memory.

    python -m benchmarks.bench_loading            # a minute: the best of some alternating rounds
    python -m benchmarks.bench_loading records --profile    # where the time of an epoch of one kind goes
    python -m benchmarks.bench_loading --filters 32         # a larger network

The network is small and keeps both processors busy for a few milliseconds a step, so loading cannot be hidden: the cost
of a batch is added to the step. With `--filters 32` a step takes about as long as that of a usual CNN for such images.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from pathlib import Path

import numpy as np

import minikeras as keras
from minikeras.compat import tensorflow as tf

BATCH, BATCHES, SIDE = 64, 128, 32  # batches of 256 kB
KINDS = ("memory", "memmap", "HDF5", "generator", "PyDataset", "records", "records of bytes")


def network(filters):
    """Two convolutions."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(2 * filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def write(folder):
    """The data, in files of each kind; the arrays."""
    import h5py

    rng = np.random.default_rng(0)
    x = rng.normal(size=(BATCH * BATCHES, SIDE, SIDE, 1)).astype("float32")
    y = rng.integers(0, 10, len(x))
    np.save(folder / "x.npy", x)
    with h5py.File(folder / "data.h5", "w") as file:
        file["x"] = x
    for name, feature in {"floats": of_floats, "bytes": of_bytes}.items():
        with tf.io.TFRecordWriter(str(folder / name)) as writer:
            for image, label in zip(x, y.tolist(), strict=True):
                label = tf.train.Feature(int64_list=tf.train.Int64List(value=[label]))
                features = tf.train.Features(feature={"image": feature(image), "label": label})
                writer.write(tf.train.Example(features=features).SerializeToString())
    return x, y


def of_floats(image):
    """A feature of numbers."""
    return tf.train.Feature(float_list=tf.train.FloatList(value=image.ravel().tolist()))


def of_bytes(image):
    """A feature of one string, the bytes of the image's numbers."""
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[image.tobytes()]))


class Batches(keras.utils.PyDataset):
    """Rows of arrays, a copy of each batch."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def __len__(self):
        return BATCHES

    def __getitem__(self, index):
        rows = slice(index * BATCH, (index + 1) * BATCH)
        return self.x[rows].copy(), self.y[rows].copy()


def generated(x, y):
    """The same, one by one."""
    for index in range(BATCHES):
        yield Batches(x, y)[index]


def parsed_floats(serialized):
    """The images and labels of a batch of records."""
    label = tf.io.FixedLenFeature((), tf.int64)
    found = tf.io.parse_example(
        serialized, {"image": tf.io.FixedLenFeature((SIDE, SIDE, 1), tf.float32), "label": label}
    )
    return found["image"], found["label"]


def parsed_bytes(serialized):
    """The same, of records of one string."""
    features = {"image": tf.io.FixedLenFeature((), tf.string), "label": tf.io.FixedLenFeature((), tf.int64)}
    found = tf.io.parse_example(serialized, features)
    return tf.reshape(tf.io.decode_raw(found["image"], tf.float32), (-1, SIDE, SIDE, 1)), found["label"]


def records(path, parse):
    """The usual pipeline."""
    return tf.data.TFRecordDataset(str(path)).batch(BATCH).map(parse, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def sources(folder, x, y):
    """{kind: a function that makes the arguments of `fit`}."""
    import h5py

    sizes = {"batch_size": BATCH, "shuffle": False}
    return {
        "memory": lambda: ((x, y), sizes),
        "memmap": lambda: ((np.load(folder / "x.npy", mmap_mode="r"), y), sizes),
        "HDF5": lambda: ((h5py.File(folder / "data.h5")["x"], y), sizes),
        "generator": lambda: ((generated(x, y),), {"shuffle": False}),
        "PyDataset": lambda: ((Batches(x, y),), {"shuffle": False}),
        "records": lambda: ((records(folder / "floats", parsed_floats),), {"shuffle": False}),
        "records of bytes": lambda: ((records(folder / "bytes", parsed_bytes),), {"shuffle": False}),
    }


def seconds_of(model, made):
    """(seconds, seconds of processors) of an epoch, the making of the pipeline included."""
    begin, work = time.perf_counter(), time.process_time()
    arguments, options = made()
    model.fit(*arguments, verbose=0, **options)
    return time.perf_counter() - begin, time.process_time() - work


def line_of(kind, found, in_memory):
    """What was found of a kind, as text."""
    low, work = found.min(axis=0) / BATCHES
    of_minima, _ = in_memory.min(axis=0) / found.min(axis=0)
    of_medians, _ = np.median(in_memory, axis=0) / np.median(found, axis=0)
    return (
        f"{kind:18}{1e3 * low:8.2f} ms a step, {1e3 * work:8.2f} ms of processors;"
        f"{of_minima:8.2f} of the speed in memory (medians{of_medians:5.2f})"
    )


def main():
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kinds", nargs="*", default=KINDS)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--filters", type=int, default=8, help="of the first convolution; the second has twice as many")
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    model = network(arguments.filters)
    with tempfile.TemporaryDirectory() as name:
        made = sources(Path(name), *write(Path(name)))
        kinds = list(dict.fromkeys(["memory", *arguments.kinds]))
        times = {kind: [] for kind in kinds}
        for kind in kinds:
            for _ in range(2):
                seconds_of(model, made[kind])
        for _ in range(arguments.rounds):
            for kind in kinds:
                times[kind].append(seconds_of(model, made[kind]))
        for kind in kinds:
            print(line_of(kind, np.array(times[kind]), np.array(times["memory"])))
        if arguments.profile:
            profile = cProfile.Profile()
            profile.runcall(seconds_of, model, made[kinds[-1]])
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
