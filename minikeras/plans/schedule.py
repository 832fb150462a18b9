"""Scheduling: reorders the instructions so that compiled jobs are contiguous.

Every transition between compiled code and Python costs a few microseconds, as much as a small layer. So metric updates,
on which nothing depends, move to the end; the other jobs run in one call of the pool:

    traced      jobs │ dropout mask │ jobs │ loss metric │ jobs │ optimizer │ accuracy
    scheduled   dropout mask │ jobs, jobs, optimizer │ loss metric, accuracy

Random draws depend only on their generators, so they are hoisted, as is everything that depends only on Variables.

In predictions, a result computed long before it is read would only take memory. If its inputs are kept for other
instructions anyway, it is computed just before it is read:

    traced      padded copy of x for B │ A │ B │ C of x
    scheduled   A │ padded copy of x for B │ B │ C of x
"""

from minikeras.autodiff.effects import is_draw
from minikeras.autodiff.variable import Variable
from minikeras.metrics import Metric
from minikeras.plans.instructions import Effect, Gradient, Read, is_own


def schedule(instructions, buffers):
    """Reorder the instructions."""
    if not any(isinstance(instruction, (Effect, Gradient)) for instruction in instructions):
        instructions = delay(instructions, buffers)
    return sink_metric_updates(hoist_draws(instructions, buffers))


def delay(instructions, buffers):
    """Move each instruction to just before the first reader of its results, if its inputs are still needed by then.

    So no array lives longer, and the results live for a shorter time.
    """
    readers = {}
    for position, instruction in enumerate(instructions):
        for i in instruction.reads:
            readers.setdefault(i, []).append(position)
    times = list(range(len(instructions)))  # when each is computed: at its position, or before its first reader
    for position in reversed(times.copy()):
        reads, writes = instructions[position].reads, instructions[position].writes
        first = min((times[reader] for i in writes for reader in readers.get(i, ())), default=position)
        arrays = [i for i in reads if i is not None and buffers[i].kind in ("result", "batch")]
        if arrays and all(any(times[p] >= first for p in readers[i] if p != position) for i in arrays):
            times[position] = first
    return [instructions[position] for position in sorted(range(len(times)), key=times.__getitem__)]


def hoist_draws(instructions, buffers):
    """Hoist random draws, and computations on Variables alone, to the start.

    Draws keep their order: if one depends on other arguments, or on a generator that is assigned to, later ones stay
    after it. Other instructions move only if they precede the first effect that could change a Variable.
    """
    early, late, known = [], [], {buffer.index for buffer in buffers if buffer.kind in ("constant", "weights")}
    moves = draws_move = True
    for instruction in instructions:
        draw, effect = _is_draw(instruction), isinstance(instruction, Effect)
        if known.issuperset(instruction.reads) and (draws_move if draw else moves and not effect):
            early.append(instruction)
            known.update(instruction.writes)
            continue
        late.append(instruction)
        moves = moves and not effect
        draws_move = draws_move and not draw and not (effect and _may_observe(instruction))
    return early + late


def _is_draw(instruction):
    return isinstance(instruction, Effect) and is_draw(instruction.function)


def sink_metric_updates(instructions):
    """Move metric updates after all instructions that do not depend on them.

    The updates keep their order, and so do all other effects.
    """
    ordered, waiting = [], []
    for instruction in instructions:
        if _is_update_of_metric(instruction):
            waiting.append(instruction)
            continue
        if waiting and (_reads_metrics(instruction, waiting) or _may_observe(instruction)):
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


def _may_observe(instruction):
    """Whether an instruction is user Python, which may read anything, or reads or changes the current state."""
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
