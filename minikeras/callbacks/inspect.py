"""`Inspect`: norms, update ratios and activations of every layer during training, as data, plots and histograms."""

from collections import Counter

import numpy as np

from minikeras import tree
from minikeras.autodiff.observers import Observer, start, stop
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.optional_packages import optional_module
from minikeras.callbacks.callback import Callback
from minikeras.formats.event_files import EventWriter

TINY = 1e-12  # keeps the ratio of a weight that is zero finite


class Inspect(Callback):
    """Records statistics of the weights, gradients and activations of every layer, every `freq` steps.

    The inspected steps run op by op, the others as usual. Results do not change beyond the rounding of
    `run_eagerly=True`.

        inspect = keras.callbacks.Inspect(freq=10)
        model.fit(x, y, callbacks=[inspect])
        inspect.weights["dense/kernel"]["ratio"]     # one value for each step in inspect.steps
        inspect.layers["sequential/dense"]["zeros"]
        inspect.plot("training.png")

    Args:
        freq: number of steps from one inspected step to the next, beginning with the first.
        activations: whether to inspect outputs of layers.
        log_dir: folder for event files with histograms of weights, gradients and activations for TensorBoard (by
            tensorboardX), or None.

    Attributes:
        steps: numbers of the inspected steps, from 0.
        weights: {path: {"norm", "gradient", "update", "ratio": lists}}: root mean squares of the weight, its gradient
            and its change by the step, and the change relative to the weight. About 1e-3 is healthy.
        layers: {path: {"mean", "std", "zeros", "shape": lists}} of the outputs of the layers; "zeros" is the fraction
            of values that are 0 (for a relu: of inactive units). A layer's second call in a step is "path (2)", and so
            is a weight's second update. If several steps run in one execution, the first is inspected.
    """

    def __init__(self, freq=1, activations=True, log_dir=None):
        super().__init__()
        if not hasattr(freq, "__index__") or freq < 1:
            raise ValueError(f"`freq` must be an integer, at least 1. Received: freq={freq!r}")
        self.freq, self.activations = freq, activations
        self.steps, self.weights, self.layers = [], {}, {}
        self._writer = None if log_dir is None else EventWriter(log_dir)
        self._step, self._watcher = -1, None

    def on_train_batch_begin(self, batch, logs=None):
        self._step += 1
        if self._step % self.freq == 0:
            self.steps.append(self._step)
            self._watcher = _Watcher(self)
            start(self._watcher, eagerly=True)

    def on_train_batch_end(self, batch, logs=None):
        self._release()

    def on_train_end(self, logs=None):
        self._release()
        if self._writer is not None:
            self._writer.close()

    def _release(self):
        if self._watcher is not None:
            stop(self._watcher)
            self._watcher = None

    def plot(self, to_file=None):
        """Curves of update ratios, gradients and inactive units, a line for each layer; needs matplotlib.

        Args:
            to_file: where to save the picture; None returns the figure for a notebook.
        """
        matplotlib = optional_module("matplotlib.figure", "`Inspect.plot`")
        figure = matplotlib.Figure(figsize=(8, 9), layout="constrained")
        axes = figure.subplots(3, 1, sharex=True)
        panels = [("update / weight", self.weights, "ratio"), ("gradient", self.weights, "gradient")]
        panels.append(("fraction of zeros", self.layers, "zeros"))
        for axis, (title, series, word) in zip(axes, panels, strict=True):
            for path, values in series.items():
                axis.plot(self.steps[-len(values[word]) :], values[word], label=path, linewidth=1)
            axis.set_ylabel(title)
            if word != "zeros" and series:
                axis.set_yscale("log")
            if series:
                axis.legend(fontsize=6, loc="upper right")
        axes[-1].set_xlabel("step")
        if to_file is None:
            return figure
        figure.savefig(to_file)
        return None

    # --- called by the observer -------------------------------------------------------------------------------------

    def _note_update(self, path, before, gradient, after):
        size = _size(before)
        values = {"norm": size, "gradient": _size(gradient), "update": _size(after - before)}
        values["ratio"] = values["update"] / max(size, TINY)
        _append(self.weights, path, values)
        self._write(f"{path}/gradient", gradient)
        self._write(path, after)

    def _note_output(self, path, y):
        values = {"mean": float(y.mean(dtype=np.float64)), "std": float(y.std(dtype=np.float64))}
        _append(self.layers, path, {**values, "zeros": float((y == 0).mean()), "shape": y.shape})
        self._write(f"{path}/output", y)

    def _write(self, tag, values):
        if self._writer is not None:
            self._writer.histogram(tag, values, self._step)


class _Watcher(Observer):
    uses_ops = False

    def __init__(self, callback):
        self.callback = callback
        self._before, self._gradients, self._open = {}, {}, []
        self._steps, self._uses = 0, Counter()

    def step_begins(self, kind, batch):
        self._steps += 1

    def _name(self, path):
        """The path, numbered from the second use in a step on, so that every series has one value per step."""
        self._uses[path] += 1
        return path if self._uses[path] == 1 else f"{path} ({self._uses[path]})"

    def layer_begins(self, layer, args, kwargs):
        self._open.append(layer.name)

    def layer_ended(self, layer, outputs):
        path = "/".join(self._open)
        self._open.pop()
        first = next((y.array for y in tree.flatten(outputs) if isinstance(y, Tensor)), None)
        if not self.callback.activations or self._steps > 1 or first is None:
            return
        if first.dtype.kind == "f" and first.size:
            self.callback._note_output(self._name(path), first)

    def update_begins(self, optimizer, gradients, variables):
        if self._steps > 1:
            return
        for gradient, variable in zip(gradients, variables, strict=True):
            if gradient is not None:
                self._before[id(variable)] = variable.array.copy()
                self._gradients[id(variable)] = np.array(as_array(getattr(gradient, "values", gradient)))

    def update_ended(self, optimizer, variables):
        for variable in variables:
            before = self._before.pop(id(variable), None)
            if before is not None and before.dtype.kind == "f":
                gradient = self._gradients.pop(id(variable))
                self.callback._note_update(self._name(variable.path), before, gradient, variable.array)


def _size(array):
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64)))) if array.size else 0.0


def _append(series, path, values):
    known = series.setdefault(path, {word: [] for word in values})
    for word, value in values.items():
        known[word].append(value)
