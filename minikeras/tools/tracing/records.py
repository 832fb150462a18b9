"""The parts of a recording: values, events in order, calls of layers, weights before and after an update.

All refer to values by number, their index in `StepRecord.values`, and to events by their index in `events`.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

WHOLE, ROWS, SUMMARY = "whole", "rows", "summary"
FORWARD, LOSS, BACKWARD, UPDATE, METRICS = "forward", "loss", "backward", "update", "metrics"


@dataclass
class Value:
    """One array of a step.

    Attributes:
        number: its index among the values of the step.
        name: "x", "dense/kernel", "Relu of dense", "d loss / d dense/kernel", …
        shape, dtype: of the array.
        detail: "whole", "rows" (the first ones along the first axis) or "summary", as the budget allowed.
        array: the elements that were kept; None for a summary.
        statistics: a `Statistics` of all elements; None if they are not numbers.
        origin: (kind, …): ("op", event, output), ("gradient", event, input), ("sum", value, value, …),
            ("changed", value, …): their sum cast, scaled or clipped, ("seed",),
            ("variable", path), ("batch",), ("constant",).
        alias: the value that has the same elements in the same order, perhaps in another shape; None if there is none.
    """

    number: int
    name: str
    shape: tuple
    dtype: str
    detail: str
    array: Any = None
    statistics: Any = None
    origin: tuple = ("constant",)
    alias: int | None = None

    @property
    def nbytes(self):
        """Bytes of the whole array."""
        return int(np.prod(self.shape)) * max(1, _itemsize(self.dtype))


def _itemsize(dtype):
    try:
        return np.dtype(dtype).itemsize
    except TypeError:  # bfloat16 and the like
        return 2


@dataclass
class Event:
    """One entry of the timeline.

    Attributes:
        number: its index in the timeline.
        kind: "op", "gradient", "loss", "update", "metric" or "effect".
        name: class of the op, of the optimizer, name of the metric, …
        phase: "forward", "loss", "backward", "update" or "metrics".
        layer: path of the layer it ran in, "" outside of layers.
        inputs: numbers of values; Python numbers that were inputs are floats in `constants`, with None here.
        outputs: numbers of values; for a gradient those of the inputs' gradients, None where there is none.
        dys: of a gradient: the gradients of the outputs.
        settings: the op's configuration.
        of: of a gradient: the event of its forward pass.
        begin, seconds: start since the step began, and duration, which includes the Python since the last event.
        flops, bytes: see `autodiff/costs.py`.
        kernels: names of the compiled kernels that ran.
        kernel_seconds: of each, without the Python around it; 0 for one that runs inside another's job.
        thread: the Python thread.
        line: (file, line number) of the user's code; None if no frame is the user's.
        layer_line: the same inside minikeras, below the ops: a layer's, a loss's.
        details: data that only this kind of event has.
    """

    number: int
    kind: str
    name: str
    phase: str
    layer: str = ""
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    constants: dict = field(default_factory=dict)
    dys: list = field(default_factory=list)
    settings: dict = field(default_factory=dict)
    of: int | None = None
    begin: float = 0.0
    seconds: float = 0.0
    flops: int | None = None
    bytes: int = 0
    kernels: list = field(default_factory=list)
    kernel_seconds: list = field(default_factory=list)
    thread: str = ""
    line: tuple | None = None
    layer_line: tuple | None = None
    details: dict = field(default_factory=dict)


@dataclass
class LayerCall:
    """One call of a layer or model.

    Attributes:
        path: names of the enclosing layers without the outermost, and its own: "block/dense".
        kind: its class.
        formula: the first paragraph of the class's docstring.
        depth: number of enclosing layers.
        inputs, outputs: numbers of values.
        first, last: the events inside are first … last − 1.
        begin, seconds: start since the step began, and duration.
        weights: paths of the Variables that it read itself, not in a layer inside.
        config: the numbers, names and flags among its settings.
        is_model: whether it is a model.
    """

    path: str
    kind: str
    formula: str
    depth: int
    inputs: list
    outputs: list = field(default_factory=list)
    first: int = 0
    last: int = 0
    begin: float = 0.0
    seconds: float = 0.0
    weights: list = field(default_factory=list)
    config: dict = field(default_factory=dict)
    is_model: bool = False


@dataclass
class WeightRecord:
    """A Variable in a step: numbers of the values before and after the update, and of its gradient; None if none."""

    path: str
    trainable: bool
    before: int | None = None
    after: int | None = None
    gradient: int | None = None


@dataclass
class StepRecord:
    """One step.

    Attributes:
        number: of the step, counted from 0.
        how: "dry run" (op by op from the same state, which was restored), "live" (as it really ran).
        values, events, layers: lists.
        weights: {path: `WeightRecord`}, also of moving averages, seeds and the optimizer's slots.
        gradients: {number of a value: number of the value that is its gradient}.
        result: {name: number} that the step returned.
        seconds: of the whole step, without the recorder's own work.
        ops: the classes of the ops that ran.
        has_input_gradients: whether d loss / d x was asked for.
        moving_ops: {number of an event: its op} of ops that only move elements.
        kernels: {name: kernel} of the compiled kernels that ran.
        live: bytes that are alive after each event.
        threads: how many threads kernels may use.
    """

    number: int
    how: str = "live"
    values: list = field(default_factory=list)
    events: list = field(default_factory=list)
    layers: list = field(default_factory=list)
    weights: dict = field(default_factory=dict)
    gradients: dict = field(default_factory=dict)
    result: dict = field(default_factory=dict)
    seconds: float = 0.0
    has_input_gradients: bool = False
    ops: set = field(default_factory=set)
    moving_ops: dict = field(default_factory=dict)
    kernels: dict = field(default_factory=dict)
    live: list = field(default_factory=list)
    threads: int = 1

    @property
    def loss(self):
        """The total loss of the step, or in a loop without one, the target of the first gradient; None if unknown."""
        totals = [event.outputs[0] for event in self.events if event.kind == "loss" and event.outputs]
        seeds = [value for value, gradient in self.gradients.items() if self.values[gradient].origin[0] == "seed"]
        number = totals[-1] if totals else seeds[0] if seeds else None
        value = None if number is None else self.values[number].array
        return None if value is None else float(np.sum(value))
