"""`DetailByWrapping`: layers and gradients of tf.keras, seen by wrappers around its public methods."""

import importlib

from .detail import Detail
from .wrapping import wrap_method


class DetailByWrapping(Detail):
    """A `Detail` for TensorFlow.

    Args:
        tf: the module.
        keras, recorder, steps, variables: as for `Detail`.
    """

    def __init__(self, tf, keras, recorder, steps, variables):
        self.tf = tf
        self.stack = []  # names of the layers that are being called
        wrap_method(keras.layers.Layer, "__call__", self._layer_call)
        wrap_method(keras.Model, "compute_loss", self._compute_loss)
        super().__init__(keras, recorder, steps, variables)
        if self.ops.wanted:
            # TensorFlow's own hook, on which `tf.debugging.enable_check_numerics` is based; it has no public name.
            hook = importlib.import_module(f"{tf.__name__}.python.framework.op_callbacks")
            hook.add_op_callback(self._op_called)

    def run_eagerly(self, eager):
        """Make `tf.function`s run eagerly, or stop that: a graph cannot be observed from outside."""
        self.tf.config.run_functions_eagerly(eager)

    def with_outputs(self, original, tape, target, sources, *args, **kwargs):
        """Let the tape compute the outputs' gradients too."""
        asked = [output for _, output in self.outputs if _is_float(output)]
        gradients, found = original(tape, target, (sources, asked), *args, **kwargs)
        found = iter(found)
        return gradients, [next(found) if _is_float(output) else None for _, output in self.outputs]

    def _op_called(self, op_type, inputs, attrs, outputs, op_name=None, graph=None):
        if graph is None and self.wants_ops:
            with self.recorder.clock.observing():
                name = op_type.decode() if isinstance(op_type, bytes) else op_type
                self.ops.add(name, "/".join(self.stack), outputs, backward=bool(self.recorder.asked_tapes))

    def _layer_call(self, original, layer, *args, **kwargs):
        if not self.active:
            return original(layer, *args, **kwargs)
        if not self.stack:
            self.outermost_layer_begins(layer, args, kwargs)
        self.stack.append(layer.name)
        path = "/".join(self.stack)
        try:
            result = original(layer, *args, **kwargs)
        finally:
            self.stack.pop()
        self.layer_ended(layer, path, result)
        return result

    def _compute_loss(self, original, model, *args, **kwargs):
        loss = original(model, *args, **kwargs)
        names = ("x", "y", "y_pred", "sample_weight")
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        self.loss_computed(given.get("y"), given.get("sample_weight"))
        return loss


def _is_float(tensor):
    return "float" in str(getattr(tensor.dtype, "name", tensor.dtype))
