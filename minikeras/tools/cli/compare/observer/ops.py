"""Records the results of each op of a step, forward and backward, in execution order."""

from collections import Counter

import numpy as np

from .arrays import as_numpy, is_concrete

BUDGET = 64_000_000  # bytes of results to keep; of later results only the names are recorded
WITHOUT_RESULTS = {"ReadVariableOp", "Identity", "Const"}  # TensorFlow's ops that pass on existing values


class Ops:
    """The ops of the step that is being recorded; `finish` passes them to the recorder.

    Attributes:
        wanted: whether the options ask for them.
        is_complete: whether the backward pass is over.
    """

    def __init__(self, recorder):
        self.recorder = recorder
        self.wanted = recorder.options["ops"]
        self.forget()

    def forget(self):
        """Discard the recorded ops, which belong to another step."""
        self.is_complete = False
        self._seen, self._bytes, self._calls = [], 0, Counter()

    def add(self, name, layer, outputs, backward=False):
        """Record an op's results, each an entry with op, layer, backward, call (its number), output, shape."""
        if self.is_complete or name in WITHOUT_RESULTS:
            return
        call, self._calls[name, layer, backward] = (
            self._calls[name, layer, backward],
            self._calls[name, layer, backward] + 1,
        )
        for place, output in enumerate(outputs):
            if not is_concrete(output) or "float" not in str(getattr(output, "dtype", "")):
                continue
            array = as_numpy(output)
            about = {
                "op": name,
                "layer": layer,
                "backward": backward,
                "call": call,
                "output": place,
                "shape": list(array.shape),
            }
            self._bytes += array.nbytes
            self._seen.append((about, np.array(array) if self._bytes <= BUDGET else None))

    def finish(self):
        """Handle the end of the step."""
        if not self.wanted:
            return
        entries = self.recorder.facts["ops"] = []
        for number, (about, array) in enumerate(self._seen):
            kept = {"array": None} if array is None else self.recorder.keep(f"op/{number}", array)
            entries.append({**kept, **about})
