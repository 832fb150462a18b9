"""Wraps what scripts call: fit, evaluate, predict, single-batch methods, models as functions, metrics, tf.functions."""

import functools
import inspect

from .arrays import is_concrete
from .recorder import numbers
from .wrapping import wrap_method

# TensorFlow calls this between tracing a function and running it for the first time. Models that are built by `fit`
# have their first values then and never again. The name is private: without it those values stay unknown.
VARIABLES_ARE_INITIALIZED = "_initialize_uninitialized_variables"

MAX_CALLS = 100  # calls of models as functions whose results are kept


def watch_model(keras, recorder, steps):
    """Wrap the methods of `Model`."""
    methods = WatchedMethods(keras, recorder, steps)
    keras.Model.__call__ = methods.call_instead_of(keras.Model.__call__)
    wrap_method(keras.Model, "fit", methods.fit)
    wrap_method(keras.Model, "train_on_batch", methods.train_on_batch)
    for kind in ("evaluate", "test_on_batch"):
        wrap_method(keras.Model, kind, methods.watched(kind, methods.note_numbers))
    for kind in ("predict", "predict_on_batch"):
        wrap_method(keras.Model, kind, methods.watched(kind, methods.note_outputs))


class WatchedMethods:
    """Replacements for methods of `Model`: functions of the original, the model, and the arguments."""

    def __init__(self, keras, recorder, steps):
        self.keras = keras
        self.recorder = recorder
        self.steps = steps
        self.callback_class = epoch_callback(keras, recorder, steps)

    def fit(self, original, model, *args, **kwargs):
        """`fit` with one more callback."""
        recorder, steps = self.recorder, self.steps
        if recorder.depth:
            return original(model, *args, **kwargs)
        steps.hand_made.settle()
        if steps.detail is not None:
            steps.detail.model_used()
        with recorder.clock.observing():
            count = sum(event["kind"] == "fit" for event in recorder.events)
            recorder.event("fit", number=count)
            bound = inspect.signature(original).bind(model, *args, **kwargs)
            callbacks = bound.arguments.get("callbacks")
            bound.arguments["callbacks"] = with_callback(self.keras, callbacks, self.callback_class(count))
        with recorder.inside():
            result = original(*bound.args, **bound.kwargs)
        steps.collect("fit")
        return result

    def train_on_batch(self, original, model, *args, **kwargs):
        """`train_on_batch`, which is one step."""
        recorder, steps = self.recorder, self.steps
        if recorder.depth:
            return original(model, *args, **kwargs)
        with recorder.inside():
            if steps.detail is not None:
                steps.detail.model_used()
                steps.detail.step_begins()
            result = original(model, *args, **kwargs)
        with recorder.clock.observing():
            logs = numbers(result, metric_names(model))
        steps.collect("train_on_batch", logs)
        return result

    def watched(self, kind, note):
        """Another method, whose result `note(kind, model, result)` keeps."""

        def method(original, model, *args, **kwargs):
            if self.recorder.depth:
                return original(model, *args, **kwargs)
            result = self._result_of(kind, original, model, *args, **kwargs)
            with self.recorder.clock.observing():
                note(kind, model, result)
            return result

        return method

    def _result_of(self, kind, original, model, *args, **kwargs):
        steps = self.steps
        steps.hand_made.settle()
        if steps.detail is not None:
            steps.detail.model_used()
            steps.detail.event_begins(kind)
        with self.recorder.inside():
            result = original(model, *args, **kwargs)
        if steps.detail is not None:
            steps.detail.event_ended()
        return result

    def note_numbers(self, kind, model, result):
        """Record an event with loss and metrics."""
        self.recorder.event(kind, model=model.name, numbers=numbers(result, metric_names(model)))

    def note_outputs(self, kind, model, result):
        """Record an event with the arrays in a nested result."""
        parts = [part for part in self.keras.tree.flatten(result) if is_concrete(part)]
        base = f"{kind}/{len(self.recorder.events)}"
        if self.recorder.mode == "steps":
            parts = [self.recorder.keep(f"{base}/{i}", part) for i, part in enumerate(parts)]
            self.recorder.event(kind, model=model.name, outputs=parts)

    def call_instead_of(self, original_call):
        """`model(x)`; within a tape or while a functional model is assembled it is not a result."""
        keras, recorder = self.keras, self.recorder
        call_and_keep = self.watched("call", self.note_outputs)
        positions = iter(range(MAX_CALLS))

        @functools.wraps(original_call)
        def call(model, *args, **kwargs):
            original = super(keras.Model, model).__call__
            inner = recorder.depth or recorder.open_tapes or any(map(is_symbolic, keras.tree.flatten((args, kwargs))))
            if inner or next(positions, None) is None:
                return original(*args, **kwargs)
            return call_and_keep(lambda model, *args, **kwargs: original(*args, **kwargs), model, *args, **kwargs)

        return call


