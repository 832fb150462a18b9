"""Prints, as JSON, what a reader has to get through in a debugger: see `test_readers_path.py`.

With `--list mlp fit` (or cnn, step) it prints the functions of one path in the order in which they first run, with
the number of lines that run in each.
"""

import collections
import json
import os
import sys
from pathlib import Path

import numpy as np

import minikeras as keras
from minikeras import layers

PACKAGE = Path(keras.__file__).parent
PREFIX = f"{PACKAGE}{os.sep}"
X = np.random.default_rng(0).random((256, 28, 28, 1)).astype("float32")
Y = np.random.default_rng(1).integers(0, 10, 256)


def model_of(kind):
    """Two Dense layers, or a convolution, a pooling and a Dense layer."""
    if kind == "mlp":
        body = [layers.Flatten(), layers.Dense(64, activation="relu")]
    else:
        body = [layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    model = keras.Sequential([keras.Input((28, 28, 1)), *body, layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    model.fit(X, Y, verbose=0)
    return model


class Watch:
    """The lines and functions of the package that `run` executes, and the frames above the first matrix product.

    Attributes:
        lines: {file: numbers of its lines}.
        functions: {(file, first line, name): numbers of its lines}, in the order of their first calls.
        to_the_product: (file, name) of the frames from `train_step`, which is left out, to the kernel.
    """

    def __init__(self, run):
        self.lines = collections.defaultdict(set)
        self.functions = {}
        self.to_the_product = []
        sys.settrace(self._on_call)
        try:
            run()
        finally:
            sys.settrace(None)

    def _on_call(self, frame, event, argument):
        code = frame.f_code
        if not code.co_filename.startswith(PREFIX):
            return None
        file = code.co_filename.removeprefix(PREFIX)
        self.functions.setdefault((file, code.co_firstlineno, code.co_qualname), set()).add(frame.f_lineno)
        self.lines[file].add(frame.f_lineno)
        if (file, code.co_name) == (os.path.join("kernels", "blas.py"), "matmul") and not self.to_the_product:
            self.to_the_product = _frames_below_train_step(frame)
        return self._on_line

    def _on_line(self, frame, event, argument):
        if event == "line":
            code = frame.f_code
            file = code.co_filename.removeprefix(PREFIX)
            self.lines[file].add(frame.f_lineno)
            self.functions[file, code.co_firstlineno, code.co_qualname].add(frame.f_lineno)
        return self._on_line


def _frames_below_train_step(frame):
    found = []
    while frame.f_code.co_name != "train_step":
        if frame.f_code.co_filename.startswith(PREFIX):
            found.insert(0, (frame.f_code.co_filename.removeprefix(PREFIX), frame.f_code.co_qualname))
        frame = frame.f_back
    return found


def watch(model, method):
    """The `Watch` of a "step" or a "fit"."""
    if method == "step":
        return Watch(lambda: model.train_on_batch(X[:32], Y[:32]))
    return Watch(lambda: model.fit(X, Y, verbose=0))


def classes_above(cls):
    """The names of the classes above a class, without `object`."""
    return [base.__name__ for base in cls.__mro__[1:-1]]


def main():
    """Print the figures, or one path."""
    if "--list" in sys.argv:
        kind, method = sys.argv[-2:]
        for (file, line, name), lines in watch(model_of(kind), method).functions.items():
            print(f"{len(lines):3} {file}:{line} {name}")
        return
    paths, to_the_product = {}, []
    for kind in ("mlp", "cnn"):
        model = model_of(kind)
        for method in ("step", "fit"):
            seen = watch(model, method)
            lines = sum(map(len, seen.lines.values()))
            paths[f"{kind} {method}"] = (lines, len(seen.functions), len(seen.lines))
            to_the_product = to_the_product or seen.to_the_product
    above = {cls.__name__: classes_above(cls) for cls in (layers.Dense, layers.Conv2D, layers.GRU, keras.Sequential)}
    print(json.dumps({"paths": paths, "to_the_product": to_the_product, "classes_above": above}))


if __name__ == "__main__":
    main()
