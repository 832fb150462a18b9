"""Warns once when a loss becomes NaN. Training continues, as in Keras."""

import math

import numpy as np

from minikeras import tree
from minikeras.base.messages import warn

_WHERE = "`fit(…, detect_anomaly=True)`, or `minikeras run --detect-anomaly script.py`, shows what made it."


def _is_finite(loss):
    try:
        return math.isfinite(loss)
    except TypeError:  # a loss with axes, from a step of the user's
        return bool(np.isfinite(np.asarray(loss)).all())


class NanWatch:
    """Checks the loss after each step and, at the first NaN, reports where it comes from."""

    def __init__(self, model):
        self.model = model
        self.reported = False

    def check(self, logs, batches):
        """Check the `logs` of the last step. `batches`: the data of the steps since the last check."""
        if self.reported:
            return
        loss = logs.get("loss") if isinstance(logs, dict) else None
        if loss is None or _is_finite(loss):
            return
        self.reported = True
        warn(f"{self._explain(batches)} {_WHERE}")

    def _explain(self, batches):
        for batch in batches:
            fault = _fault_of(batch)
            if fault is not None:
                return f"The loss is not a finite number: {fault}. Clean the data, for example with `np.nan_to_num`."
        for variable in self.model.trainable_variables:
            if not np.isfinite(variable.array).all():
                return (
                    f"The loss is not a finite number, and neither are the weights of '{variable.path}': the training "
                    "has diverged. Try a smaller learning rate, or `clipnorm=1.0` in the optimizer."
                )
        return (
            "The loss is not a finite number, though data and weights are. Look for a logarithm or division by zero "
            "in the loss, and for probabilities where logits are expected (`from_logits`)."
        )


def _fault_of(batch):
    """A description of the part of a batch that holds NaN or infinite values; None if there are none."""
    parts = batch if isinstance(batch, tuple) else (batch,)
    for name, part in zip(("the inputs x", "the labels y", "the sample weights"), parts, strict=False):
        for array in tree.flatten(part):
            values = np.asarray(array)
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                count = int((~np.isfinite(values)).sum())
                return f"{count} of the {values.size} values of {name} in this batch are NaN or infinite"
    return None
