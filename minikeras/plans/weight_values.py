"""Values computed only from Variables, kept while these are unchanged: a float weight made from stored integers.

An op declares this by `depends_on_weights_only`. It is removed from the instructions of the step; its result is an
array of the plan, of the kind "weights", which `weight_forms.py` computes again when a Variable has changed.
"""

from minikeras.kernels.memory import aligned
from minikeras.plans.bindings import binding_of
from minikeras.plans.changes import changes
from minikeras.plans.instructions import Compute


class WeightValue:
    """One such value.

    Args:
        instruction: the `Compute`.
        bindings: those of the Variables that it reads.
        array: the plan's array for the result.
    """

    def __init__(self, instruction, bindings, array):
        self.op = instruction.op
        self.bindings = bindings
        self.array = array

    def compute(self):
        """Compute the value into the array."""
        self.array[...] = self.op.forward(*[binding.tensor.array for binding in self.bindings])


def take_weight_values(instructions, buffers):
    """(the other instructions, the `WeightValue`s). The buffers of their results get the kind "weights"."""
    others, values = [], []
    for instruction in instructions:
        if _is_weight_value(instruction, instructions, buffers):
            buffer = buffers[instruction.writes[0]]
            buffer.kind, buffer.origin = "weights", aligned(buffer.shape, buffer.dtype)
            bindings = [binding_of(buffers[i].origin) for i in instruction.reads]
            values.append(WeightValue(instruction, bindings, buffer.origin))
        else:
            others.append(instruction)
    return others, values


def _is_weight_value(instruction, instructions, buffers):
    """Whether an instruction computes such a value, from Variables that the step does not change."""
    if type(instruction) is not Compute or not instruction.op.depends_on_weights_only:
        return False
    if any(buffers[i].kind != "variable" for i in instruction.reads):
        return False
    variables = [buffers[i].origin for i in instruction.reads]
    return not any(
        variable.trainable or any(changes(other, variable) for other in instructions) for variable in variables
    )
