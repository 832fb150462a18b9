"""Anomaly detection: ends a training at its first NaN or infinity, and reports which op made it, from what, and why.

    model.fit(x, y, detect_anomaly=True)             # in fit
    with detect_anomaly(): …                         # in a custom loop
    minikeras run --detect-anomaly script.py         # in an unmodified script

Every step runs in Python, op by op, with the values of `run_eagerly=True`. A NaN counts when it reaches the loss, the
gradient of a weight or a weight: one that a `where` or a mask removes again is no fault. Neither are gradients that a
`LossScaleOptimizer` skips, until its scale is below 1 after many of them.
"""

from contextlib import contextmanager

import numpy as np

from minikeras.autodiff.observers import observing
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.value_ranges import is_bad
from minikeras.tools.diagnosis.origin import Origin, forward_origin, gradient_origin
from minikeras.tools.diagnosis.report import Finding, finding_of
from minikeras.tools.diagnosis.step_record import StepRecord
from minikeras.tools.diagnosis.weight_history import WeightHistory

SKIPPED_STEPS = 20
"""Steps without an update that bring a loss scale of 2^15 below 1, so that the scale is no longer the cause."""


class AnomalyError(FloatingPointError):
    """A NaN or infinity reached the loss, a gradient or a weight. `finding` has all that is known about it."""

    def __init__(self, finding):
        super().__init__(str(finding))
        self.finding = finding


class AnomalyDetector(StepRecord):
    """Watches a training, and raises an `AnomalyError` at the first NaN or infinity that counts.

    Args:
        data: (x, y, sample_weight) of a `fit` on arrays, in which bad rows are looked for; or None.
    """

    def __init__(self, data=None):
        super().__init__()
        self.data = data
        self.history = WeightHistory()
        self.step = self.skipped = 0
        self.updated = False
        self.optimizer = None

    def step_begins(self, kind, batch):
        """A step of `fit`, `evaluate` or a method for single batches."""
        super().step_begins(kind, batch)
        self.updated = False
        if kind == "train":
            self.step += 1

    def loss_computed(self, loss, y_true, y_pred, sample_weight, value):
        """Check that the total loss of a model is finite, which shows those of single outputs too."""
        if isinstance(value, Tensor) and is_bad(value.array) and hasattr(loss, "layers"):
            self._end(forward_origin(self, value.index, value.array), value.array)

    def update_begins(self, optimizer, gradients, variables):
        """Check that the gradients of all weights are finite."""
        self.updated, self.optimizer = True, optimizer
        if not self.in_step:
            self.step += 1
        self.history.note(variables)
        for gradient, variable in zip(gradients, variables, strict=True):
            if gradient is not None and is_bad(as_array(getattr(gradient, "values", gradient))):
                self._end_by_gradient(variable, gradient)

    def update_ended(self, optimizer, variables):
        """Check that the new weights are finite."""
        for variable in variables:
            if is_bad(variable.array):
                self.history.note(variables)
                self._end(Origin("update", array=variable.array, name=variable), variable.array)
        super().update_ended(optimizer, variables)

    def step_ended(self, kind, result):
        """A step whose update was skipped again and again has a fault of its own."""
        if kind != "train":
            return
        self.skipped = self.skipped + 1 if self.bad_gradients and not self.updated else 0
        if self.skipped == SKIPPED_STEPS:
            index = next(i for i in self.bad_gradients[-1].call.input_ids if i is not None)
            self._end(gradient_origin(self, index), self.bad_gradients[-1].dxs[0])

    def _end_by_gradient(self, variable, gradient):
        if self.bad_scalars:  # in a user's own loop no event shows the loss
            index = self.bad_scalars[0]
            origin = forward_origin(self, index, self.maker[index].outputs[0])
        else:
            origin = gradient_origin(self, variable.handle.index)
        self._end(origin, as_array(getattr(gradient, "values", gradient)))

    def _end(self, origin, array):
        if origin is None:
            origin = Origin("constant", array=np.asarray(array))
        rate = getattr(self.optimizer, "learning_rate", None)
        rate = None if rate is None else float(np.asarray(as_array(rate)))
        raise AnomalyError(finding_of(self, origin, rate))


@contextmanager
def detect_anomaly(data=None):
    """A context in which this thread's first NaN or infinity in a loss, gradient or weight raises an `AnomalyError`.

    Its message, and its `finding`, name the op, layer, element, batch rows and source line that made it, forward or
    backward, the ranges of the inputs, the path back to inputs or weights, and the likely cause.
    """
    with observing(AnomalyDetector(data), eagerly=True) as detector:
        yield detector


__all__ = ["AnomalyDetector", "AnomalyError", "Finding", "detect_anomaly"]
