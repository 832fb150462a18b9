"""`Bidirectional`: a recurrent layer in both directions of time."""

from minikeras.base.limits import reads_config
from minikeras.layers.call_signature import call_signature
from minikeras.layers.layer import Layer
from minikeras.ops.core import cast
from minikeras.ops.joining import concatenate
from minikeras.ops.reordering import flip
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

_MERGES = {
    "concat": lambda y, back: concatenate([y, back], axis=-1),
    "sum": lambda y, back: y + back,
    "ave": lambda y, back: (y + back) / 2,
    "mul": lambda y, back: y * back,
    None: lambda y, back: (y, back),
}
_MERGE_MODES = tuple(_MERGES)


class Bidirectional(Layer):
    """merge(forward(x), backward(x)), where backward processes the steps in reverse.

    With `return_sequences`, the backward outputs are put in time order before they are merged. With `return_state`, the
    result is a tuple (output, *forward states, *backward states). The mask is reversed with the sequence: padding at
    the end comes first in the backward layer, and leaves its states unchanged.

    Args:
        layer: an `RNN`, `LSTM`, `GRU` … or another layer with `go_backwards`, `return_sequences`, `return_state`,
            `stateful` and a config. It is copied, with the name "forward_…"; the original is not used.
        merge_mode: "concat", "sum", "ave" (the mean), "mul", or None for a tuple of both outputs.
        weights: list of arrays for the weights of the forward and the backward layer.
        backward_layer: the backward layer; by default a copy of `layer` with the opposite `go_backwards`.

    Call arguments: see `RNN`; `initial_state` lists the states of both layers.

    Raises:
        ValueError: not a layer; the two layers do not match; an unknown `merge_mode`.
    """

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        _check_layers(layer, backward_layer)
        if merge_mode not in _MERGE_MODES:
            raise ValueError(
                f"Invalid merge mode. Merge mode should be one of {list(_MERGE_MODES)}. Received: "
                f"merge_mode={merge_mode!r}"
            )
        super().__init__(**kwargs)
        self.forward_layer = _copy(layer, "forward_")
        backwards = {"go_backwards": True}
        self.backward_layer = _copy(layer, "backward_", backwards) if backward_layer is None else backward_layer
        _check_directions(self.forward_layer, self.backward_layer)
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(layer, "use_cudnn"):
                one.use_cudnn = layer.use_cudnn
            if getattr(one, "zero_output_for_mask", None) is not None:
                one.zero_output_for_mask = one.return_sequences
        self.merge_mode = merge_mode
        self._initial_weights = weights
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec

    def build(self, sequences_shape, initial_state_shape=None):
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def call(self, sequences, initial_state=None, mask=None, training=None):
        signature = call_signature(type(self.forward_layer).call)
        arguments = {"mask": mask} if signature.takes_mask else {}
        if signature.takes_training:
            arguments["training"] = training
        half = 0 if initial_state is None else len(initial_state) // 2
        first, last = (None, None) if initial_state is None else (initial_state[:half], initial_state[half:])
        forward = self.forward_layer(sequences, initial_state=first, **arguments)
        backward = self.backward_layer(sequences, initial_state=last, **arguments)
        states = ()
        if self.return_state:
            (forward, *of_forward), (backward, *of_backward) = forward, backward
            states = (*of_forward, *of_backward)
        forward, backward = cast(forward, self.compute_dtype), cast(backward, self.compute_dtype)
        if self.return_sequences:
            backward = flip(backward, axis=1)
        output = _MERGES[self.merge_mode](forward, backward)
        if not self.return_state:
            return output
        return (*output, *states) if self.merge_mode is None else (output, *states)

    def reset_state(self):
        """Reset the states of both layers to zero.

        Raises:
            AttributeError: the layers are not stateful.
        """
        if not self.stateful:
            raise AttributeError(f"Layer '{self.name}' must be stateful to have a state to reset.")
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self):
        """Alias of `reset_state`."""
        self.reset_state()

    @property
    def states(self):
        """The states of both layers if they are stateful, else None."""
        if self.forward_layer.states and self.backward_layer.states:
            return (*self.forward_layer.states, *self.backward_layer.states)
        return None

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        shape, states = self.forward_layer.compute_output_shape(sequences_shape), ()
        if self.return_state:
            shape, *states = shape
        if self.merge_mode == "concat":
            shape = (*shape[:-1], 2 * shape[-1])
        if not self.return_state:
            return (shape, shape) if self.merge_mode is None else shape
        return *([shape, shape] if self.merge_mode is None else [shape]), *states, *states

    def compute_mask(self, sequences, mask=None):
        """The mask of the sequences for outputs of all steps, twice if they are not merged; None for last outputs."""
        mask = mask[0] if isinstance(mask, list) else mask
        mask = mask if self.return_sequences else None
        return (mask, mask) if self.merge_mode is None else mask

    def get_config(self):
        return {
            **self._own_config(),
            "merge_mode": self.merge_mode,
            "layer": serialize_keras_object(self.forward_layer),
            "backward_layer": serialize_keras_object(self.backward_layer),
        }

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        layers = {
            name: deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("layer", "backward_layer")
            if config.get(name) is not None
        }
        return cls(**{**config, **layers})


def _check_layers(layer, backward_layer):
    for name, value in (("layer", layer), ("backward_layer", backward_layer)):
        if not isinstance(value, Layer) and not (name == "backward_layer" and value is None):
            raise ValueError(
                f"`{name}` of `Bidirectional` must be a `keras.layers.Layer` instance. Received: {value!r}"
                + (". Call the class." if isinstance(value, type) else "")
            )
    for word in ("go_backwards", "return_sequences", "return_state", "stateful"):
        if not hasattr(layer, word):
            raise ValueError(
                f"`Bidirectional` needs a recurrent layer, an RNN, LSTM, GRU …, with `{word}`. Received: {layer!r}"
            )


def _check_directions(forward, backward):
    if forward.go_backwards == backward.go_backwards:
        raise ValueError(
            "Forward layer and backward layer should have different values of `go_backwards`. "
            f"Received: go_backwards={forward.go_backwards} for both."
        )
    for word in ("stateful", "return_sequences", "return_state"):
        values = getattr(forward, word), getattr(backward, word)
        if values[0] != values[1]:
            raise ValueError(
                f"The forward and the backward layer must have the same value of `{word}`. "
                f"Received: {values[0]} for the forward layer, {values[1]} for the backward layer."
            )


def _copy(layer, prefix, changes=None):
    """A new layer of the same config, named with the prefix."""
    config = serialize_keras_object(layer)
    config["config"] = {**config["config"], **(changes or {}), "name": prefix + layer.name.removeprefix(prefix)}
    classes = {type(part).__name__: type(part) for part in layer._flatten_layers()}
    own = {name: cls for name, cls in classes.items() if not cls.__module__.startswith("minikeras.")}
    return deserialize_keras_object(config, custom_objects=own)
