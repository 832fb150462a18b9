"""The user's view of a recorded step: its layers and weights, with arrays in place of numbers of values."""

import numpy as np


class LayerView:
    """A layer's call in a recorded step, with arrays in place of numbers.

    Attributes:
        call: the `LayerCall`.
    """

    def __init__(self, step, call):
        self.step, self.call = step, call

    def _arrays(self, numbers):
        return [None if number is None else self.step.values[number].array for number in numbers]

    @property
    def inputs(self):
        """The input arrays."""
        return self._arrays(self.call.inputs)

    @property
    def outputs(self):
        """The output arrays."""
        return self._arrays(self.call.outputs)

    @property
    def output(self):
        """The first output."""
        return self.outputs[0]

    @property
    def gradients(self):
        """d loss / d output, for each output; None where the loss does not depend on it or it was not computed."""
        return self._arrays([self.step.gradients.get(number) for number in self.call.outputs])

    @property
    def gradient(self):
        """d loss / d first output."""
        return self.gradients[0]

    @property
    def input_gradients(self):
        """d loss / d input, for each input; None where it was not computed."""
        return self._arrays([self.step.gradients.get(number) for number in self.call.inputs])

    @property
    def weights(self):
        """{path: `WeightView`} of the weights that the layer itself has read."""
        return {path: WeightView(self.step, self.step.weights[path]) for path in self.call.weights}

    @property
    def events(self):
        """The events of its forward and backward pass, those of layers inside included."""
        own = self.step.events[self.call.first : self.call.last]
        numbers = {event.number for event in own}
        return own + [event for event in self.step.events if event.kind == "gradient" and event.of in numbers]

    @property
    def flops(self):
        """FLOPs of the forward and backward pass, as far as ops declare them."""
        return sum(event.flops or 0 for event in self.events)

    @property
    def dead_units(self):
        """How many positions along the last axis of the output are 0 for the whole batch."""
        statistics = self.step.values[self.call.outputs[0]].statistics
        return None if statistics is None else statistics.dead

    def __repr__(self):
        shapes = ", ".join(str(self.step.values[number].shape) for number in self.call.outputs)
        return f"<{self.call.kind} {self.call.path!r}: output {shapes}, {len(self.events)} events>"


class WeightView:
    """A weight in a recorded step.

    Attributes:
        record: the `WeightRecord`.
    """

    def __init__(self, step, record):
        self.step, self.record = step, record

    def _array(self, number):
        return None if number is None else self.step.values[number].array

    @property
    def before(self):
        """The values before the update."""
        return self._array(self.record.before)

    @property
    def after(self):
        """The values after it."""
        return self._array(self.record.after)

    @property
    def gradient(self):
        """d loss / d weight."""
        return self._array(self.record.gradient)

    @property
    def update(self):
        """after − before; None if one of them was not kept."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def update_ratio(self):
        """‖update‖ / ‖before‖; None if it is not known."""
        if self.update is None or not np.linalg.norm(self.before):
            return None
        return float(np.linalg.norm(self.update) / np.linalg.norm(self.before))

    def __repr__(self):
        return f"<weight {self.record.path!r}>"


def layers_of(step):
    """{path: `LayerView`} of a `StepRecord`; the second call of a layer is "path (2)"."""
    found, uses = {}, {}
    for call in step.layers:
        uses[call.path] = uses.get(call.path, 0) + 1
        found[call.path if uses[call.path] == 1 else f"{call.path} ({uses[call.path]})"] = LayerView(step, call)
    return found
