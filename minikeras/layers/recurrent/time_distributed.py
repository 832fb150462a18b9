"""`TimeDistributed`: a layer applied to each time step."""

from minikeras.autodiff.operation import Op
from minikeras.layers.call_signature import call_signature
from minikeras.layers.core.lambda_layer import Lambda
from minikeras.layers.core.wrapper import Wrapper
from minikeras.layers.layer import Layer
from minikeras.layers.recurrent.dropout_rnn_cell import DropoutRNNCell
from minikeras.layers.tracking import is_seed_generator
from minikeras.ops.joining import stack
from minikeras.ops.recurrence import Steps
from minikeras.ops.shaping import reshape


class TimeDistributed(Wrapper):
    """output[:, t] = layer(x[:, t]) for every step t, with the same weights.

    Input: (batch, time, …). Output: (batch, time, …), the layer's output for each step.

    If the layer is independent along the batch axis, like a convolution, all steps are computed at once, as one batch
    of batch · time samples. Other layers (batch normalization, dropout in training, custom layers) are applied step by
    step.

    Args:
        layer: the layer.

    Call arguments:
        inputs: at least three axes.
        mask: (batch, time, …); a layer that takes a mask gets that of each step.
        training: passed to the layer.

    Raises:
        ValueError: the input has fewer than three axes; the mask's first two lengths are not the input's.
    """

    def __init__(self, layer, **kwargs):
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def _step_shape(self, input_shape):
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) < 3:
            raise ValueError(
                f"The input of TimeDistributed layer '{self.name}' must have at least 3 dimensions (batch, time, …). "
                f"Received: input_shape={input_shape}"
            )
        return (input_shape[0], *input_shape[2:])

    def build(self, input_shape):
        super().build(self._step_shape(input_shape))

    def compute_output_shape(self, input_shape):
        output = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (output[0], input_shape[1], *output[1:])

    def call(self, inputs, training=None, mask=None):
        self._check_mask(inputs, mask)
        signature = call_signature(type(self.layer).call)
        arguments = {"training": training} if signature.takes_training else {}
        mask = mask if signature.takes_mask else None
        if all(is_independent_along_batch(layer, training) for layer in self.layer._flatten_layers()):
            return self._all_at_once(inputs, mask, arguments)
        masks = [None] * inputs.shape[1] if mask is None else Steps(1)(mask)
        outputs = []
        for x, m in zip(Steps(1)(inputs), masks, strict=True):
            outputs.append(self.layer.call(x, **arguments, **({} if m is None else {"mask": m})))
        return stack(outputs, axis=1)

    def _all_at_once(self, inputs, mask, arguments):
        batch, steps = inputs.shape[:2]
        if mask is not None:
            arguments = {**arguments, "mask": reshape(mask, (batch * steps, *mask.shape[2:]))}
        outputs = self.layer.call(reshape(inputs, (batch * steps, *inputs.shape[2:])), **arguments)
        return reshape(outputs, (batch, steps, *outputs.shape[1:]))

    def _check_mask(self, inputs, mask):
        if mask is not None and (len(mask.shape) < 2 or tuple(mask.shape[:2]) != tuple(inputs.shape[:2])):
            raise ValueError(
                f"The `mask` passed to the TimeDistributed layer '{self.name}' must begin with the input's batch and "
                f"time, {tuple(inputs.shape[:2])}. Received: a mask of shape {tuple(mask.shape)}"
            )


def is_independent_along_batch(layer, training):
    """Whether a layer (without its sub-layers) is independent along the batch axis and draws nothing at random."""
    if not type(layer).__module__.startswith("minikeras.") or isinstance(layer, Lambda):
        return False
    if any(isinstance(op, Op) or not isinstance(op, Layer) for op in getattr(layer, "_operations", ())):
        return False  # a functional model with ops, which may act along the batch axis
    axis = getattr(layer, "axis", None)
    axes = axis if isinstance(axis, (list, tuple)) else () if axis is None else (axis,)
    if any(a == 0 or a < -1 for a in axes):  # a negative axis may be the batch's, since the rank is not known
        return False
    if isinstance(layer, DropoutRNNCell):  # draws in inference too
        draws = layer.dropout or layer.recurrent_dropout
    else:
        draws = training and layer._held(is_seed_generator)
    return not (draws or layer._own_weights["non_trainable"] or getattr(layer, "stateful", False))
