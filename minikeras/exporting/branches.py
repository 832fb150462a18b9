"""Detection of Python code that branches on a length: recordings for other lengths then have other ops.

`if x.shape[1] > 512` leaves no trace in a recording. So the model also runs with one sample, with short and with long
inputs; if its ops, their settings or its constants then differ from those of the exported recordings, there is a
warning, since the exported file computes something else for such inputs.
"""

from minikeras.base.messages import warn
from minikeras.plans.instructions import Compute
from minikeras.plans.trace import same


def with_those_alike(name, program_of, recordings, further):
    """The recordings, with those for further lengths that have the same ops, and so confirm how lengths depend on each
    other. For the rest there is a warning.

    Args:
        name: of the model.
        program_of: function that creates a `Program` from recordings and their outputs.
        recordings: tuples (`Recording`, outputs, state) to export.
        further: such tuples for other lengths.
    """
    program, alike = program_of(*zip(*recordings, strict=True)), list(recordings)
    for other, outputs, state in further:
        place = _first_difference(program, recordings[0][0], other, outputs)
        if place is None:
            alike.append((other, outputs, state))
            continue
        shapes = ", ".join(str(buffer.shape) for buffer in other.buffers if buffer.kind == "batch")
        warn(
            f"The layer '{place or name}' does something else for inputs of the shape {shapes} than for those "
            "from which the exported file is made: its Python branches on a length. The file is right for inputs that "
            "take the same branch. Give an `input_signature` with the lengths that you need."
        )
    return alike


def _first_difference(program, first, other, outputs):
    """Path of the first layer in which a recording differs from the first one; None if it does not differ."""
    steps = [(x, layers) for x, layers in zip(other.instructions, other.layers, strict=True) if type(x) is Compute]
    for step, (instruction, layers) in zip(program.steps, steps, strict=False):
        if not _is_like(instruction, step, program, other):
            return "/".join(layers)
    kinds = [[type(instruction) for instruction in recording.instructions] for recording in (first, other)]
    return None if kinds[0] == kinds[1] and outputs == program.outputs else ""


def _is_like(instruction, step, program, other):
    """Whether an op is that of a step, except for settings that also differ between the exported recordings."""
    if type(instruction.op) is not type(step.op) or instruction.reads != step.reads:
        return False
    if step.is_fixed and not same(instruction.op.configuration(), step.op.configuration()):
        return False
    ranks_agree = all(len(other.buffers[i].shape) == len(program.buffers[i][0].shape) for i in step.writes)
    return ranks_agree and _has_constants_of(program, other, step.reads)


def _has_constants_of(program, other, reads):
    """Whether constants that are the same in all recordings have the same values in another one."""
    for index in reads:
        buffers = program.buffers[index]
        if buffers[0].kind == "constant" and all(same(buffer.origin, buffers[0].origin) for buffer in buffers[1:]):
            buffer = other.buffers[index]
            if buffer.kind != "constant" or not same(buffer.origin, buffers[0].origin):
                return False
    return True
