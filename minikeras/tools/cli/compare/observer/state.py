"""The weights and optimizer slots with which a step began in another run, to begin the same step with them."""

import json
from pathlib import Path

import numpy as np

from .recorder import ARRAYS, EVENTS
from .variables import numbers_by_path


class State:
    """Read from the recording of a run in detail.

    Args:
        folder: where that is.
    """

    def __init__(self, folder):
        facts = json.loads(Path(folder, EVENTS).read_text(encoding="utf-8"))["facts"]
        entries = facts.get("detail", [])
        with np.load(Path(folder, ARRAYS), allow_pickle=False) as arrays:
            kept = {e["array"]: arrays[e["array"]] for e in entries if e["what"] in ("weight before", "slot before")}
        self._weights = {e["variable"]: kept[e["array"]] for e in entries if e["what"] == "weight before"}
        self._slots = {(e["optimizer"], e["place"]): kept[e["array"]] for e in entries if e["what"] == "slot before"}
        self._numbers = numbers_by_path(facts)
        self._are_assigned = False

    def assign_weights(self, variables):
        """Once, at the beginning of the step. Arrays that were only partly kept are not changed."""
        if self._are_assigned:
            return
        self._are_assigned = True
        for number, variable in enumerate(variables.known):
            _assign(variable, self._weights.get(self._numbers.get(variables.about[number]["path"], number)))

    def assign_slots(self, optimizer, number):
        """Before the optimizer's update."""
        for place, slot in enumerate(optimizer.variables):
            _assign(slot, self._slots.get((number, place)))


def _assign(variable, value):
    if value is not None and tuple(value.shape) == tuple(variable.shape):
        variable.assign(value.astype(str(getattr(variable.dtype, "name", variable.dtype))))
