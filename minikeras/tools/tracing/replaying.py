"""`replay`: repeats a recorded step with something changed, and compares the results."""

from contextlib import ExitStack, nullcontext
from html import escape

import numpy as np

from minikeras import tree
from minikeras.autodiff.observers import observing
from minikeras.autodiff.tensor import Tensor
from minikeras.tools.tracing.budget import BUDGET, Budget
from minikeras.tools.tracing.dry_run import recorded_step
from minikeras.tools.tracing.memory_use import live_bytes
from minikeras.tools.tracing.step_watcher import WatchInputs
from minikeras.tools.tracing.views import WeightView, layers_of

FLOATS = ("float16", "float32", "float64")


def replay(trace, number, changes, learning_rate, drop_sample, freeze, dtype):
    """See `Trace.replay`."""
    step = trace.step(number)
    place = trace.steps.index(step)
    model, batch, state = trace.models[place], trace.batches[place], trace.states[place]
    if state is None:
        raise ValueError(
            f"Step {step.number} was recorded as it ran, in a loop or of a model that runs eagerly, so its state "
            "before is not known. Steps of `explain_step`, and of `fit` with the callback `StepTrace`, can be replayed."
        )
    dropped = [] if drop_sample is None else sorted({*np.atleast_1d(drop_sample).tolist()})
    frozen = [freeze] if isinstance(freeze, str) else list(freeze or ())
    if dtype is not None and dtype not in FLOATS:
        raise ValueError(f"`dtype` must be one of {', '.join(FLOATS)}. Received: dtype={dtype!r}")
    words = _words(changes, learning_rate, dropped, frozen, dtype)
    if not words:
        raise ValueError("Nothing is changed: give `changes`, `learning_rate`, `drop_sample`, `freeze` or `dtype`.")
    batch = _without_samples(batch, dropped)
    with ExitStack() as afterwards:
        if dtype is not None:
            batch = _in_dtype(batch, dtype)

        def change():
            state.restore()
            model.reset_metrics()
            _assign(model, changes)
            if learning_rate is not None:
                model.optimizer.learning_rate = learning_rate
            for name in frozen:
                _freeze(model, name, afterwards)
            if dtype is not None:
                _compute_in(model, dtype, afterwards)

        with observing(WatchInputs()) if step.has_input_gradients else nullcontext():
            again, _ = recorded_step(model, batch, Budget(BUDGET), step.number, change)
    again.how = "replayed"
    again.live = live_bytes(again)
    return Difference(step, again, words, dropped, type(trace))


def _words(changes, learning_rate, dropped, frozen, dtype):
    """The changes, in words."""
    words = [f"{path} has other values" for path in changes]
    words += [] if learning_rate is None else [f"the learning rate is {learning_rate}"]
    words += [f"sample {number} is left out" for number in dropped]
    words += [f"layer {name} is frozen" for name in frozen]
    return words + ([] if dtype is None else [f"everything is computed in {dtype}"])


def _assign(model, changes):
    variables = {variable.path: variable for variable in model.variables}
    for name, value in changes.items():
        found = [path for path in variables if path == name or path.endswith(f"/{name}")]
        if len(found) != 1:
            raise ValueError(
                f"`changes` must name one weight. {name!r} names {len(found)} of: {', '.join(sorted(variables))}"
            )
        variable = variables[found[0]]
        variable.assign(value(variable.numpy()) if callable(value) else value)


def _freeze(model, name, afterwards):
    layers = [layer for layer in model._flatten_layers() if layer.name == name]
    if not layers:
        names = ", ".join(layer.name for layer in model._flatten_layers(include_self=False))
        raise ValueError(f"`freeze` names no layer of the model. Received: {name!r}. Its layers: {names}")
    for layer in layers:
        before = [(variable, variable.trainable) for variable in layer.variables]
        afterwards.callback(_restore_flags, layer, layer.trainable, before)
        layer.trainable = False


def _restore_flags(layer, trainable, flags):
    layer.trainable = trainable
    for variable, flag in flags:
        variable.trainable = flag


def _compute_in(model, dtype, afterwards):
    """Weights, slots and layers in another dtype, until the end; `SavedState` puts the weights back."""
    for variable in [*model.variables, *model.optimizer.variables]:
        if variable.array.dtype.kind == "f":
            variable.rebind(Tensor(variable.array.astype(dtype)))
    for layer in model._flatten_layers():
        afterwards.callback(setattr, layer, "dtype_policy", layer.dtype_policy)
        layer.dtype_policy = dtype
    compiled = model._compile_loss
    for loss in [] if compiled is None else [compiled, *compiled.losses]:
        afterwards.callback(setattr, loss, "_dtype", loss.dtype)
        loss._dtype = dtype


