"""`Finding`: all that the detector knows about a NaN or infinity, and its text."""

from dataclasses import dataclass, field

import numpy as np

from minikeras import tree
from minikeras.autodiff.value_ranges import is_bad, short, value_range
from minikeras.tools.diagnosis.causes import Case, first_bad, likely_cause, op_name
from minikeras.tools.diagnosis.origin import chain, describe_leaf
from minikeras.tools.diagnosis.source_lines import line_text

ROWS_SHOWN = 8


@dataclass
class Finding:
    """Where and why a NaN or infinity was made.

    Attributes:
        phase: "forward", "backward", "update", or where it came with: "data", "weight", "constant".
        op: name of the op, "" if it came with data or weights, or was made by the optimizer's update.
        layer: path of the layer, "" outside of layers (losses are).
        name: of the data ("x", "y") or the weight.
        step: number of the step, from 1.
        element: index of the first bad element; shape: of its array; value: "nan", "inf" or "-inf".
        rows: rows of the batch that hold bad values; data_rows: rows of the data given to `fit` that do.
        lines: "file:number: text" of the line that used the op, and of the user's line.
        inputs: a line about each input array.
        chain: the ops back to `leaf`, each a line.
        becomes_nan: the op that turned an infinity into a NaN.
        cause: the name of the cause; explanation: a sentence with the fix.
    """

    phase: str
    op: str
    layer: str
    name: str
    step: int
    element: tuple
    shape: tuple
    value: str
    rows: list
    data_rows: list
    cause: str
    explanation: str
    lines: list = field(default_factory=list)
    inputs: list = field(default_factory=list)
    chain: list = field(default_factory=list)
    leaf: str = ""
    becomes_nan: str = ""

    def __str__(self):
        lines = [self._headline()]
        where = f"{self.value} at {list(self.element)} of shape {self.shape}"
        rows = f"; rows of the batch: {_some(self.rows)}" if self.rows else ""
        lines.append(f"  element  {where}{rows}")
        if self.data_rows:
            lines.append(f"  data     rows {_some(self.data_rows)} of the data given to fit are not finite")
        for name, texts in (("line", self.lines), ("input", self.inputs), ("chain", self.chain)):
            lines += [f"  {name if i == 0 else '':8s} {text}" for i, text in enumerate(texts)]
        if self.leaf:
            lines.append(f"           ← {self.leaf}")
        if self.becomes_nan:
            lines.append(f"  NaN      {self.becomes_nan}")
        return "\n".join([*lines, f"  cause    {self.explanation}"])

    def _headline(self):
        word = "NaN" if self.value == "nan" else "Inf"
        where = f" in layer '{self.layer}'" if self.layer else ""
        step = f"step {self.step}" if self.step else "a step"
        if self.phase in ("forward", "backward"):
            rule = "the gradient of " if self.phase == "backward" else ""
            return f"{word} in the {self.phase} pass of {step}: first made by {rule}{self.op}{where}"
        if self.phase == "update":
            return f"{word} in the weight '{self.name}' after the optimizer's update in {step}"
        what = {"data": f"the data '{self.name}'", "weight": f"the weight '{self.name}'"}.get(self.phase, "a constant")
        return f"{word} in {what} that came into {step}"


def finding_of(detector, origin, learning_rate):
    """The `Finding` of an `Origin`."""
    record, array = origin.record, np.asarray(origin.array)
    case = Case(origin, detector.history, learning_rate, _last_input_is_sum(detector, record))
    cause, explanation = likely_cause(case)
    element = first_bad(array)
    finding = Finding(
        phase=origin.phase,
        op=case.op,
        layer=record.layer if record else "",
        name=getattr(origin.name, "path", origin.name) or "",
        step=detector.step,
        element=element,
        shape=array.shape,
        value=str(float(array[element])),
        rows=_bad_rows(array, detector.batch_size),
        data_rows=_rows_of_data(detector.data) if origin.phase == "data" else [],
        cause=cause,
        explanation=explanation,
    )
    if record is not None:
        own, users = record.lines
        finding.lines = [line_text(line) for line in dict.fromkeys((own, users)) if line]
        finding.inputs = [_input_text(detector, record, place) for place in range(len(record.inputs))]
        records, finding.leaf = chain(detector, record)
        finding.chain = [_chain_text(made) for made in records]
    if origin.gradient is not None:
        finding.inputs += [f"gradient {value_range(dy)}" for dy in origin.gradient.dys if dy is not None]
    if origin.nan is not None and origin.nan is not record:
        place = f" in layer '{origin.nan.layer}'" if origin.nan.layer else ""
        finding.becomes_nan = f"first in {op_name(origin.nan.op)}{place}, of this infinity"
    return finding


def _chain_text(record):
    place = f" in {record.layer}" if record.layer else ""
    return f"{op_name(record.op)}{place}: {value_range(record.outputs[0])}"


def _input_text(detector, record, place):
    x, index = record.inputs[place], record.input_ids[place]
    if index is None:
        return short(x) if isinstance(x, (int, float)) else str(x)
    made = detector.maker.get(index)
    source = describe_leaf(detector, index, x) if made is None else f"from {op_name(made.op)}"
    return f"{value_range(x)} ({source})"


def _last_input_is_sum(detector, record):
    """Whether the last input of an op is a sum."""
    made = detector.maker.get(record.input_ids[-1]) if record is not None and record.input_ids else None
    return made is not None and op_name(made.op) in ("Sum", "Mean", "MultiplyNoNan")


def _bad_rows(array, batch_size):
    if batch_size is None or not array.ndim or len(array) != batch_size:
        return []
    return _rows_of(array)


def _rows_of(array):
    bad = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
    return [int(row) for row in np.flatnonzero(bad)]


def _rows_of_data(data):
    rows = set()
    for x in tree.flatten(data) if data is not None else ():
        if isinstance(x, np.ndarray) and is_bad(x):
            rows.update(_rows_of(x))
    return sorted(rows)


def _some(rows):
    more = f" and {len(rows) - ROWS_SHOWN} more" if len(rows) > ROWS_SHOWN else ""
    return ", ".join(map(str, rows[:ROWS_SHOWN])) + more