def metric_names(model):
    """Names for the list that `evaluate` and `train_on_batch` return; metrics of `compile` are inside one metric."""
    names = []
    for metric in model.metrics:
        names += [inner.name for inner in metric.metrics] if hasattr(metric, "metrics") else [metric.name]
    return names


def is_symbolic(x):
    """Whether `x` is a tensor that holds no numbers."""
    return hasattr(x, "shape") and not is_concrete(x)


def with_callback(keras, callbacks, ours):
    """The script's callbacks, in any form, and ours after them."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.append(ours)
        return callbacks
    return [*(keras.tree.flatten(callbacks) if callbacks else []), ours]


def epoch_callback(keras, recorder, steps):
    """The class of callback that `fit` gets. With "times" it has no hook after batches, as that costs time."""

    class Observer(keras.callbacks.Callback):
        def __init__(self, number):
            super().__init__()
            self.number = number

        def on_epoch_begin(self, epoch, logs=None):
            recorder.mark = recorder.clock.now()

        def on_epoch_end(self, epoch, logs=None):
            with recorder.clock.observing():
                event = recorder.event("epoch", fit=self.number, epoch=epoch, numbers=numbers(logs))
                event["steps_without_data"] = steps.leave_out_steps_without_data()

    class BatchObserver(Observer):
        def on_train_batch_begin(self, batch, logs=None):
            if steps.detail is not None:
                steps.detail.step_begins()

        def on_train_batch_end(self, batch, logs=None):
            steps.collect("fit", logs)

    class TimesObserver(Observer):
        """Keras computes and converts the metrics of every batch when a callback asks for them after batches."""

        def on_train_batch_begin(self, batch, logs=None):
            if batch and recorder.facts["first_step_seconds"] is None:
                recorder.facts["first_step_seconds"] = recorder.clock.now()

        def on_test_begin(self, logs=None):
            steps.collect("fit")  # validation is not part of the steps' time

        def on_epoch_end(self, epoch, logs=None):
            steps.collect("fit")
            super().on_epoch_end(epoch, logs)

    return TimesObserver if recorder.mode == "times" else BatchObserver


def watch_metrics(keras, recorder):
    """Record what scripts read from metrics themselves, outside of `fit`: `metric.result()`."""

    def result(original, metric, *args, **kwargs):
        value = original(metric, *args, **kwargs)
        if recorder.depth == 0 and not recorder.clock.depth:
            with recorder.clock.observing():
                found = numbers(value) if is_concrete(value) or isinstance(value, dict) else {}
                if found:
                    named = {metric.name if name == "loss" else f"{metric.name}/{name}": n for name, n in found.items()}
                    recorder.event("metric", numbers=named)
        return value

    for cls in {member for member in vars(keras.metrics).values() if isinstance(member, type)}:
        if "result" in vars(cls):
            wrap_method(cls, "result", result)


def watch_functions(tf, recorder, steps):
    """Steps that a script has put into a `tf.function` are seen when its outermost call returns."""
    compiled = type(tf.function(lambda: None))

    def initialized(original, function, *args, **kwargs):
        result = original(function, *args, **kwargs)
        with recorder.clock.observing():
            steps.variables.settle()
        return result

    def call(original, function, *args, **kwargs):
        if recorder.depth or recorder.open_tapes:
            return original(function, *args, **kwargs)
        steps.hand_made.settle()
        if steps.detail is not None:
            steps.detail.step_begins()
        with recorder.inside():
            result = original(function, *args, **kwargs)
        found = numbers(result) if not isinstance(result, (list, tuple)) and is_concrete(result) else {}
        stepped = steps.collect("function", found if set(found) == {"loss"} else None)
        if found and not stepped:  # a hand-written step, or no step at all
            with recorder.clock.observing():
                recorder.event("function", model=getattr(function, "__name__", None), numbers=found)
        return result

    wrap_method(compiled, "__call__", call)
    if hasattr(compiled, VARIABLES_ARE_INITIALIZED):
        wrap_method(compiled, VARIABLES_ARE_INITIALIZED, initialized)
