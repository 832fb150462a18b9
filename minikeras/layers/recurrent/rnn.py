"""`RNN`: a cell applied to the time steps in order."""

from minikeras import tree
from minikeras.autodiff.effects import effect
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.limits import reads_config
from minikeras.layers.call_signature import call_signature
from minikeras.layers.layer import Layer
from minikeras.layers.recurrent.dropout_rnn_cell import DropoutRNNCell
from minikeras.layers.recurrent.stacked_rnn_cells import StackedRNNCells, checked_cell, output_size_of
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.creation import zeros
from minikeras.ops.recurrence import rnn
from minikeras.serialization import deserialize_keras_object


class RNN(Layer):
    """output[t], states ← cell(x[t], states) for each time t.

    Input: (batch, time, …). Output: the cell's last output (batch, …), or with `return_sequences` those of all steps
    (batch, time, …) in the order of processing. With `return_state`, a tuple (output, *states).

        class Decay(keras.layers.Layer):
            state_size = output_size = 3

            def call(self, inputs, states):
                output = inputs + 0.9 * states[0]
                return output, [output]

        keras.layers.RNN(Decay())

    Args:
        cell: an object with `call(inputs, states) -> (output, new states)` and `state_size`, an integer or one for each
            state; `output_size` if that differs; `get_initial_state(batch_size)` if states do not start at zero.
            A list of cells becomes `StackedRNNCells`.
        return_sequences: whether the outputs of all steps are returned.
        return_state: whether the last states are returned too.
        go_backwards: whether to process the steps in reverse.
        stateful: whether each batch starts with the final states of the previous one, until `reset_state()`. The batch
            size must be known: `Input(batch_shape=…)`.
        unroll: has no effect, since no graph is built; as in Keras, True needs a known length.
        zero_output_for_mask: whether the output of a masked step is zero, rather than that of the step before.

    Call arguments:
        sequences: the input.
        initial_state: a list of tensors, one for each state; zeros if None.
        mask: (batch, time) booleans. Steps where it is False leave the states unchanged.
        training: whether to apply dropout; passed to the cell.

    Raises:
        ValueError: the cell lacks `call` or `state_size`, or a stateful layer receives another batch size.
    """

    _not_tracked = frozenset({*Layer._not_tracked, "states"})  # as in Keras, neither weights nor saved

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        **kwargs,
    ):
        cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else checked_cell(cell)
        super().__init__(**kwargs)
        self.zero_output_for_mask = zero_output_for_mask
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.supports_masking = True
        self.states = None
        self._batch_size = None  # of a stateful layer
        state_size = cell.state_size
        if not isinstance(state_size, (list, tuple, int)):
            raise ValueError(
                "`state_size` of a cell must be an integer, or a list of integers (one for each state). "
                f"Received: state_size={state_size} of {type(cell).__name__}"
            )
        self.single_state = isinstance(state_size, int)
        self.state_size = [state_size] if self.single_state else list(state_size)

    # --- building -------------------------------------------------------------------------------------------------

    def build(self, sequences_shape, initial_state_shape=None):
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
        if self.stateful and self.states is not None:
            self.reset_state()
        elif self.stateful:
            self._create_states(sequences_shape)

    def _create_states(self, sequences_shape):
        if sequences_shape[0] is None:
            raise ValueError(
                f"With `stateful=True`, the batch size of layer '{self.name}' must be static: give the model an "
                "`Input(batch_shape=(batch_size, time, features))` or call it on data first. "
                f"Received: sequences_shape={tuple(sequences_shape)}"
            )
        self._batch_size = sequences_shape[0]
        with name_scope(self.name, caller=self):
            self.states = tree.map_structure(
                lambda x: Variable(x, trainable=False, dtype=self.variable_dtype, name="rnn_state"),
                self.get_initial_state(self._batch_size),
            )

    def get_initial_state(self, batch_size):
        """The states of the first step: those of the cell's `get_initial_state`, or zeros."""
        if not hasattr(self.cell, "get_initial_state"):
            return [zeros((batch_size, size), dtype=self._state_dtype()) for size in self.state_size]
        states = self.cell.get_initial_state(batch_size=batch_size)
        return list(states) if tree.is_nested(states) else [states]

    def reset_state(self):
        """Reset the states of a stateful layer to zero."""
        for variable in tree.flatten(self.states) if self.states is not None else ():
            variable.assign(variable * 0)

    def reset_states(self):
        """Alias of `reset_state`."""
        self.reset_state()

    # --- calling --------------------------------------------------------------------------------------------------

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if self.unroll and sequences.shape[1] is None:
            raise ValueError(
                f"Layer '{self.name}' cannot be unrolled over an unknown number of steps. Give the `Input` a length, "
                f"or leave unroll=False. Received: sequences.shape={tuple(sequences.shape)}"
            )
        states = self._first_states(sequences, initial_state)
        try:
            self._draw_dropout_masks(self.cell, sequences, states)
            last, outputs, states = self.inner_loop(sequences, states, mask, training)
        finally:  # even after an error: the next sequence may have another shape
            _reset_dropout_masks(self.cell)
        output = cast(outputs if self.return_sequences else last, self.compute_dtype)
        if self.stateful:
            for variable, state in zip(tree.flatten(self.states), tree.flatten(states), strict=True):
                effect(keep_state, variable, state)
        if not self.return_state:
            return output
        return output, *tree.map_structure(lambda x: cast(x, self.compute_dtype), list(states))

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """All steps, in order: (last output, outputs (batch, time, …), states).

        `initial_state` is None for the states of `get_initial_state`.
        """
        if initial_state is None:
            initial_state = self._in_compute_dtype(self.get_initial_state(sequences.shape[0]))
        takes_training = isinstance(self.cell, Layer) and call_signature(type(self.cell).call).takes_training
        arguments = {"training": training} if takes_training else {}
        cell = self.cell if callable(self.cell) else self.cell.call

        def step(inputs, states):
            output, states = cell(inputs, states, **arguments)
            return output, list(states) if tree.is_nested(states) else [states]

        return rnn(
            step,
            sequences,
            initial_state,
            go_backwards=self.go_backwards,
            mask=_single(mask),
            unroll=self.unroll,
            zero_output_for_mask=self.zero_output_for_mask,
            return_all_outputs=self.return_sequences,
        )

    def _first_states(self, sequences, given):
        """The given states, or those of a stateful layer; None for those of `get_initial_state`."""
        batch = sequences.shape[0]
        if self.stateful and self._batch_size is not None and batch is not None and batch != self._batch_size:
            raise ValueError(
                f"Layer '{self.name}' is stateful: the batch size must be the same as that of its states, "
                f"{self._batch_size}. Received: a batch of {batch}. Choose batch_size={self._batch_size}, and a number "
                "of samples that it divides."
            )
        if given is None and self.stateful:
            given = tree.map_structure(lambda variable: variable.read(), self.states)
        if given is None:
            return None
        given = list(given) if tree.is_nested(given) else [given]
        if len(given) != len(self.state_size):
            raise ValueError(
                f"Layer '{self.name}' has {len(self.state_size)} state(s) of size {self.state_size}. "
                f"Received: initial_state with tensors of the shapes {[getattr(x, 'shape', None) for x in given]}"
            )
        return self._in_compute_dtype(given)

    def _in_compute_dtype(self, states):
        return tree.map_structure(lambda x: convert_to_tensor(x, dtype=self._state_dtype()), states)

    def _state_dtype(self):
        return getattr(self.cell, "compute_dtype", self.compute_dtype)

    def _draw_dropout_masks(self, cell, sequences, states):
        """Draw the dropout masks of all cells, which are used for all steps of the sequence."""
        cells = cell.cells if isinstance(cell, StackedRNNCells) else [cell]
        if not any(isinstance(one, DropoutRNNCell) and (one.dropout or one.recurrent_dropout) for one in cells):
            return
        states = self.get_initial_state(sequences.shape[0]) if states is None else states
        states = states if isinstance(cell, StackedRNNCells) else [states]
        step_input = sequences[:, 0]
        for one, state in zip(cells, states, strict=True):
            if isinstance(one, DropoutRNNCell):
                one.get_dropout_mask(step_input)
                one.get_recurrent_dropout_mask(state[0] if isinstance(state, (list, tuple)) else state)
            if one is not cells[-1]:
                step_input = zeros((sequences.shape[0], output_size_of(one)), dtype=sequences.dtype)

    # --- shapes and masks -----------------------------------------------------------------------------------------

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        batch, steps = sequences_shape[0], sequences_shape[1]
        size = output_size_of(self.cell)
        if not isinstance(size, int):
            raise ValueError(f"`output_size` of a cell must be an integer. Received: output_size={size}")
        output = (batch, steps, size) if self.return_sequences else (batch, size)
        if not self.return_state:
            return output
        return output, *[
            (batch, size) if isinstance(size, int) else [(batch, part) for part in size] for size in self.state_size
        ]

    def compute_mask(self, sequences, mask=None):
        """The mask of the sequences for outputs of all steps; None for a last output and for states."""
        output_mask = _single(mask) if self.return_sequences else None
        return [output_mask, *[None] * len(self.state_size)] if self.return_state else output_mask

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        cell = deserialize_keras_object(config["cell"], custom_objects=custom_objects)
        return cls(cell, **{key: value for key, value in config.items() if key != "cell"})


def _single(mask):
    """The mask of the inputs, which must be the same for all."""
    return tree.flatten(mask)[0] if tree.is_nested(mask) else mask


def _reset_dropout_masks(cell):
    for one in cell.cells if isinstance(cell, StackedRNNCells) else [cell]:
        if isinstance(one, DropoutRNNCell):
            one.reset_dropout_mask()
            one.reset_recurrent_dropout_mask()


def keep_state(variable, state):
    """Keep the last state of a batch for the next, as a copy, since a plan reuses its arrays."""
    variable.assign(Tensor(state.array.astype(variable.array.dtype, copy=True)))
