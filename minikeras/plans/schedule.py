"""Scheduling: from instructions to a program, in which compiled jobs stand together.

Every change between compiled code and Python costs a few microseconds, as much as a small layer. So updates of metrics,
which nobody waits for, move to the end; what is left between them runs in one call of the pool:

    traced      jobs │ dropout mask │ jobs │ loss metric │ jobs │ optimizer │ accuracy
    scheduled   dropout mask │ jobs, jobs, optimizer │ loss metric, accuracy

Random draws need nothing but their generators, so they move to the start, and so does what depends on Variables alone.
"""

from minikeras.autodiff.effects import is_draw
from minikeras.autodiff.variable import Variable
from minikeras.metrics import Metric
from minikeras.plans.instructions import Effect, Read, is_own


def schedule(instructions, slots):
    """The instructions in a better order."""
    return metrics_last(early_ones_first(instructions, slots))


def early_ones_first(instructions, slots):
    """Random draws, and what is computed from Variables alone, moved to the start.

    Draws keep their order: behind one that has to wait for its arguments, or for a generator that is assigned to, the
    others wait as well. Of the rest only what comes before the first effect that could change a Variable may move.
    """
    early, late, known = [], [], {slot.index for slot in slots if slot.kind == "constant"}
    moves = draws_move = True
    for instruction in instructions:
        draw, effect = _is_draw(instruction), isinstance(instruction, Effect)
        if known.issuperset(instruction.reads) and (draws_move if draw else moves and not effect):
            early.append(instruction)
            known.update(instruction.writes)
            continue
        late.append(instruction)
        moves = moves and not effect
        draws_move = draws_move and not draw and not (effect and _may_look_at_them(instruction))
    return early + late


def _is_draw(instruction):
    return isinstance(instruction, Effect) and is_draw(instruction.function)


def metrics_last(instructions):
    """The instructions with updates of metrics moved back behind everything that does not need them.

    Their own order stays, and so does that of all other effects.
    """
    ordered, waiting = [], []
    for instruction in instructions:
        if _is_update_of_metric(instruction):
            waiting.append(instruction)
            continue
        if waiting and (_reads_metrics(instruction, waiting) or _may_look_at_them(instruction)):
            ordered += waiting
            waiting = []
        ordered.append(instruction)
    return ordered + waiting


def _is_update_of_metric(instruction):
    return (
        isinstance(instruction, Effect)
        and not instruction.writes
        and isinstance(getattr(instruction.function, "__self__", None), Metric)
        and is_own(instruction.function)
    )


def _may_look_at_them(instruction):
    """Whether an instruction is a user's Python, which may look at anything, or asks or changes state as it is now."""
    if not isinstance(instruction, Effect):
        return False
    return isinstance(getattr(instruction.function, "__self__", None), (Metric, Variable)) or not is_own(
        instruction.function
    )


def _reads_metrics(instruction, waiting):
    """Whether an instruction reads a Variable that belongs to one of the metrics."""
    return isinstance(instruction, Read) and any(
        instruction.variable is v for effect in waiting for v in effect.function.__self__.variables
    )