def _in_dtype(batch, dtype):
    def cast(x):
        return Tensor(x.array.astype(dtype)) if isinstance(x, Tensor) and x.array.dtype.kind == "f" else x

    return tree.map_structure(cast, batch)


def _without_samples(batch, dropped):
    if not dropped:
        return batch
    count = next(x for x in tree.flatten(batch) if isinstance(x, Tensor)).shape[0]
    if not all(-count <= number < count for number in dropped) or len(dropped) >= count:
        raise ValueError(f"`drop_sample` must leave samples of the {count} in the batch. Received: {dropped}")
    return tree.map_structure(lambda x: _without(x, dropped), batch)


def _without(x, dropped):
    return Tensor(np.delete(x.array, dropped, axis=0)) if isinstance(x, Tensor) else x


class Difference:
    """The difference that a change makes to a step.

    Attributes:
        before, after: the `StepRecord`s.
        changes: in words.
        make_trace: makes an empty `Trace`.
        rows: dicts with "name", "before" and "after" (norms), "difference" (norm), "relative" (None if not known).
    """

    def __init__(self, before, after, changes, dropped, make_trace):
        self.before, self.after, self.changes, self.make_trace = before, after, changes, make_trace
        self._dropped = list(dropped)
        self.rows = [*self._layers(), *self._weights()]

    @property
    def loss(self):
        """(loss before, loss after)."""
        return self.before.loss, self.after.loss

    def __getitem__(self, name):
        """‖difference‖ / ‖before‖ of a row: "dense: output", "model/dense/kernel: gradient"."""
        return next(row["relative"] for row in self.rows if row["name"] == name)

    def _layers(self):
        after = layers_of(self.after)
        for path, layer in layers_of(self.before).items():
            if path not in after or not layer.call.outputs or not after[path].call.outputs:
                continue
            yield self._row(f"{path}: output", layer.output, after[path].output)
            yield self._row(f"{path}: gradient of the output", layer.gradient, after[path].gradient)

    def _weights(self):
        for path, record in self.before.weights.items():
            other = self.after.weights.get(path)
            if other is None or not record.trainable:
                continue
            before, after = WeightView(self.before, record), WeightView(self.after, other)
            yield self._row(f"{path}: value", before.before, after.before)
            yield self._row(f"{path}: gradient", before.gradient, after.gradient)
            yield self._row(f"{path}: update", before.update, after.update)

    def _row(self, name, before, after):
        row = {"name": name, "before": _norm(before), "after": _norm(after), "difference": None, "relative": None}
        if before is None or after is None:
            return {**row, "note": "not in both steps"}
        if self._dropped and before.shape != after.shape and before.ndim:
            before = np.delete(before, self._dropped, axis=0)
        if before.shape != after.shape:
            return {**row, "note": "other shape"}
        difference = _norm(np.asarray(after, np.float64) - before)
        scale = _norm(before)
        return {**row, "difference": difference, "relative": difference / scale if scale else float(difference > 0)}

    def trace(self):
        """Both steps as a `Trace`, with the difference as a view of its page."""
        trace = self.make_trace()
        for step in (self.before, self.after):
            trace.add(step)
        rows = [{**row, "relative": None if row["relative"] is None else float(row["relative"])} for row in self.rows]
        trace.extras["difference"] = {"changes": self.changes, "rows": rows}
        trace.extras["title"] = f"Step {self.before.number}, replayed with a change"
        return trace

    def save_html(self, path):
        """Write the page of both steps, with the difference layer by layer."""
        self.trace().save_html(path)

    def _repr_html_(self):
        text = lambda x: "–" if x is None else format(x, ".3g")  # noqa: E731
        cells = [f"<tr><td>{escape(row['name'])}</td><td>{text(row['relative'])}</td></tr>" for row in self.rows]
        return f"<table><tr><th>what</th><th>relative difference</th></tr>{''.join(cells)}</table>"

    def __repr__(self):
        before, after = self.loss
        return f"<Difference: {'; '.join(self.changes)}: loss {before:.6g} → {after:.6g}>"


def _norm(array):
    return None if array is None else float(np.linalg.norm(np.asarray(array, np.float64)))
