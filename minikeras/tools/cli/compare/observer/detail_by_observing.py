"""`DetailByObserving`: layers and gradients of minikeras, by the observers' protocol.

See `minikeras/autodiff/observers.py`. It is imported within a function, because TensorFlow's process reads this file
too.
"""

import numpy as np

from .detail import Detail


class DetailByObserving(Detail):
    """A `Detail` for minikeras. Every step of the script runs op by op until the target has been recorded."""

    def __init__(self, keras, recorder, steps, variables):
        super().__init__(keras, recorder, steps, variables)
        self._gradients = {}  # index of an output -> d loss / d output, as the tape computes it
        self._layers = {}  # index of an output -> path of the layer in which an op made it
        self._observers = _observers()
        self._observer = _observer_for(self, self._observers)
        self.model_used()

    def run_eagerly(self, eager):
        """Nothing to do: see `model_used`."""

    def model_used(self):
        """Observe in this thread, too."""
        self._observers.stop(self._observer)
        if not self.done:
            self._observers.start(self._observer, eagerly=True)

    def _finish(self):
        super()._finish()
        self._observers.stop(self._observer)

    def with_outputs(self, original, tape, target, sources, *args, **kwargs):
        """The observer sees the gradients, so the tape need not compute more."""
        self._gradients.clear()
        gradients = original(tape, target, sources, *args, **kwargs)
        return gradients, [self._gradients.get(output.index) for _, output in self.outputs]

    def gradient_seen(self, call, dys):
        """Keep the gradients of layers' outputs."""
        if self.active:
            known = {output.index for _, output in self.outputs}
            for index, dy in zip(call.output_ids, dys, strict=True):
                if index in known and dy is not None:
                    self._gradients[index] = np.array(dy.array if hasattr(dy, "array") else dy)

    def op_called(self, op, outputs, layer):
        """Record an op's results."""
        if self.wants_ops:
            self._layers.update({output.index: layer for output in outputs})
            self.ops.add(type(op).__name__, layer, outputs)

    def gradient_computed(self, call, dxs):
        """Record the results of a gradient rule."""
        if self.wants_ops and dxs is not None:
            layer = next((self._layers[index] for index in call.output_ids if index in self._layers), "")
            wanted = [None if index is None else dx for index, dx in zip(call.input_ids, dxs, strict=False)]
            self.ops.add(type(call.op).__name__, layer, wanted, backward=True)


def _observers():
    """The module of the protocol."""
    from minikeras.autodiff import observers  # here: see the head of the file

    return observers


def _observer_for(detail, observers):
    """The observer that passes events on to a `DetailByObserving`."""
    open_layers = observers.open_layers

    class Events(observers.Observer):
        def layer_begins(self, layer, args, kwargs):
            if not open_layers():
                detail.outermost_layer_begins(layer, args, kwargs)

        def layer_ended(self, layer, outputs):
            path = "/".join(part.name for part in [*open_layers(), layer])
            detail.layer_ended(layer, path, outputs)

        def loss_computed(self, loss, y_true, y_pred, sample_weight, value):
            if isinstance(loss, detail.keras.Model):
                detail.loss_computed(y_true, sample_weight)

        def gradient_begins(self, call, dys):
            detail.gradient_seen(call, dys)

    class OpEvents(Events):
        def op_called(self, op, inputs, outputs):
            layers = [part.name for part in open_layers() if isinstance(part, detail.keras.layers.Layer)]
            detail.op_called(op, outputs, "/".join(layers))

        def gradient_ended(self, call, dys, dxs):
            detail.gradient_computed(call, dxs)

    return OpEvents() if detail.ops.wanted else Events()
