"""`Trace`: recorded steps as Python objects and as a page, which can be replayed with something changed."""

from html import escape
from pathlib import Path

from minikeras.config import threads
from minikeras.tools.tracing.html import page
from minikeras.tools.tracing.machine_code import machine_code
from minikeras.tools.tracing.machine_peaks import measured
from minikeras.tools.tracing.memory_use import live_bytes
from minikeras.tools.tracing.plan_jobs import job_seconds, plan_data, plan_of
from minikeras.tools.tracing.replaying import replay
from minikeras.tools.tracing.views import WeightView, layers_of

BYTES_IN_NOTEBOOKS = 4_000_000


class Trace:
    """Recorded training steps. `model.explain_step(x, y)` returns one.

        trace = model.explain_step(x, y)
        trace.layers["dense"].gradient             # d loss / d output of the layer, an array
        trace.layers["dense"].weights["dense/kernel"].update
        [op.name for op in trace.ops]              # forward and backward, in order
        trace.save_html("step.html")

    Arrays are None where the budget only allowed statistics, and hold the first rows where it allowed no more
    (`trace.value(number).detail`).

    Attributes:
        steps: the `StepRecord`s, in order.
    """

    def __init__(self):
        self.steps = []
        self.models = []  # of each step; None for loops without one
        self.batches = []  # of each step, where it can be replayed
        self.states = []  # the `SavedState` before each step, or None
        self.extras = {}  # further parts of the page: {name: data}

    def add(self, step, state=None, model=None, batch=None):
        """Add a step."""
        step.live = live_bytes(step)
        self.steps.append(step)
        self.models.append(model)
        self.batches.append(batch)
        self.states.append(state)

    def step(self, number=None):
        """The record of a step by its number; the first one if None."""
        if not self.steps:
            raise ValueError("Nothing was recorded: no step with one of the wanted numbers has run.")
        if number is None:
            return self.steps[0]
        for step in self.steps:
            if step.number == number:
                return step
        raise ValueError(f"Step {number} was not recorded. Recorded: {[step.number for step in self.steps]}")

    # --- the first step -------------------------------------------------------------------------------------------

    @property
    def ops(self):
        """The events of the first step that are ops and their gradients, in order."""
        return [event for event in self.step().events if event.kind in ("op", "gradient")]

    @property
    def layers(self):
        """{path: `LayerView`} of the first step. A layer's second call is "path (2)"."""
        return layers_of(self.step())

    @property
    def weights(self):
        """{path: `WeightView`} of the first step."""
        step = self.step()
        return {path: WeightView(step, record) for path, record in step.weights.items()}

    @property
    def loss(self):
        """The total loss of the first step, None if no loss was seen."""
        return self.step().loss

    def value(self, number):
        """A `Value` of the first step."""
        return self.step().values[number]

    # --- pages ----------------------------------------------------------------------------------------------------

    def to_html(self, machine=False, budget=None, **extras):
        """The page as text; see `save_html`."""
        return page(self, {**extras_of(self, machine), **self.extras, **extras}, budget)

    def save_html(self, path, machine=False, budget=None, **extras):
        """Write the page: one file that needs no network.

        Args:
            path: of the file.
            machine: whether to add the machine code of the kernels, which are compiled again for it, and this
                machine's peaks, which are measured; takes some seconds.
            budget: bytes of arrays in the file, which becomes a third larger; None for all that were kept.
            extras: further parts, JSON-ready.
        """
        Path(path).write_text(self.to_html(machine, budget, **extras), encoding="utf-8")

    def _repr_html_(self):
        """The page in a frame, with only parts of large arrays, since the notebook stores it."""
        text = escape(self.to_html(budget=BYTES_IN_NOTEBOOKS), quote=True)
        return f'<iframe srcdoc="{text}" style="width:100%;height:760px;border:0" title="Recorded step"></iframe>'

    def __repr__(self):
        if not self.steps:
            return "<Trace of no steps>"
        step = self.step()
        kept = sum(value.detail == "whole" for value in step.values)
        return (
            f"<Trace of step{'s' * (len(self.steps) > 1)} {', '.join(str(s.number) for s in self.steps)}: "
            f"{len(step.events)} events, {len(step.layers)} layer calls, {kept} of {len(step.values)} arrays whole>"
        )

    # --- again ----------------------------------------------------------------------------------------------------

    def replay(self, changes=None, learning_rate=None, drop_sample=None, freeze=None, dtype=None, step=None):
        """Repeat a step with something changed, and compare it with the recorded one.

        Args:
            changes: {path of a weight: its new values, or a function of the old ones}.
            learning_rate: a different learning rate.
            drop_sample: number of a sample, or several, to leave out of the batch.
            freeze: name of a layer, or several, that should not be trained.
            dtype: "float64" for weights and computation in double precision.
            step: number of the step; the first if None.

        Returns:
            A `Difference`.

        Raises:
            ValueError: the step was recorded live, or a name is unknown.
        """
        return replay(self, step, changes or {}, learning_rate, drop_sample, freeze, dtype)


def extras_of(trace, machine):
    """{name: data}: the plan of the first step's model, if it has one; with `machine`, its kernels and peaks."""
    extras = {}
    plan = plan_of(trace.models[0]) if trace.models and trace.models[0] is not None else None
    if plan is not None:
        seconds = {} if isinstance(plan, str) else job_seconds(trace.models[0], _batch_of(trace))
        extras["plan"] = plan_data(plan, trace.steps[0], seconds)
    if machine:
        extras["machine_code"] = machine_code(trace.steps)
        peaks = measured(threads())
        extras["machine_peaks"] = {"threads": peaks.threads, "gflops": peaks.gflops, "bandwidth": peaks.bandwidth}
    return extras


def _batch_of(trace):
    """A batch of the first step's model; steps that were recorded live, such as a very first one, have none."""
    own = (batch for model, batch in zip(trace.models, trace.batches, strict=True) if model is trace.models[0])
    return next((batch for batch in own if batch is not None), None)
