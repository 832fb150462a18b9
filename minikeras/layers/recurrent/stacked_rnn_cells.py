"""`StackedRNNCells`: several cells as one, each fed with the output of the previous one."""

from minikeras import tree
from minikeras.base.limits import reads_config
from minikeras.layers.call_signature import call_signature
from minikeras.layers.layer import Layer
from minikeras.ops.creation import zeros
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class StackedRNNCells(Layer):
    """output = cell_n(… cell_2(cell_1(inputs))), for one step; the states are a list of each cell's states.

    Args:
        cells: list of cells, see `RNN`.

    Raises:
        ValueError: a cell lacks `call` or `state_size`.
    """

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        self.cells = [checked_cell(cell) for cell in cells]

    @property
    def state_size(self):
        """The state sizes of the cells, a list."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self):
        """The output size of the last cell."""
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size=None):
        """The initial states of the cells, a list: zeros where a cell does not define them."""
        return [self._initial_state_of(cell, batch_size) for cell in self.cells]

    def _initial_state_of(self, cell, batch_size):
        if hasattr(cell, "get_initial_state"):
            return cell.get_initial_state(batch_size=batch_size)
        return tree.map_structure(lambda size: zeros((batch_size, size), dtype=self.compute_dtype), cell.state_size)

    def build(self, input_shape):
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = (input_shape[0], output_size_of(cell))

    def call(self, inputs, states, training=False, **kwargs):
        new_states = []
        for cell, state in zip(self.cells, states, strict=True):
            is_list = tree.is_nested(state)
            takes_training = isinstance(cell, Layer) and call_signature(type(cell).call).takes_training
            arguments = {**kwargs, "training": training} if takes_training else kwargs
            function = cell if callable(cell) else cell.call
            inputs, state = function(inputs, list(state) if is_list else [state], **arguments)
            new_states.append(state[0] if tree.is_nested(state) and len(state) == 1 and not is_list else state)
        return inputs, new_states

    def get_config(self):
        return {**self._own_config(), "cells": [serialize_keras_object(cell) for cell in self.cells]}

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        cells = [deserialize_keras_object(cell, custom_objects=custom_objects) for cell in config["cells"]]
        return cls(cells, **{key: value for key, value in config.items() if key != "cells"})


def checked_cell(cell):
    """The cell itself.

    Raises:
        ValueError: it lacks `call` or `state_size`.
    """
    for name, meaning in (
        ("call", "a `call` method"),
        ("state_size", "a `state_size` attribute, the size of its state(s)"),
    ):
        if name not in dir(cell):
            raise ValueError(
                f"The RNN cell should have {meaning}. Received: cell={cell!r} (of type {type(cell).__name__})"
            )
    return cell


def output_size_of(cell):
    """The length of a cell's output: its `output_size`, or else the size of its first state."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    return cell.state_size[0] if isinstance(cell.state_size, (list, tuple)) else cell.state_size
