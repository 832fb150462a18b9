"""`Recorder`: an observer that records a whole step: ops, layers, gradients, updates, metrics, with their values."""

import threading
from time import perf_counter

import numpy as np

from minikeras import tree
from minikeras.autodiff.costs import cost_of, cost_of_gradient
from minikeras.autodiff.indexed_slices import dense
from minikeras.autodiff.observers import Observer, open_layers, start, stop
from minikeras.autodiff.state import unobserved
from minikeras.autodiff.tensor import Tensor
from minikeras.config import threads
from minikeras.kernels import observers as kernel_observers
from minikeras.tools.tracing import records
from minikeras.tools.tracing.clock import Clock
from minikeras.tools.tracing.records import Event, LayerCall, StepRecord, WeightRecord
from minikeras.tools.tracing.settings import settings_of_layer, settings_of_op
from minikeras.tools.tracing.source_lines import formula_of, lines_of_caller
from minikeras.tools.tracing.values import Values

PARTS = ("x", "y", "sample_weight")


class Recorder(Observer):
    """Records between `begin` and `finish`. It copies the arrays that it keeps, and changes nothing.

    Args:
        budget: a `Budget`.
        number: of the step.
        how: see `StepRecord`.
    """

    uses_ops = False

    def __init__(self, budget, number=0, how="live"):
        self.step = StepRecord(number, how, threads=threads())
        self.values = Values(self.step, budget)
        self._tensors = {}  # index of a Tensor -> number of its value
        self._made_by = {}  # index of a Tensor -> event
        self._parts = {}  # index of a Tensor -> values that add up to its gradient
        self._spans = []  # the open layer calls
        self._effects = []  # functions of the open effects
        self._variables = {}  # id -> (Variable, path)
        self._drawn = {}  # id -> (array that an effect returned, number of its value)
        self._kernels = {}  # name -> seconds, of those that ran since the last event
        self._has_gradients = self._is_updated = False
        self._is_over = False  # once True, the event that showed the end of the step may still come
        self._clock = Clock()

    # --- beginning and end ----------------------------------------------------------------------------------------

    def begin(self, batch=None, model=None):
        """Start observing this thread.

        Args:
            batch: of `fit`, to name its parts.
            model: the model whose moving averages and the like are recorded before and after the step.
        """
        for name, part in zip(PARTS, batch if isinstance(batch, tuple) else (batch,), strict=False):
            self._name_inputs(part, name)
        kernel_observers.observers.append(self._kernel_runs)
        kernel_observers.timers.append(self._kernel_ran)
        for variable in [] if model is None else model.non_trainable_variables:
            self._note_before(variable)
        start(self, eagerly=True)
        self._clock.start()

    def finish(self, result=None):
        """Stop observing. Returns the `StepRecord`."""
        self.step.seconds = self._clock.total()
        stop(self)
        self._is_over = True
        kernel_observers.observers.remove(self._kernel_runs)
        kernel_observers.timers.remove(self._kernel_ran)
        for variable, path in self._variables.values():
            record = self.step.weights[path]
            if record.after is None and not self.values.same(record.before, variable.array):
                record.after = self._value_after(variable, record)
        for index, parts in self._parts.items():  # of the inputs, which no op has made
            if index in self._tensors:
                self._gradient_of_leaf(self._tensors[index], parts)
        if isinstance(result, dict):
            self.step.result = {name: float(value) for name, value in result.items() if np.size(value) == 1}
        return self.step

    def _name_inputs(self, part, name):
        tensors = [x for x in tree.flatten(part) if isinstance(x, Tensor)]
        for number, x in enumerate(tensors):
            label = name if len(tensors) == 1 else f"{name}[{number}]"
            self._tensors[x.index] = self.values.add(x.array, label, ("batch",))

    # --- ops ------------------------------------------------------------------------------------------------------

    def op_called(self, op, inputs, outputs):
        begin, seconds = self._clock.before_event()
        layer = self._layer()
        event = self._event("op", type(op).__name__, self._phase(), layer, begin, seconds)
        self.step.ops.add(type(op))
        if op.moves_elements and op.uses_values:
            self.step.moving_ops[event.number] = op
        event.line, event.layer_line = lines_of_caller()
        for position, x in enumerate(inputs):
            event.inputs.append(self._number_of(x) if isinstance(x, Tensor) else None)
            if event.inputs[-1] is None:
                event.constants[position] = float(x) if isinstance(x, (int, float)) else str(x)[:40]
        event.settings = settings_of_op(op, [tuple(getattr(x, "shape", ())) for x in inputs])
        cost = cost_of(op, inputs, outputs)
        event.flops, event.bytes = cost.flops, cost.bytes
        where = f" of {layer}" if layer else ""
        for position, y in enumerate(outputs):
            alias = event.inputs[0] if op.keeps_elements and position == 0 else None
            name = f"{type(op).__name__}{where}" + (f", output {position}" if position else "")
            number = self.values.add(y.array, name, ("op", event.number, position), alias)
            event.outputs.append(number)
            self._tensors[y.index] = number
            self._made_by[y.index] = event
        self._clock.event_done()

    def variable_read(self, variable):
        if self._is_over:
            return
        begin = perf_counter()
        record = self._note_before(variable)
        if self._spans and record.path not in self._spans[-1].weights:
            self._spans[-1].weights.append(record.path)
        self._clock.leave_out(begin)

    def gradient_begins(self, call, dys):
        self._has_gradients = True
        begin = perf_counter()
        self._dys = [self._gradient_of_output(i, dy) for i, dy in zip(call.output_ids, dys, strict=False)]
        self._clock.leave_out(begin)
        self._clock.mark()
        self._kernels.clear()

    def gradient_ended(self, call, dys, dxs):
        begin, seconds = self._clock.before_event()
        forward = next((self._made_by[i] for i in call.output_ids if i in self._made_by), None)
        layer = forward.layer if forward else ""
        name = type(call.op).__name__
        event = self._event("gradient", name, records.BACKWARD, layer, begin, seconds)
        if forward is not None:
            event.of, event.line, event.layer_line = forward.number, forward.line, forward.layer_line
            event.inputs, event.settings, event.constants = forward.inputs, forward.settings, forward.constants
            event.details["kept"] = _kept(call.inputs, forward.inputs) + _kept(call.outputs, forward.outputs)
        event.dys = self._dys
        cost = cost_of_gradient(call, dys, dxs)
        event.flops, event.bytes = cost.flops, cost.bytes
        known = [(_array(dy), number) for dy, number in zip(dys, self._dys, strict=False)]
        for position, (index, dx) in enumerate(zip(call.input_ids, dxs or (), strict=False)):
            if index is None or dx is None:
                event.outputs.append(None)
                continue
            array = _array(dx)
            alias = next((number for dy, number in known if dy is array), None)
            if alias is None and call.op.keeps_elements and position == 0:
                alias = self._dys[0]
            about = self._name_of(event.inputs, position)
            number = self.values.add(array, f"d loss / d {about}", ("gradient", event.number, position), alias)
            event.outputs.append(number)
            self._parts.setdefault(index, []).append(number)
        self._clock.event_done()

    def _gradient_of_output(self, index, dy):
        """The number of a tensor's gradient, which is now complete."""
        if dy is None:
            return None
        value = self._tensors.get(index)
        number = self._sum_of(self._parts.pop(index, []), _array(dy), value)
        if value is not None:
            self.step.gradients[value] = number
        return number

    def _gradient_of_leaf(self, value, parts):
        """Record the gradient of a value that no op has made; the tape's own sum of several parts is not an event."""
        if value in self.step.gradients:
            return
        if len(parts) > 1:
            added = [self.step.values[number] for number in parts]
            if any(part.detail != records.WHOLE for part in added):
                return  # their sum is not known
            total = sum(part.array for part in added)
            parts = [self.values.add(total, f"d loss / d {self.step.values[value].name}", ("sum", *parts))]
        self.step.gradients[value] = parts[0]

    def _sum_of(self, parts, array, value):
        """The number of a gradient that other gradients add up to; that of the only one if it is the same array."""
        if len(parts) == 1 and self.values.same(parts[0], array):
            return parts[0]
        about = "" if value is None else self.step.values[value].name
        kind = "seed" if not parts else "sum" if self.values.is_sum(parts, array) else "changed"
        return self.values.add(array, f"d loss / d {about}", (kind, *parts))

    # --- other than ops -------------------------------------------------------------------------------------------

    def effect_begins(self, function, args, kwargs):
        self._effects.append(function)

    def effect_ended(self, function, result, error):
        self._effects.pop()
        if self._effects or hasattr(getattr(function, "__self__", None), "apply_gradients"):
            return
        if hasattr(getattr(function, "__self__", None), "update_state"):
            return  # a metric, which is an event by itself
        begin, seconds = self._clock.before_event()
        name = getattr(function, "__name__", type(function).__name__)
        event = self._event("effect", name, self._phase(), self._layer(), begin, seconds)
        event.line, event.layer_line = lines_of_caller()
        for x in tree.flatten(result):
            if isinstance(x, (Tensor, np.ndarray)):
                number = self.values.add(_array(x), f"result of {name}", ("op", event.number, len(event.outputs)))
                event.outputs.append(number)
                self._drawn[id(_array(x))] = _array(x), number  # it may get another Tensor before an op takes it
        self._clock.event_done()

    # --- layers, losses, metrics, optimizers ----------------------------------------------------------------------

    def layer_begins(self, layer, args, kwargs):
        if self._is_over:
            return
        begin = perf_counter()
        around = open_layers()
        path = "/".join(part.name for part in [*around[1:], layer])
        tensors = [x for x in tree.flatten((args, kwargs)) if isinstance(x, Tensor)]
        call = LayerCall(
            path,
            type(layer).__name__,
            formula_of(type(layer)),
            len(around),
            [self._number_of(x, "x" if not around else "an input") for x in tensors],
            first=len(self.step.events),
            begin=self._clock.since_start(begin),
            config=settings_of_layer(layer),
            is_model=hasattr(layer, "fit"),
        )
        self.step.layers.append(call)
        self._spans.append(call)
        self._clock.leave_out(begin)
        self._clock.mark()

    def layer_ended(self, layer, outputs):
        begin = perf_counter()
        if not self._spans:
            return
        call = self._spans.pop()
        call.outputs = [self._number_of(x) for x in tree.flatten(outputs) if isinstance(x, Tensor)]
        call.last = len(self.step.events)
        call.seconds = self._clock.since_start(begin) - call.begin
        self._clock.leave_out(begin)

    def loss_computed(self, loss, y_true, y_pred, sample_weight, value):
        begin, _ = self._clock.before_event()
        event = self._event("loss", getattr(loss, "name", type(loss).__name__), records.LOSS, "", begin, 0.0)
        for name, part in (("y_true", y_true), ("y_pred", y_pred), ("sample_weight", sample_weight)):
            tensors = [x for x in tree.flatten(part) if isinstance(x, Tensor)]
            event.inputs += [self._number_of(x, name) for x in tensors]
        if isinstance(value, Tensor):
            event.outputs.append(self._number_of(value, "loss"))
        event.details = {"is_total": hasattr(loss, "compute_loss")}
        self._clock.event_done()

    def metric_updated(self, metric, args, kwargs):
        begin, seconds = self._clock.before_event()
        event = self._event("metric", metric.name, records.METRICS, "", begin, seconds)
        with unobserved():
            result = metric.result()
        event.details = {"result": _numbers(result), "class": type(metric).__name__}
        self._clock.event_done()

    def update_begins(self, optimizer, gradients, variables):
        begin = perf_counter()
        self._is_updated = True
        for slot in optimizer.variables:
            self._note_before(slot)
        for gradient, variable in zip(gradients, variables, strict=True):
            record = self._note_before(variable)
            if gradient is not None:
                index = variable.handle.index
                record.gradient = self._sum_of(self._parts.get(index, []), _array(gradient), self._tensors[index])
                self.step.gradients[self._tensors[index]] = record.gradient
        self._clock.leave_out(begin)
        self._clock.mark()
        self._kernels.clear()

    def update_ended(self, optimizer, variables):
        begin, seconds = self._clock.before_event()
        event = self._event("update", type(optimizer).__name__, records.UPDATE, "", begin, seconds)
        event.details = {"optimizer": optimizer.name, "config": settings_of_layer(optimizer), "weights": []}
        event.details["formula"] = formula_of(type(optimizer))
        with unobserved():
            event.details["learning_rate"] = float(np.asarray(optimizer.learning_rate))
        event.bytes = sum(2 * variable.array.nbytes for variable in variables)
        for variable in variables:
            record = self._weight(variable)
            record.after = self._value_after(variable, record)
            event.inputs += [number for number in (record.before, record.gradient) if number is not None]
            event.outputs.append(record.after)
            event.details["weights"].append(record.path)
            self._tensors.pop(variable.handle.index, None)  # written in place: the next read is another value
        self._clock.event_done()

    # --- parts ----------------------------------------------------------------------------------------------------

    def _note_before(self, variable):
        """The `WeightRecord` of a Variable; its current value is recorded unless that is known already."""
        index, record = variable.handle.index, self._weight(variable)
        known = self._tensors.get(index)
        if known is None or not (variable.trainable or self.values.same(known, variable.array)):
            known = self.values.add(variable.array, record.path, ("variable", record.path))
            self._tensors[index] = known
        if record.before is None:
            record.before = known
        return record

    def _value_after(self, variable, record):
        return self.values.add(variable.array, f"{record.path} after", ("variable", record.path))

    def _weight(self, variable):
        known = self._variables.get(id(variable))
        if known is None:
            path, number = variable.path, 2
            while path in self.step.weights:
                path, number = f"{variable.path} ({number})", number + 1
            self._variables[id(variable)] = known = variable, path
            self.step.weights[path] = WeightRecord(path, bool(variable.trainable))
        return self.step.weights[known[1]]

    def _number_of(self, tensor, name="a constant"):
        number = self._tensors.get(tensor.index)
        if number is None:
            _, number = self._drawn.get(id(tensor.array), (None, None))
        if number is None:
            number = self._tensors[tensor.index] = self.values.add(tensor.array, name, ("constant",))
        return number

    def _name_of(self, inputs, position):
        number = inputs[position] if position < len(inputs) else None
        return f"input {position}" if number is None else self.step.values[number].name

    def _layer(self):
        return self._spans[-1].path if self._spans else ""

    def _phase(self):
        if self._spans:
            return records.FORWARD
        for function in self._effects:
            owner = getattr(function, "__self__", None)
            if hasattr(owner, "apply_gradients"):
                return records.UPDATE
            if hasattr(owner, "update_state"):
                return records.METRICS
        if self._is_updated:
            return records.METRICS
        return records.BACKWARD if self._has_gradients else records.LOSS

    def _event(self, kind, name, phase, layer, begin, seconds):
        event = Event(len(self.step.events), kind, name, phase, layer, begin=begin, seconds=seconds)
        event.kernels = list(self._kernels)
        event.kernel_seconds = [round(seconds, 8) for seconds in self._kernels.values()]
        event.thread = threading.current_thread().name
        self._kernels.clear()
        self.step.events.append(event)
        return event

    def _kernel_runs(self, kernel):
        self._kernels.setdefault(kernel.name, 0.0)
        self.step.kernels[kernel.name] = kernel

    def _kernel_ran(self, kernel, job, seconds):
        self._kernels[kernel.name] = self._kernels.get(kernel.name, 0.0) + seconds


def _kept(arrays, numbers):
    """The numbers of the values that a tape's call keeps."""
    pairs = zip(arrays or (), numbers, strict=False)
    return [number for array, number in pairs if array is not None and number is not None]


def _array(x):
    """The array of a Tensor, array or number; rows of a table as the whole table."""
    return np.asarray(dense(x.array if isinstance(x, Tensor) else x))


def _numbers(result):
    """A metric's result: a number, or {name: number}; None if it is an array."""
    if isinstance(result, dict):
        return {name: _numbers(value) for name, value in result.items()}
    return float(np.asarray(result)) if np.size(result) == 1 else None
