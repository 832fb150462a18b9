"""The recording of one run: events in order, arrays by name, the clock. Written as JSON and npz, without pickle."""

import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from .arrays import as_numpy, thinned
from .clock import Clock, peak_memory

EVENTS, ARRAYS = "events.json", "arrays.npz"


class Recorder:
    """Collects the observations of the wrappers.

    Attributes:
        options: see `options.py`.
        clock: the script's time.
        events: dicts with at least `kind` and `at` (seconds), in order.
        arrays: {name: array}.
        facts: data about the run as a whole: times, versions, how it ended.
        depth: how many observed entry points (fit, evaluate, …) are open; only the outermost are recorded.
        open_tapes: gradient tapes whose block is being executed.
        asked_tapes: the tape that is computing gradients, if one is; those inside it are its own affair.
    """

    def __init__(self, options):
        self.options = options
        self.clock = Clock()
        self.events = []
        self.arrays = {}
        self.facts = {"import_seconds": 0.0, "first_step_seconds": None, "keras": None}
        self.depth = 0
        self.open_tapes, self.asked_tapes = [], []
        self.mark = 0.0  # when the last step ended, or the epoch began

    @property
    def mode(self):
        """ "steps", "detail" or "times"."""
        return self.options["mode"]

    def event(self, kind, **content):
        """Add one event, which must be JSON-ready."""
        self.events.append({"kind": kind, "at": self.clock.now(), **content})
        return self.events[-1]

    def keep(self, name, value):
        """Keep the array in `value` under `name`, thinned if it is very large. Returns {"array": name, "shape": …}."""
        array = as_numpy(value)
        kept = thinned(array)
        if kept.dtype.kind == "V":  # bfloat16 is not NumPy's own
            kept = kept.astype(np.float32)
        if kept.dtype.kind in "OUS":
            return {"array": None, "shape": list(array.shape)}
        self.arrays[name] = np.array(kept)
        return {"array": name, "shape": list(array.shape)}

    @contextmanager
    def inside(self):
        """An observed entry point is running: events inside it are part of it."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def step_seconds(self):
        """Seconds since the last step ended (or the epoch began); starts the next."""
        before, self.mark = self.mark, self.clock.now()
        if self.facts["first_step_seconds"] is None:
            self.facts["first_step_seconds"] = self.mark
        return self.mark - before

    def save(self):
        """Write the recording into the folder of the options."""
        folder = Path(self.options["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        self.facts.setdefault("wall_seconds", self.clock.now())
        self.facts["peak_memory"] = peak_memory()
        np.savez(folder / ARRAYS, **self.arrays)
        content = {"facts": self.facts, "events": self.events}
        (folder / EVENTS).write_text(json.dumps(content), encoding="utf-8")


def numbers(logs, names=()):
    """{name: float} of logs or a result: a dict, a list, or one number.

    Args:
        logs: what Keras returned.
        names: of the numbers in a list, if there are as many; else the first is the loss, the others "metric 1", …
    """
    if logs is None:
        return {}
    if not isinstance(logs, dict):
        values = logs if isinstance(logs, (list, tuple)) else [logs]
        if len(names) != len(values) or len({*names}) != len(values):
            names = ["loss", *(f"metric {i}" for i in range(1, len(values)))]
        logs = dict(zip(names, values, strict=True))
    found = {}
    for name, value in logs.items():
        if isinstance(value, dict):
            found.update({f"{name}/{inner}": number for inner, number in numbers(value).items()})
            continue
        try:
            array = np.asarray(as_numpy(value), dtype=float)
        except (TypeError, ValueError, NotImplementedError, AttributeError):
            continue  # not a number: nothing to compare
        if array.size == 1:
            found[str(name)] = float(array.reshape(()))
        elif array.size:
            found[f"{name} (mean)"] = float(array.mean())
    return found
