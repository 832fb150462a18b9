"""`LoopWatcher`: evidence from training loops with a GradientTape, for which nothing was compiled.

A loop shows only by running which model it calls, what the loss gets, and which gradients the optimizer takes. So the
first steps are watched, and these facts take the place of the arguments of `compile` and `fit`.
"""

from functools import cached_property, wraps
from weakref import WeakKeyDictionary

import numpy as np

from minikeras import tree
from minikeras.autodiff.observers import Observer, open_layers, start, stop
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.ops.crossentropy import SigmoidCrossentropy, SoftmaxCrossentropy, SparseSoftmaxCrossentropy
from minikeras.tools.diagnosis.evidence import SAMPLES, Evidence, Run

WITH_LOGITS = {
    SparseSoftmaxCrossentropy: "sparse_categorical_crossentropy",
    SoftmaxCrossentropy: "categorical_crossentropy",
    SigmoidCrossentropy: "binary_crossentropy",
}
"""Ops that `tf.nn.…_with_logits` consist of, with the loss that they are."""
EXAMINED_AT = (1, 20)  # updates of a model: before it has learned anything, and after
NOT_OF_LOOPS = ("everything_frozen", "labels_unrelated_to_inputs", "learning_rate_far_off")
"""Diagnoses that do not apply to loops: frozen models may compute features, labels may be actions or noise."""


class LoopEvidence(Evidence):
    """Evidence from one step of a loop about one model.

    Args:
        model: the model.
        seen: its `Run`, with the predictions.
        x, y: its inputs, and the labels passed to its loss, or None.
        loss: a `Loss`, or the name of one that takes logits; None if it is not known.
        value: of the loss.
        trained: whether the optimizer has made steps.
    """

    def __init__(self, model, seen, x, y, loss, value, trained):
        batch = tree.flatten(x)
        super().__init__(
            model, x, y, batch_size=len(batch[0]) if batch and np.ndim(batch[0]) else None, trained=trained
        )
        self._loss, self._value, self._seen, self._gradients = loss, value, seen, {}

    loss = property(lambda self: self._loss)
    run = property(lambda self: self._seen)
    loss_now = property(lambda self: self._value)
    from_logits = property(lambda self: isinstance(self._loss, str) or super().from_logits)
    metric_names = property(lambda self: [])
    learning_rate = property(lambda self: None)

    @cached_property
    def predictions(self):
        """The first output."""
        return self._seen.predictions[0] if len(self._seen.predictions) == 1 else None

    @property
    def gradients(self):
        """The gradients of the kernels, as the optimizer got them."""
        return self._gradients

    def add_gradients(self, gradients, variables):
        """Keep the gradients that the optimizer gets."""
        own = {id(v) for v in self.model.trainable_variables}
        for variable, gradient in zip(variables, gradients, strict=False):
            if id(variable) in own and hasattr(gradient, "array") and len(variable.shape) > 1:
                self._gradients[variable.path] = variable.array, np.array(gradient.array)


def harmless(function):
    """The same function, which returns None where it fails: watching must never end the program that is watched."""

    @wraps(function)
    def guarded(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception:  # models and data are the user's, in any form
            return None

    return guarded


class LoopWatcher(Observer):
    """Watches the thread for calls of models under a tape that are not part of `fit` and the like.

    Args:
        examine: called with the `LoopEvidence` of each model at the updates `EXAMINED_AT`.
    """

    uses_ops = False

    def __init__(self, examine):
        self.examine = examine
        self.is_paused = False  # within `fit`, whose steps are known from `compile`
        self._updates = 0
        self._updates_of = WeakKeyDictionary()  # model -> updates since it was first called
        self._forget()

    def begin(self):
        """Start watching. A `tf.function` runs in Python for some steps, since it shows nothing as a plan."""
        start(self, "functions")

    def finish(self):
        """Stop watching."""
        stop(self)

    def _forget(self):
        self._called = set()  # the models
        self._runs = []  # [(model, its inputs, its `Run`, its output Tensors)] since the last update
        self._open = None
        self._has_gradients = False
        self._losses = {}  # index of a prediction -> (loss, labels, value)

    def _watches(self):
        return not self.is_paused and bool(thread.tapes) and not thread.unfused

    @harmless
    def layer_begins(self, layer, args, kwargs):
        """Watch the outermost model."""
        if self._open is not None:
            self._open[2].layer_begins(layer, args, kwargs)
        elif self._watches() and not open_layers() and hasattr(layer, "fit"):
            if self._has_gradients:  # which no optimizer has taken: the program changes the weights itself
                self._step_ended()
            self._called.add(layer)
            if self._updates_of.get(layer, 0) + 1 not in EXAMINED_AT:
                return
            x = [np.array(t.array[:SAMPLES]) for t in tree.flatten(args[:1]) if isinstance(t, Tensor)]
            self._open = layer, x[0] if len(x) == 1 else x, Run()
            self._open[2].layer_begins(layer, args, kwargs)

    @harmless
    def layer_ended(self, layer, outputs):
        """Keep the model's outputs."""
        if self._open is None:
            return
        model, x, seen = self._open
        seen.layer_ended(layer, outputs)
        if layer is model:
            found = [t for t in tree.flatten(outputs) if isinstance(t, Tensor)]
            seen.predictions = [np.array(t.array) for t in found]
            self._runs.append((model, x, seen, found))
            self._open = None

    @harmless
    def loss_computed(self, loss, y_true, y_pred, sample_weight, value):
        """Note which prediction the loss is of."""
        if self._watches() and isinstance(y_pred, Tensor) and not hasattr(loss, "fit"):
            self._losses[y_pred.index] = loss, np.array(as_array(y_true)), float(np.mean(value.array))

    @harmless
    def op_called(self, op, inputs, outputs):
        """The same for losses that are functions of logits."""
        if type(op) in WITH_LOGITS and self._watches() and isinstance(inputs[1], Tensor):
            labels = np.array(inputs[0].array) if isinstance(inputs[0], Tensor) else None
            known = WITH_LOGITS[type(op)], labels, float(np.mean(outputs[0].array))
            self._losses.setdefault(inputs[1].index, known)

    @harmless
    def gradient_ended(self, call, dys, dxs):
        """Note that the step has gradients, of the outermost tape."""
        self._has_gradients = self._has_gradients or not (self.is_paused or thread.tapes or thread.unfused)

    @harmless
    def update_begins(self, optimizer, gradients, variables):
        """A step is complete: examine its models."""
        if not self.is_paused:
            self._step_ended(gradients, variables, int(optimizer.iterations) > 0)

    def _step_ended(self, gradients=(), variables=(), trained=False):
        runs, losses = self._runs, self._losses
        for model in self._called:
            self._updates_of[model] = self._updates_of.get(model, 0) + 1
        self._forget()
        self._updates += 1
        if self._updates == EXAMINED_AT[-1]:  # functions may be compiled again
            stop(self)
            start(self)
        for model, x, seen, outputs in runs:
            loss, y, value = next((losses[t.index] for t in outputs if t.index in losses), (None, None, None))
            evidence = LoopEvidence(model, seen, x, y, loss, value, trained or self._updates_of[model] > 1)
            evidence.add_gradients(gradients, variables)
            self.examine(evidence)
