"""`Run`: one recorded run of a script, as read back from the files that `observer/recorder.py` wrote."""

import json
import statistics
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

WARM_UP = 3  # steps that trace, compile and allocate; left out of the time per step where there are more


@dataclass
class Run:
    """The recorded run of one side.

    Attributes:
        backend: "tensorflow" or "minikeras".
        status: the exit status of the process.
        stdout, stderr: what the script printed.
        facts: times, versions, variables, optimizers; empty if the process died before it could write them.
        events: the recorded events, in order.
    """

    backend: str
    status: int
    stdout: str
    stderr: str
    facts: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    arrays: dict = field(default_factory=dict, repr=False)

    @property
    def failed(self):
        """Whether the script ended with an error, or without a recording."""
        return self.status != 0 or not self.facts

    @property
    def error(self):
        """The last line of the traceback, or other information about a failure."""
        if not self.failed:
            return None
        last = self.stderr.strip().splitlines()
        return self.facts.get("error") or (last[-1] if last else f"the process ended with status {self.status}")

    @property
    def variables(self):
        """A dict per variable: path, shape, dtype, trainable, layer, class, names of first and last value."""
        return self.facts.get("variables", [])

    @property
    def optimizers(self):
        """A dict per optimizer: class, config, numbers of the variables that it changes."""
        return self.facts.get("optimizers", [])

    @cached_property
    def steps(self):
        """{(number of the optimizer, its iteration): event}."""
        return {(e["optimizer"], e["iteration"]): e for e in self.events if e["kind"] == "step"}

    # --- time and memory ------------------------------------------------------------------------------------------

    @property
    def wall_seconds(self):
        """From the script's first line to its last, without the observer's work."""
        return self.facts.get("wall_seconds")

    @property
    def import_seconds(self):
        """The part of it that importing the backend took."""
        return self.facts.get("import_seconds")

    @property
    def first_step_seconds(self):
        """From the script's first line to the end of the first step of training; None if there is none."""
        return self.facts.get("first_step_seconds")

    @property
    def step_seconds(self):
        """Median time between the ends of consecutive steps; None without steps."""
        seconds = [event["seconds"] for event in self.steps.values()]
        if not seconds:
            return None
        return statistics.median(seconds[min(WARM_UP, len(seconds) - 1) :])

    @property
    def peak_memory(self):
        """Largest resident memory in bytes; None where the system does not report it."""
        return self.facts.get("peak_memory")

    def array(self, name):
        """A recorded array, or None."""
        return None if name is None else self.arrays.get(name)


def read_run(folder, backend, status, stdout, stderr):
    """The run recorded in `folder`; it has no facts if nothing was written there."""
    run = Run(backend, status, stdout, stderr)
    events, arrays = Path(folder, "events.json"), Path(folder, "arrays.npz")
    if events.exists() and arrays.exists():
        content = json.loads(events.read_text(encoding="utf-8"))
        run.facts, run.events = content["facts"], content["events"]
        with np.load(arrays, allow_pickle=False) as file:
            run.arrays = {name: file[name] for name in file.files}
    return run
