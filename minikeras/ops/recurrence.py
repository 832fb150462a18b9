"""`rnn`: a step function applied along time, the readable loop of recurrent layers.

    output[t], states[t + 1] = step(inputs[t], states[t])

For user cells and all that the fused loops (`recurrent/`) do not cover. Keras offers it as
`keras.backend.rnn`.
"""

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Stack
from minikeras.ops.core import cast, convert_to_tensor, shape
from minikeras.ops.creation import arange, zeros_like
from minikeras.ops.indexing import where
from minikeras.ops.joining import stack
from minikeras.ops.reduction import max
from minikeras.ops.reordering import flip
from minikeras.ops.shaping import expand_dims, reshape, swapaxes


class Steps(Op):
    """y_t = x[…, t, …] for every t along `axis`, all at once;   dx = the dy_t stacked.

    With single slices, each would have a gradient of the size of x.
    """

    keeps = ()
    takes_none = True
    moves_elements = True

    def __init__(self, axis):
        self.axis = axis

    def forward(self, x):
        before = (slice(None),) * self.axis
        return tuple([x[(*before, t)] for t in range(x.shape[self.axis])])

    def backward(self, call, *dys):
        known = next(dy for dy in dys if dy is not None)
        zeros = known * 0
        return (Stack(self.axis).of(*[zeros if dy is None else dy for dy in dys]),)


def rnn(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
    time_major=False,
    zero_output_for_mask=False,
    return_all_outputs=True,
):
    """Carry states from step to step.

    Args:
        step_function: `(input, states + constants) -> (output, new states)` for one step.
        inputs: (batch, time, …), or a structure of such tensors.
        initial_states: list of tensors.
        go_backwards: begin with the last step.
        mask: (batch, time) booleans. Where it is False the states stay, and the output is that of the step before.
        constants: tensors passed to every step after the states.
        unroll: without effect, since no graph is made.
        input_length: number of steps of each sample, or of all, an alternative to `mask`. Steps that no sample has are
            not computed; their outputs are zero, and so is then the last output, as in Keras.
        time_major: whether time is the first axis of inputs, mask and outputs.
        zero_output_for_mask: whether the output is zero where the mask is False.
        return_all_outputs: False keeps only the last step in `outputs`.

    Returns:
        (last output, outputs (batch, time, …), states after the last step).
    """
    axis = 0 if time_major else 1
    steps = tree.flatten(inputs)[0].shape[axis]
    if steps is None:
        raise ValueError("`rnn` needs a known number of time steps. Received: inputs with an unknown one.")
    slices = tree.map_structure(lambda x: _slices(x, axis), inputs)
    masks = _masks(mask, input_length, steps, time_major, go_backwards)
    order = list(range(steps))[:: -1 if go_backwards else 1]
    if input_length is not None:
        order = order[: int(max(input_length))]
    states, outputs, previous = list(initial_states), [], None
    for step, time in enumerate(order):
        output, new_states = step_function(
            tree.map_structure(lambda x: x[time], slices),  # noqa: B023 — called at once
            tuple(states) + tuple(constants or ()),
        )
        if masks is not None:
            if previous is None or zero_output_for_mask:
                previous = tree.map_structure(zeros_like, output)
            output = _choose(masks[step], output, previous)
            new_states = _choose(masks[step], list(new_states), states)
        states, previous = list(new_states), output
        if not return_all_outputs:
            outputs.clear()
        outputs.append(output)
    if return_all_outputs:
        outputs += [tree.map_structure(zeros_like, outputs[0])] * (steps - len(outputs))
    stacked = tree.map_structure(lambda *parts: stack(parts, axis), *outputs)
    return outputs[-1], stacked, states


class _Slices:
    """The slices along time of a tensor, a leaf of nested inputs."""

    def __init__(self, parts):
        self.parts = parts

    def __getitem__(self, time):
        return self.parts[time]


def _slices(x, axis):
    x = convert_to_tensor(x)
    if isinstance(x, KerasTensor):
        return _Slices([x[(slice(None),) * axis + (time,)] for time in range(x.shape[axis])])
    return _Slices(Steps(axis)(x) if x.shape[axis] else ())


def _masks(mask, input_length, steps, time_major, go_backwards):
    """For each step in order of computation, the mask of its samples: (steps, batch); None for all."""
    if mask is not None:
        mask = cast(mask, "bool")
        mask = mask if time_major else swapaxes(mask, 0, 1)
        return flip(mask, 0) if go_backwards else mask
    if input_length is None or not len(shape(input_length)):
        return None
    lengths, step = convert_to_tensor(input_length), expand_dims(arange(steps), -1)
    return max(lengths) - 1 - lengths < step if go_backwards else lengths > step


def _choose(mask, new, old):
    """`new` where the mask (batch,) or (batch, 1) is True, `old` elsewhere, in every tensor of the structure."""

    def choose(a, b):
        return where(reshape(mask, (-1, *[1] * (len(a.shape) - 1))), a, b)

    return tree.map_structure(choose, new, old)
