"""Python that decides by a length: recordings for other lengths than those exported have other ops then.

`if x.shape[1] > 512` leaves no trace in a recording. So the model also runs with one sample, with short and with long
inputs; where its ops, their settings or its constants are others than in all recordings that are exported, a warning
says so, since the exported file computes something else for such inputs.
"""

from minikeras.messages import warn
from minikeras.plans.instructions import Compute
from minikeras.plans.trace import same


def with_those_alike(name, program_of, recordings, further):
    """The recordings, and those of further lengths in which the model does the same: they confirm how lengths follow

    from each other. For the others there is a warning.

    Args:
        name: of the model.
        program_of: makes a `Program` of recordings and of their outputs.
        recordings: pairs (`Recording`, outputs) that are exported.
        further: such pairs for other lengths.
    """
    program, alike = program_of(*zip(*recordings, strict=True)), list(recordings)
    for other, outputs in further:
        place = _first_difference(program, recordings[0][0], other, outputs)
        if place is None:
            alike.append((other, outputs))
            continue
        shapes = ", ".join(str(buffer.shape) for buffer in other.buffers if buffer.kind == "batch")
        warn(
            f"The layer '{place or name}' does something else for inputs of the shape {shapes} than for those "
            "from which the exported file is made: its Python decides by a length. The file is right for inputs for "
            "which it decides in the same way. Give an `input_signature` with the lengths that you need."
        )
    return alike


def _first_difference(program, first, other, outputs):
    """Path of the layer where a recording differs from the first for the first time; None if it does not."""
    steps = [(x, layers) for x, layers in zip(other.instructions, other.layers, strict=True) if type(x) is Compute]
    for step, (instruction, layers) in zip(program.steps, steps, strict=False):
        if not _is_like(instruction, step, program, other):
            return "/".join(layers)
    kinds = [[type(instruction) for instruction in recording.instructions] for recording in (first, other)]
    return None if kinds[0] == kinds[1] and outputs == program.outputs else ""


def _is_like(instruction, step, program, other):
    """Whether an op is that of a step. Settings may differ that differ between the exported recordings, too."""
    if type(instruction.op) is not type(step.op) or instruction.reads != step.reads:
        return False
    if step.is_fixed and not same(instruction.op.configuration(), step.op.configuration()):
        return False
    ranks_agree = all(len(other.buffers[i].shape) == len(program.buffers[i][0].shape) for i in step.writes)
    return ranks_agree and _has_constants_of(program, other, step.reads)


def _has_constants_of(program, other, reads):
    """Whether constants that are the same in all recordings are so in another one."""
    for index in reads:
        buffers = program.buffers[index]
        if buffers[0].kind == "constant" and all(same(buffer.origin, buffers[0].origin) for buffer in buffers[1:]):
            buffer = other.buffers[index]
            if buffer.kind != "constant" or not same(buffer.origin, buffers[0].origin):
                return False
    return True
