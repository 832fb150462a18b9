"""Records everything within one step, for the second run: inputs, outputs of layers, gradients, the update.

Entries are in the order in which they were computed, each with `what` it is and the layer or variable it belongs to:

    weight before     every variable, as the step finds it
    input             the arguments of the outermost layer call
    output            of each layer, forward order; `state` for variables that the call itself changed
    target, loss      the arguments of the loss, and the loss
    output gradient   d loss / d output of each layer, backward order
    gradient          d loss / d variable, as the optimizer gets it
    slot before       the optimizer's own variables before the update
    slot              and after it
    weight after      every variable that the optimizer changed

Layers and gradients are observed in different ways: on TensorFlow by wrappers around public methods
(`detail_by_wrapping.py`), on minikeras by an observer (`detail_by_observing.py`). This file decides for both what is
recorded of them.
"""

from collections import Counter

import numpy as np

from .arrays import is_concrete
from .ops import Ops
from .state import State
from .steps import plain_config


class Detail:
    """Records only its target: one step of the script, or one evaluate, predict, ….

    The target is ["step", number of the optimizer, its iteration] or ["event", kind, number among those of its kind].
    Subclasses let layers, losses and gradients be seen, and let steps run op by op.
    """

    def __init__(self, keras, recorder, steps, variables):
        self.keras, self.recorder, self.steps, self.variables = keras, recorder, steps, variables
        self.target = tuple(recorder.options["target"])
        self.entries, self.outputs, self.before = [], [], {}
        self.ops = Ops(recorder)
        self.state = State(recorder.options["state"]) if recorder.options["state"] else None
        self.done = False
        self._eager = False
        self._events = Counter()
        variables.created = self.variable_created
        self._watch_closely()

    # --- when to record -------------------------------------------------------------------------------------------

    def _watch_closely(self):
        """Run eagerly from shortly before the step on: a graph cannot be observed from outside.

        A function of the script's may make a step of each optimizer in one call, hence the margin.
        """
        if self.target[0] == "event":
            return
        _, optimizer, iteration = self.target
        margin = max(2, len(self.steps.optimizers))
        self._set_eager(not self.done and iteration - self.steps.made(optimizer) <= margin)

    def _set_eager(self, eager):
        if eager != self._eager:
            self._eager = eager
            self.run_eagerly(eager)

    def run_eagerly(self, eager):
        """Let compiled functions run op by op, or stop that."""
        raise NotImplementedError

    def model_used(self):
        """Handle the start of training, evaluation or prediction of a model."""

    def step_begins(self):
        """Discard entries outside of the step: validation, the forward pass of another step."""
        if not self.done:
            with self.recorder.clock.observing():
                self._forget()
                if self.state is not None and self._eager and self._is_target():
                    self.state.assign_weights(self.variables)

    def _forget(self):
        self.entries, self.outputs, self.before = [], [], {}
        self.ops.forget()

    def step_ended(self, number, iteration):
        """Keep the entries if this was the step; forget them otherwise."""
        if self.done:
            return
        if ("step", number, iteration) == self.target:
            self._finish()
        else:
            self.step_begins()
        self._watch_closely()

    def _finish(self):
        self.done = True
        self.recorder.facts["detail"] = self.entries
        self.ops.finish()

    def variable_created(self, number, value):
        """Handle a variable that a layer has created."""
        if self._eager and not self.done:
            self.weight_before(number, value)

    def event_begins(self, kind):
        """Handle the start of an evaluate, predict, …."""
        count, self._events[kind] = self._events[kind], self._events[kind] + 1
        if self.target == ("event", kind, count):
            self._forget()
            self._set_eager(True)

    def event_ended(self):
        """Handle its end."""
        if self.target[0] == "event" and self._eager:
            self._finish()
            self._set_eager(False)

    @property
    def active(self):
        """Whether to record now."""
        return self._eager and not self.done and not self.recorder.clock.depth

    @property
    def ends_the_script(self):
        """Whether the recording is complete."""
        return self.done and self.recorder.options["ends"]

    def _is_target(self):
        """Whether the current step or event is the one to record."""
        return self.target[0] == "event" or self.steps.made(self.target[1]) == self.target[2] - 1

    @property
    def wants_ops(self):
        """Whether to record what ops compute now."""
        return self.ops.wanted and self.active and self._is_target()

    # --- what to record -------------------------------------------------------------------------------------------

    def add(self, what, value, **about):
        """Add one entry, if `value` holds numbers."""
        if is_concrete(value):
            kept = self.recorder.keep(f"detail/{len(self.recorder.arrays)}", value)
            self.entries.append({"what": what, **about, **kept})

    def weights_before(self):
        """Record the variables at the start of the step, after setting them if another run's state is given."""
        if self.state is not None and self._is_target():
            self.state.assign_weights(self.variables)
        for number in range(len(self.variables.known)):
            self.weight_before(number, self.variables.value(number))

    def weight_before(self, number, value):
        """Record a variable as it is before the step, or as a layer creates it within the step."""
        if number not in self.before and value is not None:
            self.before[number] = np.array(value)  # a copy: minikeras's optimizers write in place
            self.add("weight before", value, variable=number)

    def outermost_layer_begins(self, layer, args, kwargs):
        """Record the inputs of a layer that no other layer calls."""
        if not self.active:
            return
        with self.recorder.clock.observing():
            self.weights_before()
            for value in self.keras.tree.flatten((args, kwargs)):
                if hasattr(value, "dtype"):
                    self.add("input", value, layer=layer.name)

    def layer_ended(self, layer, path, result):
        """Record a layer's outputs and the state that it changed."""
        if self.active:
            with self.recorder.clock.observing():
                self._layer_result(layer, path, result)

    def _layer_result(self, layer, path, result):
        about = {"layer": path, "class": type(layer).__name__}
        for output in self.keras.tree.flatten(result):
            if is_concrete(output):
                self.add("output", output, **about, config=plain_config(layer))
                self.outputs.append((about, output))
        for variable in _own_state(layer):
            number = self.variables.add(variable, layer)
            after = self.variables.value(number)
            if after is not None and not np.array_equal(after, self.before.get(number)):
                self.before[number] = np.array(after)
                self.add("state", after, **about, variable=number)

    def loss_computed(self, y, sample_weight):
        """Record the targets of a model's loss."""
        if self.active:
            with self.recorder.clock.observing():
                for name, given in (("y", y), ("sample_weight", sample_weight)):
                    for value in self.keras.tree.flatten(given):
                        self.add("target", value, layer=name)

    def gradient(self, original, tape, target, sources, *args, **kwargs):
        """Run `tape.gradient`, and record the loss and the gradients of the layers' outputs."""
        gradients, of_outputs = self.with_outputs(original, tape, target, sources, *args, **kwargs)
        with self.recorder.clock.observing():
            for part in self.keras.tree.flatten(target):
                self.add("loss", part)
            for (about, _), gradient in zip(reversed(self.outputs), reversed(of_outputs), strict=True):
                if gradient is not None:
                    self.add("output gradient", gradient, **about)
        return gradients

    def with_outputs(self, original, tape, target, sources, *args, **kwargs):
        """(the result of `original(tape, target, sources, …)`, the gradients of `self.outputs` or None if unknown)."""
        raise NotImplementedError

    def before_apply(self, gradients, changed, optimizer=None, place=None):
        """Record the gradients that the optimizer gets, and its slots, if it has any yet."""
        if self._eager and not self.done:
            self.ops.is_complete = True  # the update is compared by its results
            if not self.outputs:  # no layers: nothing has changed a variable so far
                self.weights_before()
            for gradient, variable in zip(gradients, changed, strict=False):
                if gradient is not None:
                    self.add("gradient", gradient, variable=variable)
            if optimizer is not None:
                if self.state is not None and self._is_target():
                    self.state.assign_slots(optimizer, place)
                self._slots("slot before", optimizer, place)

    def after_apply(self, optimizer, number, changed):
        """Record the optimizer's updates."""
        if not self._eager or self.done:
            return
        self._slots("slot", optimizer, number)
        self.weights_after(changed, optimizer=number, **{"class": type(optimizer).__name__})

    def _slots(self, what, optimizer, number):
        for place, slot in enumerate(optimizer.variables):
            about = {"optimizer": number, "class": type(optimizer).__name__, "place": place}
            self.add(what, slot, name=str(getattr(slot, "path", slot.name)), **about)

    def weights_after(self, changed, **about):
        """Record variables that have been updated."""
        if self._eager and not self.done:
            for variable in changed:
                self.add("weight after", self.variables.value(variable), variable=variable, **about)


def _own_state(layer):
    """Non-trainable variables of the layer itself, not of layers inside it."""
    inner = {id(v) for sub in getattr(layer, "_layers", []) for v in sub.variables}
    return [v for v in layer.non_trainable_variables if id(v) not in inner]
